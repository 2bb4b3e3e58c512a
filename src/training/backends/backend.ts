import type { ImageShape } from "../../data/dataset.ts";
import type { Network } from "../../model/network.ts";
import type { EncodedModel } from "../../model/tfjs/encode.ts";
import type { MetricSums } from "../metrics.ts";

/**
 * One network with its weights and Adam state. The caller writes a batch into `images` and `labels` and calls `train` or
 * `evaluate` with the number of images.
 */
export interface Backend {
  /** The images the network takes. */
  readonly input: ImageShape;
  /** Its number of classes. */
  readonly classes: number;
  /** Number of its weights. */
  readonly parameters: number;
  /** [maxImages, height, width, channels], scaled. */
  readonly images: Float32Array;
  /** [maxImages], class indices. */
  readonly labels: Int32Array;
  /** [maxImages], the predicted classes of the last batch. */
  readonly predictions: Int32Array;
  /** [maxImages][classes], the probabilities of the classes of each image of the last batch. */
  readonly probabilities: Float32Array;
  /** Forward, backward and one Adam step (β₁ 0.9, β₂ 0.999, ε 1e-7) on the mean loss; the metrics are from before the step. */
  train(count: number): MetricSums;
  evaluate(count: number): MetricSums;
  /** The network with its current weights. */
  save(): EncodedModel;
  /** A copy of everything that the next steps depend on besides their batches. */
  state(): BackendState;
  /** Continues from a state of the same backend, model and learning rate; the next steps have the same bits. */
  setState(state: BackendState): void;
  close(): Promise<void>;
}

/**
 * Weights, Adam's first and second moments, each in the backend's own order, and Adam's step count. It can be cloned and sent
 * to a thread.
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
  /** Shape of the images, for a model that leaves it open. */
  readonly imageShape?: ImageShape;
}

export type BackendOptions = BackendSettings & Network;
