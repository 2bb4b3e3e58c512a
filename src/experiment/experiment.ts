import { availableParallelism } from "node:os";
import { join } from "node:path";
import { checkDataset } from "../data/check-dataset.ts";
import type { Dataset } from "../data/dataset.ts";
import { datasetFingerprint } from "../data/fingerprint.ts";
import { shareSplit } from "../data/shared-memory.ts";
import { networkFingerprint } from "../model/network.ts";
import type { Shard } from "../shard.ts";
import { defaultThreads } from "../threads.ts";
import { runSplits } from "../training/splits.ts";
import type { InitialModel } from "../training/train.ts";
import { type Comparison, type ComparisonOptions, compareRuns, seedsSeen } from "./comparison.ts";
import { experimentIdentity, experimentName } from "./identity.ts";
import { Ledger } from "./ledger.ts";
import { firstLook, recordLook } from "./looks.ts";
import { type ExperimentPlan, type PlannedRun, plannedRuns, shardOfRuns } from "./plan.ts";
import { type ExperimentObserver, runExperiment } from "./scheduler.ts";
import { trainUntilDecided } from "./until-decided.ts";

export interface CompareOptions extends Omit<ComparisonOptions, "firstLook" | "anytime"> {
  /** Folder of the runs; by default one in `pixscale-runs`, named after the data and settings. */
  readonly folder?: string | undefined;
  /** Train only this shard's runs; the comparison covers all finished ones. */
  readonly shard?: Shard | undefined;
  /**
   * Add seeds until every verdict is decided, at most those of the plan; what is surely worse trains no further. The intervals allow
   * for looking after every seed.
   */
  readonly untilDecided?: boolean | undefined;
  /** Runs trained at once; by default one per core. */
  readonly jobs?: number | undefined;
  /** Threads per run; by default as many as keep all cores busy. */
  readonly threads?: number | undefined;
  readonly initial?: InitialModel | undefined;
  readonly observer?: ExperimentObserver;
  /** Ends the experiment when it aborts; finished runs and epochs are kept. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Trains every run of a plan that is not finished yet, and compares the finished ones. It may be interrupted and called again,
 * and several processes may work in the same folder. A run that diverges counts as failed, and the others go on.
 *
 * @param plan see `experimentPlan`
 * @throws PixscaleError if the dataset's arrays contradict each other, the folder belongs to other settings or cannot be written, or a
 * run cannot be trained; the signal's reason
 */
export async function compare(
  dataset: Dataset,
  plan: ExperimentPlan,
  options: CompareOptions = {},
): Promise<Comparison> {
  const {
    folder,
    shard,
    jobs,
    threads,
    initial,
    untilDecided,
    observer = {},
    signal,
    ...comparing
  } = options;
  const origin = {
    data: dataset.name,
    dataset: datasetFingerprint(dataset),
    ...(dataset.reading && { reading: dataset.reading }),
    initialWeights: initial && networkFingerprint(initial),
  };
  checkDataset(dataset);
  signal?.throwIfAborted();
  // Wrong settings fail before a folder is made.
  runSplits(dataset, { ...plan.shared, seed: 0 });
  const place = folder ?? join("pixscale-runs", experimentName(experimentIdentity(origin, plan)));
  const shared = shareDataset(dataset);
  const trainRuns = async (ledger: Ledger, runs: readonly PlannedRun[]) => {
    const finished = ledger.finished(runs);
    observer.onRuns?.(runs, finished);
    const left = runs.length - finished.size;
    if (left === 0) return;
    const atATime = Math.min(jobs ?? availableParallelism(), left);
    await runExperiment(plan, runs, shared, ledger, {
      jobs: atATime,
      threads: threads ?? Math.max(1, Math.floor(defaultThreads() / atATime)),
      origin,
      initial,
      observer,
      signal,
    });
  };
  if (untilDecided) {
    return await trainUntilDecided(place, origin, plan, comparing, { train: trainRuns, observer });
  }
  const identity = experimentIdentity(origin, plan);
  const all = plannedRuns(plan);
  const ledger = Ledger.open(place, identity);
  try {
    observer.onOpen?.(place);
    await trainRuns(ledger, shard === undefined ? all : shardOfRuns(all, shard));
    const found = compareRuns(identity, ledger.finished(all, "without tables"), {
      ...comparing,
      firstLook: firstLook(place),
    });
    // A shard is part of a plan made beforehand; its answer is no reason to add seeds.
    if (shard === undefined) recordLook(place, seedsSeen(found));
    return found;
  } finally {
    ledger.close();
  }
}

/** The dataset in memory that all threads share. */
function shareDataset(dataset: Dataset): Dataset {
  const { train, test, validation } = dataset;
  return {
    ...dataset,
    train: shareSplit(train),
    test: shareSplit(test),
    ...(validation && { validation: shareSplit(validation) }),
  };
}
