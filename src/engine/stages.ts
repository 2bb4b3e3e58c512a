import type { ImageShape } from "../data/dataset.ts";

/** A convolution (stride 1, no padding) with its activation and, where one follows, its 2×2 max pool. */
export interface ConvolutionStage {
  readonly kind: "convolution";
  readonly input: ImageShape;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly filters: number;
  readonly relu: boolean;
  readonly pool: boolean;
}

/** A 2×2 max pool (stride 2) that follows no convolution. */
export interface MaxPoolingStage {
  readonly kind: "maxPooling";
  readonly input: ImageShape;
}

/** A dense layer; the network's last stage is one without ReLU, whose outputs are the logits. */
export interface DenseStage {
  readonly kind: "dense";
  readonly inputs: number;
  readonly units: number;
  readonly relu: boolean;
}

/** What the engine does between two activations. Images become a dense stage's inputs in NHWC order. */
export type StageSpec = ConvolutionStage | MaxPoolingStage | DenseStage;

/** Values one image has before the stage. */
export function inputSize(stage: StageSpec): number {
  if (stage.kind === "dense") return stage.inputs;
  return stage.input.height * stage.input.width * stage.input.channels;
}

/** Shape of one image behind a convolution or pooling stage. */
export function outputShape(stage: ConvolutionStage | MaxPoolingStage): ImageShape {
  const { height, width, channels } = stage.input;
  if (stage.kind === "maxPooling") return { height: height >> 1, width: width >> 1, channels };
  const rows = height - stage.kernelHeight + 1;
  const columns = width - stage.kernelWidth + 1;
  const shift = stage.pool ? 1 : 0;
  return { height: rows >> shift, width: columns >> shift, channels: stage.filters };
}
