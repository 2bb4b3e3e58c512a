import type { Labels } from "../data/dataset.ts";
import { PixscaleError } from "../errors.ts";
import type { Metrics } from "../training/metrics.ts";
import { RUN_FORMAT, type RunOrigin, runDocument } from "../training/run-document.ts";
import type { TrainSettings } from "../training/settings.ts";
import type { EpochResult, RunResult } from "../training/train.ts";

/** A finished run of an experiment: its document, and the test images it got wrong, for McNemar's test. */
export interface FinishedRun {
  readonly format: typeof RUN_FORMAT;
  readonly id: string;
  readonly dataset: string;
  readonly images: { readonly train: number; readonly validation: number; readonly test: number };
  readonly epochs: readonly EpochResult[];
  readonly test: Metrics & { readonly predictions: string };
  /** Indices of the test images whose prediction is not their label, ascending. */
  readonly misclassified: readonly number[];
  readonly fingerprint: string;
  readonly finished: string;
}

/** The document of a run of an experiment, finished now. */
export function finishedRun(
  id: string,
  origin: RunOrigin,
  settings: TrainSettings,
  result: RunResult,
  labels: Labels,
): FinishedRun {
  const { predictions } = result.test;
  const misclassified = [...predictions.keys()].filter((i) => predictions[i] !== labels[i]);
  const document = runDocument(origin, settings, result);
  return { ...document, format: RUN_FORMAT, id, misclassified, finished: new Date().toISOString() };
}

/**
 * Checks that a file's JSON is the expected run.
 *
 * @param subject the file, for the error
 * @throws PixscaleError if it is not
 */
export function readFinishedRun(json: unknown, id: string, subject: string): FinishedRun {
  const run = json as Partial<FinishedRun> | null;
  const complete =
    typeof run === "object" &&
    run !== null &&
    run.format === RUN_FORMAT &&
    run.id === id &&
    Array.isArray(run.epochs) &&
    run.epochs.length > 0 &&
    Array.isArray(run.misclassified) &&
    typeof run.test?.accuracy === "number" &&
    typeof run.images?.test === "number" &&
    typeof run.fingerprint === "string";
  if (!complete) {
    throw new PixscaleError(
      subject,
      `not the finished run ${id}`,
      "delete the file, and the run will be repeated",
    );
  }
  return run as FinishedRun;
}
