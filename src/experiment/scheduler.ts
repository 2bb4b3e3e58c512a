import { setTimeout } from "node:timers/promises";
import type { Dataset } from "../data/dataset.ts";
import type { FinishedRun, RunOrigin } from "../training/run-document.ts";
import type { InitialModel } from "../training/train.ts";
import type { ClaimedRun, Ledger } from "./ledger.ts";
import { type ExperimentPlan, type PlannedRun, runSettings, variantName } from "./plan.ts";
import { inSharedMemory, RunThread } from "./run-thread.ts";

/** Told how an experiment goes on. */
export interface ExperimentObserver {
  /** The runs to be done, and the ids of those that are finished already. */
  onOpen?(folder: string, runs: readonly PlannedRun[], finished: ReadonlySet<string>): void;
  /** A run begins, or goes on behind `done` epochs. */
  onStart?(run: PlannedRun, done: number): void;
  /** Epochs of a run done so far, with a part of the present one. */
  onProgress?(run: PlannedRun, epochs: number): void;
  onFinish?(run: PlannedRun, document: FinishedRun): void;
  /** All other runs are being done by other processes. */
  onWait?(): void;
}

export interface ExperimentOptions {
  /** Runs at a time. */
  readonly jobs: number;
  /** Threads of each. */
  readonly threads: number;
  readonly origin: RunOrigin;
  readonly initial: InitialModel | undefined;
  readonly observer?: ExperimentObserver;
}

/** A run's name for people. */
export function runName(plan: ExperimentPlan, { variant, seed }: PlannedRun): string {
  return `${variantName(plan, variant)}, seed ${seed}`;
}

const LOOK_AGAIN_AFTER = 500;

/**
 * Does those of the runs that are not finished, several at a time, and waits for those that other processes do. Results depend on
 * neither.
 *
 * @throws what `train` throws, and PixscaleError if the folder cannot be written; runs in progress are kept up to their last epoch
 */
export async function runExperiment(
  plan: ExperimentPlan,
  runs: readonly PlannedRun[],
  dataset: Dataset,
  ledger: Ledger,
  options: ExperimentOptions,
): Promise<void> {
  const { jobs, origin, initial } = options;
  const setup = { dataset: inSharedMemory(dataset), origin, initial };
  const threads: RunThread[] = [];
  let stopped = false;
  const lane = async () => {
    let thread: RunThread | undefined;
    while (!stopped) {
      const claimed = ledger.claim(runs);
      if (claimed === "done") return;
      if (claimed === "busy") {
        options.observer?.onWait?.();
        await setTimeout(LOOK_AGAIN_AFTER);
        continue;
      }
      if (thread === undefined) {
        thread = new RunThread(setup);
        threads.push(thread);
      }
      await doRun(plan, claimed, thread, ledger, options);
    }
  };
  try {
    await Promise.all(Array.from({ length: jobs }, lane));
  } finally {
    stopped = true;
    await Promise.all(threads.map((thread) => thread.close()));
  }
}

async function doRun(
  plan: ExperimentPlan,
  { run, checkpoint }: ClaimedRun,
  thread: RunThread,
  ledger: Ledger,
  { threads, observer = {} }: ExperimentOptions,
): Promise<void> {
  observer.onStart?.(run, checkpoint?.epochs.length ?? 0);
  const order = { id: run.id, settings: { ...runSettings(plan, run), threads }, resume: checkpoint };
  const document = await thread.run(runName(plan, run), order, {
    onStep: ({ epoch, step, steps }) => observer.onProgress?.(run, epoch - 1 + step / steps),
    onCheckpoint(reached) {
      ledger.saveCheckpoint(run, reached);
      observer.onProgress?.(run, reached.epochs.length);
    },
  });
  ledger.finish(run, document);
  observer.onFinish?.(run, document);
}
