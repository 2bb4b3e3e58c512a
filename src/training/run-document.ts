import type { Labels } from "../data/dataset.ts";
import type { DataOptions } from "../data/format.ts";
import { PixscaleError } from "../errors.ts";
import { bytesOf, sha256 } from "../files/hash.ts";
import { formatScaling } from "../scaling/parse.ts";
import { VERSION } from "../version.ts";
import type { Metrics } from "./metrics.ts";
import type { TrainSettings } from "./settings.ts";
import type { EpochResult, RunResult } from "./train.ts";

export const RUN_FORMAT = "pixscale-run";

/** Where a run's data and first weights came from. */
export interface RunOrigin {
  readonly data: string;
  /** Of the dataset, see `datasetFingerprint`. */
  readonly dataset: string;
  /** How the data were read, as far as it was said. */
  readonly reading?: Omit<DataOptions, "observer">;
  /** Of each class, where the data tell. */
  readonly classNames?: readonly string[];
  /** Folder of the model it started from, if not a fresh one, and the SHA-256 of its weights. */
  readonly initFrom?: string | undefined;
  readonly initialWeights: string | undefined;
}

/** What `train --json` prints and `run.json` holds: the settings and results of one run. */
export function runDocument({ initFrom, ...origin }: RunOrigin, settings: TrainSettings, result: RunResult) {
  const { loss, accuracy, count, confusion, predictions } = result.test;
  return {
    format: RUN_FORMAT,
    version: 1,
    ...origin,
    settings: { ...settings, scaling: formatScaling(settings.scaling), initFrom },
    images: { train: result.trained, validation: result.validated, test: count },
    parameters: result.parameters,
    epochs: result.epochs,
    test: { loss, accuracy, confusion, predictions: sha256(bytesOf(predictions)) },
    fingerprint: result.fingerprint,
    versions: { pixscale: VERSION, node: process.versions.node },
  };
}

/** What an experiment keeps of a finished run: the run's document, and the test images it got wrong, for McNemar's test. */
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
 * Checks that a file's JSON is the run it should be.
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
    throw new PixscaleError(subject, `is not the finished run ${id}`, "delete it, and it will be run again");
  }
  return run as FinishedRun;
}
