import type { ScalingStep } from "../scaling/steps/step-kinds.ts";
import type { Axis } from "../statistics/axis.ts";

export const BACKENDS = ["wasm", "tensorflow"] as const;

/** The compute backend: the built-in engine, or TensorFlow through @tensorflow/tfjs-node. */
export type BackendName = (typeof BACKENDS)[number];

/** Everything besides the data that decides the result of a run, and `threads`, which does not. */
export interface TrainSettings {
  readonly scaling: readonly ScalingStep[];
  readonly axis: Axis;
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly seed: number;
  readonly shuffle: boolean;
  /** Fraction of the training images held out, from 0 (none) to below 1. */
  readonly validationSplit: number;
  /** Use only the first so many images of a split. */
  readonly limit: number | undefined;
  readonly limitTest: number | undefined;
  readonly backend: BackendName;
  readonly threads: number;
}
