import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { Dataset } from "../data/dataset.ts";
import { datasetFingerprint } from "../data/fingerprint.ts";
import { defaultThreads } from "../engine/engine.ts";
import { networkFingerprint } from "../model/network.ts";
import type { Shard } from "../shard.ts";
import { runSplits } from "../training/splits.ts";
import type { InitialModel } from "../training/train.ts";
import { type Comparison, compareRuns } from "./comparison.ts";
import { experimentIdentity, experimentName } from "./identity.ts";
import { Ledger } from "./ledger.ts";
import { type ExperimentPlan, plannedRuns, shardOfRuns } from "./plan.ts";
import { type ExperimentObserver, runExperiment } from "./scheduler.ts";

export interface CompareOptions {
  /** Folder of the runs; by default one in `pixscale-runs`, named after the data and settings. */
  readonly folder?: string | undefined;
  /** Train only this shard's runs; the comparison covers all finished ones. */
  readonly shard?: Shard | undefined;
  /** Runs trained at once; by default one per core. */
  readonly jobs?: number | undefined;
  /** Threads per run; by default as many as keep all cores busy. */
  readonly threads?: number | undefined;
  readonly initial?: InitialModel | undefined;
  /** Report the steps until this accuracy was reached, 0 … 1. */
  readonly target?: number | undefined;
  readonly observer?: ExperimentObserver;
}

/**
 * Trains every run of a plan that is not finished yet, and compares the finished ones. It may be interrupted and called again,
 * and several processes may work in the same folder.
 *
 * @throws PixscaleError if the folder belongs to other settings or cannot be written, or a run fails
 */
export async function compare(
  dataset: Dataset,
  plan: ExperimentPlan,
  { folder, shard, jobs, threads, initial, target, observer = {} }: CompareOptions = {},
): Promise<Comparison> {
  const origin = {
    data: dataset.name,
    dataset: datasetFingerprint(dataset),
    ...(dataset.reading && { reading: dataset.reading }),
    initialWeights: initial && networkFingerprint(initial),
  };
  // Wrong settings fail before a folder is made.
  runSplits(dataset, { ...plan.shared, seed: 0 });
  const identity = experimentIdentity(origin, plan);
  const place = folder ?? join("pixscale-runs", experimentName(identity));
  const all = plannedRuns(plan);
  const runs = shard === undefined ? all : shardOfRuns(all, shard);
  const ledger = Ledger.open(place, identity);
  try {
    const finished = new Set(ledger.finished(runs).keys());
    observer.onOpen?.(place, runs, finished);
    const left = runs.length - finished.size;
    if (left > 0) {
      const atATime = Math.min(jobs ?? availableParallelism(), left);
      await runExperiment(plan, runs, dataset, ledger, {
        jobs: atATime,
        threads: threads ?? Math.max(1, Math.floor(defaultThreads() / atATime)),
        origin,
        initial,
        observer,
      });
    }
    return compareRuns(identity, ledger.finished(all), { target });
  } finally {
    ledger.close();
  }
}
