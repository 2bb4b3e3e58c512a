import type { ImageShape } from "../../data/dataset.ts";
import type { Network } from "../../model/network.ts";
import type { EncodedModel } from "../../model/tfjs/encode.ts";
import type { MetricSums } from "../metrics.ts";

/**
 * One network with its weights and Adam state. The caller writes a batch into `images` and `labels` and calls `train` or
 * `evaluate` with the number of images.
 */
export interface Backend {
  /** What the network takes. */
  readonly input: ImageShape;
  /** How many classes it tells apart. */
  readonly classes: number;
  /** Number of its weights. */
  readonly parameters: number;
  /** [maxImages, height, width, channels], scaled. */
  readonly images: Float32Array;
  /** [maxImages], class indices. */
  readonly labels: Int32Array;
  /** [maxImages], the classes given to the last batch. */
  readonly predictions: Int32Array;
  /** Forward, backward and one Adam step (β₁ 0.9, β₂ 0.999, ε 1e-7) on the batch's mean loss; metrics before the step. */
  train(count: number): MetricSums;
  evaluate(count: number): MetricSums;
  /** The network with its present weights. */
  save(): EncodedModel;
  /** A copy of all that the next steps depend on beside their batches. */
  state(): BackendState;
  /** Goes on from a state of the same backend, model and learning rate: the next steps have the bits they would have had. */
  setState(state: BackendState): void;
  close(): Promise<void>;
}

/**
 * Weights, Adam's first and second moments, each in the backend's own order, and the steps Adam has taken. It can be cloned and
 * sent to a thread.
 */
export interface BackendState {
  readonly weights: readonly TensorValues[];
  readonly moments1: readonly TensorValues[];
  readonly moments2: readonly TensorValues[];
  readonly steps: number;
}

export type TensorValues = Float32Array | Int32Array | Uint8Array;

export interface BackendSettings {
  /** Largest batch that will be run. */
  readonly maxImages: number;
  readonly threads: number;
  readonly learningRate: number;
  /** The images to come, for a model that leaves their size open. */
  readonly imageShape?: ImageShape;
}

export type BackendOptions = BackendSettings & Network;
