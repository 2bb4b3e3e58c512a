import type { DataOptions } from "../data/format.ts";
import { bytesOf, sha256 } from "../files/hash.ts";
import { formatScaling } from "../scaling/parse.ts";
import type { PixelRange } from "../statistics/pixel-range.ts";
import { VERSION } from "../version.ts";
import type { RunResult } from "./train.ts";

export const RUN_FORMAT = "pixscale-run";

/** Where the data and initial weights of a run came from. */
export interface RunOrigin {
  readonly data: string;
  /** The dataset's fingerprint, see `datasetFingerprint`. */
  readonly dataset: string;
  /** The reading options that were given, and for images all that decide on pixels. */
  readonly reading?: Omit<DataOptions, "observer">;
  /** The name of each class, if the data have names. */
  readonly classNames?: readonly string[];
  /** The smallest and largest training pixel. */
  readonly pixels?: PixelRange;
  /** Folder of the model it started from, if not a fresh one, and the SHA-256 of its weights. */
  readonly initFrom?: string | undefined;
  readonly initialWeights?: string | undefined;
}

/** The same, as far as a caller of the library gives it. */
export type SavedFrom = Pick<RunOrigin, "data"> & Partial<RunOrigin>;

/** The settings and results of one run, as `run.json` holds them. */
export function runDocument<Origin extends SavedFrom>({ initFrom, ...origin }: Origin, result: RunResult) {
  const { settings } = result;
  const { loss, accuracy, count, commonest, confusion, predictions } = result.test;
  return {
    format: RUN_FORMAT,
    version: 1,
    ...origin,
    settings: { ...settings, scaling: formatScaling(settings.scaling), initFrom },
    images: { train: result.trained, validation: result.validated, test: count },
    parameters: result.parameters,
    epochs: result.epochs,
    test: {
      loss,
      accuracy,
      commonest,
      ...(confusion && { confusion }),
      predictions: sha256(bytesOf(predictions)),
    },
    fingerprint: result.fingerprint,
    versions: { pixscale: VERSION, node: process.versions.node },
  };
}
