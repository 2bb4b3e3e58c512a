import { setTimeout } from "node:timers/promises";
import type { Dataset } from "../data/dataset.ts";
import type { RunOrigin } from "../training/run-document.ts";
import type { InitialModel } from "../training/train.ts";
import type { FinishedRun } from "./finished-run.ts";
import type { ClaimedRun, Ledger } from "./ledger.ts";
import { type ExperimentPlan, type PlannedRun, runSettings, variantName } from "./plan.ts";
import type { Holder } from "./run-lock.ts";
import { RunScalers } from "./run-scalers.ts";
import { RunThread } from "./run-thread.ts";

/** Follows an experiment. */
export interface ExperimentObserver {
  /** The runs are saved to this folder. */
  onOpen?(folder: string): void;
  /** The runs to train now, and those of them that are already finished, by id; again whenever seeds are added. */
  onRuns?(runs: readonly PlannedRun[], finished: ReadonlyMap<string, FinishedRun>): void;
  /** A run starts, or continues after `done` epochs. */
  onStart?(run: PlannedRun, done: number): void;
  /** The checkpoint of a run is damaged, so the run starts again. */
  onDamaged?(run: PlannedRun, path: string): void;
  /** Epochs of a run done so far, with a fraction of the current one. */
  onProgress?(run: PlannedRun, epochs: number): void;
  /** What users should know of a run's fitted scaling. */
  onCautions?(run: PlannedRun, texts: readonly string[]): void;
  onFinish?(run: PlannedRun, document: FinishedRun): void;
  /** Other processes are training all remaining runs. */
  onWait?(holder: Holder | "unknown"): void;
}

export interface ExperimentOptions {
  /** Runs trained at once. */
  readonly jobs: number;
  /** Threads per run. */
  readonly threads: number;
  readonly origin: RunOrigin;
  readonly initial: InitialModel | undefined;
  readonly observer?: ExperimentObserver;
  readonly signal?: AbortSignal | undefined;
}

/** The name of a run for people. */
export function runName(plan: ExperimentPlan, { variant, seed }: PlannedRun): string {
  return `${variantName(plan, variant)}, seed ${seed}`;
}

const LOOK_AGAIN_AFTER = 500;

/**
 * Trains the unfinished runs, several at once, and waits for those that other processes train. The results depend on neither.
 *
 * @param dataset in shared memory
 * @throws what `train` throws, PixscaleError if the folder cannot be written, and the signal's reason; runs in progress keep their last
 * epoch
 */
export async function runExperiment(
  plan: ExperimentPlan,
  runs: readonly PlannedRun[],
  dataset: Dataset,
  ledger: Ledger,
  options: ExperimentOptions,
): Promise<void> {
  const { jobs, origin, initial } = options;
  const setup = { dataset, origin, initial };
  const scalers = new RunScalers(dataset);
  const threads: RunThread[] = [];
  let stopped = false;
  const lane = async () => {
    let thread: RunThread | undefined;
    while (!stopped) {
      const claimed = ledger.claim(runs);
      if (claimed === "done") return;
      if ("heldBy" in claimed) {
        options.observer?.onWait?.(claimed.heldBy);
        await setTimeout(LOOK_AGAIN_AFTER);
        continue;
      }
      if (thread === undefined) {
        thread = new RunThread(setup);
        threads.push(thread);
      }
      await trainRun(plan, claimed, thread, scalers, ledger, options);
    }
  };
  const { signal } = options;
  signal?.throwIfAborted();
  let onAbort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal?.reason);
  });
  signal?.addEventListener("abort", onAbort);
  try {
    await Promise.race([Promise.all(Array.from({ length: jobs }, lane)), aborted]);
  } finally {
    signal?.removeEventListener("abort", onAbort);
    stopped = true;
    await Promise.all(threads.map((thread) => thread.close()));
  }
}

async function trainRun(
  plan: ExperimentPlan,
  { run, checkpoint, damaged }: ClaimedRun,
  thread: RunThread,
  scalers: RunScalers,
  ledger: Ledger,
  { threads, observer = {} }: ExperimentOptions,
): Promise<void> {
  if (damaged !== undefined) observer.onDamaged?.(run, damaged);
  observer.onStart?.(run, checkpoint?.epochs.length ?? 0);
  const settings = runSettings(plan, run);
  const scaler = await scalers.of(settings);
  const order = { id: run.id, settings: { ...settings, threads }, scaler, resume: checkpoint };
  const document = await thread.run(runName(plan, run), order, {
    onCautions: (texts) => observer.onCautions?.(run, texts),
    onStep: ({ epoch, step, steps }) => observer.onProgress?.(run, epoch - 1 + step / steps),
    onCheckpoint(reached) {
      ledger.saveCheckpoint(run, reached);
      observer.onProgress?.(run, reached.epochs.length);
    },
  });
  ledger.finish(run, document);
  observer.onFinish?.(run, document);
}
