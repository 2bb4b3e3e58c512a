import type { LayerWeights, Model } from "../../model/layers.ts";
import type { MetricSums } from "../metrics.ts";

/**
 * One network with its weights and Adam state. The caller writes a batch into `images` and `labels` and calls `train` or
 * `evaluate` with the number of images.
 */
export interface Backend {
  /** [maxImages, height, width, channels], scaled. */
  readonly images: Float32Array;
  /** [maxImages], class indices. */
  readonly labels: Int32Array;
  /** [maxImages], the classes given to the last batch. */
  readonly predictions: Int32Array;
  /** Forward, backward and one Adam step (β₁ 0.9, β₂ 0.999, ε 1e-7) on the batch's mean loss; metrics before the step. */
  train(count: number): MetricSums;
  evaluate(count: number): MetricSums;
  weights(): LayerWeights[];
  /** A copy of all that the next steps depend on beside their batches. */
  state(): BackendState;
  /** Goes on from a state of the same backend, model and learning rate: the next steps have the bits they would have had. */
  setState(state: BackendState): void;
  close(): Promise<void>;
}

/** Weights, Adam's first and second moments in the same order, and the steps it has taken. Can be cloned and sent to a thread. */
export interface BackendState {
  readonly weights: readonly LayerWeights[];
  readonly moments1: readonly LayerWeights[];
  readonly moments2: readonly LayerWeights[];
  readonly steps: number;
}

export interface BackendOptions {
  readonly model: Model;
  readonly weights: readonly LayerWeights[];
  /** Largest batch that will be run. */
  readonly maxImages: number;
  readonly threads: number;
  readonly learningRate: number;
}
