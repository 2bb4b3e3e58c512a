import type { ImageShape } from "../data/dataset.ts";
import { PixscaleError } from "../errors.ts";

/** One layer of a sequential network, named as in Keras. */
export type Layer =
  | {
      readonly type: "conv2d";
      readonly filters: number;
      /** Height and width; stride 1, no padding. */
      readonly kernelSize: readonly [number, number];
      readonly activation: "linear" | "relu";
    }
  /** 2×2, stride 2; an odd last row or column is dropped. */
  | { readonly type: "maxPooling2d" }
  | { readonly type: "flatten" }
  | { readonly type: "dense"; readonly units: number; readonly activation: "linear" | "relu" | "softmax" };

/** A network as data: its input and its layers. The last layer is dense with softmax and one unit per class. */
export interface Model {
  readonly input: ImageShape;
  readonly layers: readonly Layer[];
}

/** The output of a layer per image: an image, or the length of a vector. */
export type Activation = ImageShape | number;

/** Weights of one layer: kernel [kernelH][kernelW][C][F] and bias [F], or kernel [C][F] if dense. */
export interface LayerWeights {
  readonly kernel: Float32Array;
  readonly bias: Float32Array;
}

/** Dimensions of one layer's weights. */
export interface WeightShapes {
  readonly kernel: readonly number[];
  readonly bias: readonly [number];
}

/**
 * The outputs of all layers, in order.
 *
 * @param subject the model's file, or "model"; errors begin with it
 * @throws PixscaleError if a layer does not fit its input, or the last layer is not dense with softmax
 */
export function activations(model: Model, subject: string): Activation[] {
  let before: Activation = model.input;
  const shapes = model.layers.map((layer, i) => {
    if (layer.type === "dense" && layer.activation === "softmax" && i < model.layers.length - 1) {
      const problem = `layer ${i + 1} (dense) has a softmax but is not the last layer`;
      throw new PixscaleError(subject, problem, "use relu or linear there");
    }
    before = outputOf(layer, before, `layer ${i + 1} (${layer.type})`, subject);
    return before;
  });
  const last = model.layers[model.layers.length - 1];
  if (last?.type !== "dense" || last.activation !== "softmax") {
    const remedy = "end the model with a dense layer with softmax and one unit per class";
    throw new PixscaleError(subject, "the last layer is not dense with softmax", remedy);
  }
  return shapes;
}

/** Dimensions of the weights: one entry per layer that has weights. Throws as `activations` does. */
export function weightShapes(model: Model, subject: string): WeightShapes[] {
  const outputs = activations(model, subject);
  return model.layers.flatMap((layer, i): WeightShapes[] => {
    const before = i === 0 ? model.input : outputs[i - 1];
    if (layer.type === "conv2d" && typeof before !== "number") {
      return [{ kernel: [...layer.kernelSize, before.channels, layer.filters], bias: [layer.filters] }];
    }
    if (layer.type === "dense" && typeof before === "number") {
      return [{ kernel: [before, layer.units], bias: [layer.units] }];
    }
    return [];
  });
}

/** Number of classes. */
export function classCount(model: Model): number {
  const last = model.layers[model.layers.length - 1];
  return last?.type === "dense" ? last.units : 0;
}

/** Number of weights. Throws as `activations` does. */
export function parameterCount(model: Model): number {
  return weightShapes(model, "model").reduce(
    (sum, { kernel, bias }) => sum + sizeOf(kernel) + sizeOf(bias),
    0,
  );
}

/** Product of dimensions. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}

function outputOf(layer: Layer, before: Activation, name: string, subject: string): Activation {
  const fail = (problem: string, remedy: string) => new PixscaleError(subject, `${name} ${problem}`, remedy);
  switch (layer.type) {
    case "dense":
      if (typeof before !== "number") throw fail("gets images", "put a flatten layer before it");
      if (layer.activation === "softmax" && layer.units < 2) {
        throw fail("has fewer than two units", "use one unit per class");
      }
      return layer.units;
    case "flatten":
      return typeof before === "number" ? before : before.height * before.width * before.channels;
    case "conv2d":
    case "maxPooling2d": {
      if (typeof before === "number") throw fail("comes after a flatten layer", "put it before that layer");
      const [kernelHeight, kernelWidth] = layer.type === "conv2d" ? layer.kernelSize : ([2, 2] as const);
      if (before.height < kernelHeight || before.width < kernelWidth) {
        const sizes = [`${kernelHeight}×${kernelWidth}`, `${before.height}×${before.width}`];
        const problem = `needs images of at least ${sizes[0]} pixels, but gets ${sizes[1]}`;
        throw fail(problem, "use larger images or fewer layers");
      }
      if (layer.type === "maxPooling2d") {
        return { height: before.height >> 1, width: before.width >> 1, channels: before.channels };
      }
      return {
        height: before.height - kernelHeight + 1,
        width: before.width - kernelWidth + 1,
        channels: layer.filters,
      };
    }
  }
}
