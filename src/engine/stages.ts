import type { ImageShape } from "../data/dataset.ts";

/** A convolution (stride 1, no padding) with its activation and the 2×2 max pool that follows it, if one does. */
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

/** A dense layer. The network's last stage is one without ReLU; its outputs are the logits. */
export interface DenseStage {
  readonly kind: "dense";
  readonly inputs: number;
  readonly units: number;
  readonly relu: boolean;
}

/** One step of the engine from activations to activations. A dense stage takes images as vectors, in the order [H][W][C]. */
export type StageSpec = ConvolutionStage | MaxPoolingStage | DenseStage;

/** Values per image in a stage's input. */
export function inputSize(stage: StageSpec): number {
  if (stage.kind === "dense") return stage.inputs;
  return stage.input.height * stage.input.width * stage.input.channels;
}

/** Shape per image of a convolution's or pool's output. */
export function outputShape(stage: ConvolutionStage | MaxPoolingStage): ImageShape {
  const { height, width, channels } = stage.input;
  if (stage.kind === "maxPooling") return { height: height >> 1, width: width >> 1, channels };
  const rows = height - stage.kernelHeight + 1;
  const columns = width - stage.kernelWidth + 1;
  const shift = stage.pool ? 1 : 0;
  return { height: rows >> shift, width: columns >> shift, channels: stage.filters };
}
