import type { ScalingStep } from "../scaling/parse.ts";
import type { Axis } from "../statistics/axis.ts";

export const BACKENDS = ["wasm", "tensorflow"] as const;

/** What computes: the built-in engine, or TensorFlow through @tensorflow/tfjs-node. */
export type BackendName = (typeof BACKENDS)[number];

/** Everything that decides what a run computes, beside the data; `threads` alone changes no result. */
export interface TrainSettings {
  readonly scaling: readonly ScalingStep[];
  readonly axis: Axis;
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly seed: number;
  readonly shuffle: boolean;
  /** Part of the training images held out, 0 (none) … 1 (excluded). */
  readonly validationSplit: number;
  /** Use only this many images of a split, from its beginning. */
  readonly limit: number | undefined;
  readonly limitTest: number | undefined;
  readonly backend: BackendName;
  readonly threads: number;
}
