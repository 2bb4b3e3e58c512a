import type { Labels } from "../data/dataset.ts";
import { drawIndexes } from "../data/draw-images.ts";
import type { Confusion, Metrics } from "../training/metrics.ts";
import { RUN_FORMAT, type RunOrigin, runDocument } from "../training/run-document.ts";
import type { EpochResult, RunResult } from "../training/train.ts";
import type { Variant } from "./plan.ts";

interface RunBase {
  readonly format: typeof RUN_FORMAT;
  readonly version: 1;
  readonly id: string;
  readonly finished: string;
}

/** A run that reached its end: its document, and the test images it got wrong, for the comparison. */
export interface TrainedRun extends RunBase {
  readonly settings: Variant & { readonly seed: number; readonly limitTest?: number | undefined };
  readonly dataset: string;
  readonly images: { readonly train: number; readonly validation: number; readonly test: number };
  readonly epochs: readonly EpochResult[];
  readonly test: Metrics & {
    readonly predictions: string;
    readonly commonest?: number;
    readonly confusion?: Confusion;
  };
  /** Indices of the test images whose prediction is not their label, ascending. */
  readonly misclassified: readonly number[];
  readonly fingerprint: string;
}

/** A run without its confusion table, which keeps the images of the commonest class. */
export function withoutTable(run: FinishedRun): FinishedRun {
  if (!isTrained(run) || run.test.confusion === undefined) return run;
  const { confusion, ...test } = run.test;
  return { ...run, test: { ...test, commonest: test.commonest ?? commonestOf(confusion) } };
}

/** The number of images of the commonest class: the largest sum of a label's row. */
export function commonestOf(confusion: Confusion): number {
  return Math.max(...confusion.map((row) => row.reduce((sum, count) => sum + count, 0)));
}

/** A run whose loss became infinite or NaN. */
export interface DivergedRun extends RunBase {
  /** What happened, and where. */
  readonly diverged: string;
}

/** A run of an experiment that need not be trained again. */
export type FinishedRun = TrainedRun | DivergedRun;

/** The document of a run that reached its end now. @param labels of all test images */
export function trainedRun(id: string, origin: RunOrigin, result: RunResult, labels: Labels): TrainedRun {
  const { predictions } = result.test;
  const misclassified = [...drawIndexes(labels, result.settings.limitTest)].filter(
    (index, i) => predictions[i] !== labels[index],
  );
  const document = runDocument(origin, result);
  return {
    ...document,
    format: RUN_FORMAT,
    version: 1,
    id,
    misclassified,
    finished: new Date().toISOString(),
  };
}

/** The document of a run that diverged now. */
export function divergedRun(id: string, diverged: string): DivergedRun {
  return { format: RUN_FORMAT, version: 1, id, diverged, finished: new Date().toISOString() };
}

/** Whether a run reached its end. */
export function isTrained(run: FinishedRun): run is TrainedRun {
  return !("diverged" in run);
}
