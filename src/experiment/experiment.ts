import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { Dataset } from "../data/dataset.ts";
import { datasetFingerprint } from "../data/fingerprint.ts";
import { defaultThreads } from "../engine/engine.ts";
import { networkFingerprint } from "../model/network.ts";
import type { Shard } from "../shard.ts";
import { runSplits } from "../training/splits.ts";
import type { InitialModel } from "../training/train.ts";
import { type Answer, answer } from "./comparison.ts";
import { experimentIdentity, experimentName } from "./identity.ts";
import { Ledger } from "./ledger.ts";
import { type ExperimentPlan, plannedRuns, shardOfRuns } from "./plan.ts";
import { type ExperimentObserver, runExperiment } from "./scheduler.ts";

export interface CompareOptions {
  /** Where the runs are kept; by default a folder in `pixscale-runs` whose name depends on data and settings. */
  readonly folder?: string | undefined;
  /** Do only this part of the runs; the answer is of all that are finished. */
  readonly shard?: Shard | undefined;
  /** Runs at a time; one a core by default. */
  readonly jobs?: number | undefined;
  /** Threads of each run; by default as many as leave no core idle. */
  readonly threads?: number | undefined;
  readonly initial?: InitialModel | undefined;
  /** Accuracy whose first reaching is looked for, 0 … 1. */
  readonly target?: number | undefined;
  readonly observer?: ExperimentObserver;
}

/**
 * Does all runs of a plan that are not finished, and says what the finished ones tell. May be interrupted and called again, in
 * several processes at a time.
 *
 * @throws PixscaleError if the folder belongs to other settings or cannot be written, or a run fails
 */
export async function compare(
  dataset: Dataset,
  plan: ExperimentPlan,
  { folder, shard, jobs, threads, initial, target, observer = {} }: CompareOptions = {},
): Promise<Answer> {
  const origin = {
    data: dataset.name,
    dataset: datasetFingerprint(dataset),
    initialWeights: initial && networkFingerprint(initial),
  };
  // What cannot go well fails before a folder is made.
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
    return answer(identity, ledger.finished(all), { target });
  } finally {
    ledger.close();
  }
}
