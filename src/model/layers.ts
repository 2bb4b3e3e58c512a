import type { ImageShape } from "../data/dataset.ts";
import { PixscaleError } from "../errors.ts";

/** One layer of a sequential network; the names and defaults are Keras'. */
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

/** A network as data: what comes in, and its layers. The last layer is dense with softmax, one unit a class. */
export interface Model {
  readonly input: ImageShape;
  readonly layers: readonly Layer[];
}

/** What flows behind a layer, per image: an image, or a vector of that length. */
export type Activation = ImageShape | number;

/** Weights of one layer that has any; kernels are [height, width, channels, filters] or [inputs, units]. */
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
 * Shapes behind each layer, first layer first.
 *
 * @param subject the file or flag the model came from; errors begin with it
 * @throws PixscaleError if a layer does not fit what comes before it, or the last is not dense with softmax
 */
export function activations(model: Model, subject: string): Activation[] {
  let before: Activation = model.input;
  const shapes = model.layers.map((layer, i) => {
    if (layer.type === "dense" && layer.activation === "softmax" && i < model.layers.length - 1) {
      const problem = `layer ${i + 1} (dense) has a softmax but is not the last layer`;
      throw new PixscaleError(subject, problem, "use relu or linear there");
    }
    before = activationBehind(layer, before, `layer ${i + 1} (${layer.type})`, subject);
    return before;
  });
  const last = model.layers[model.layers.length - 1];
  if (last?.type !== "dense" || last.activation !== "softmax") {
    throw new PixscaleError(
      subject,
      "the last layer is not dense with softmax",
      "end the model with one, a unit for each class",
    );
  }
  return shapes;
}

/** Dimensions of the weights, one entry for each layer that has any. Throws as `activations` does. */
export function weightShapes(model: Model, subject: string): WeightShapes[] {
  const behind = activations(model, subject);
  return model.layers.flatMap((layer, i): WeightShapes[] => {
    const before = i === 0 ? model.input : behind[i - 1];
    if (layer.type === "conv2d" && typeof before !== "number") {
      return [{ kernel: [...layer.kernelSize, before.channels, layer.filters], bias: [layer.filters] }];
    }
    if (layer.type === "dense" && typeof before === "number") {
      return [{ kernel: [before, layer.units], bias: [layer.units] }];
    }
    return [];
  });
}

/** Number of classes the model tells apart. */
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

function activationBehind(layer: Layer, before: Activation, name: string, subject: string): Activation {
  const fail = (problem: string, remedy: string) => new PixscaleError(subject, `${name} ${problem}`, remedy);
  switch (layer.type) {
    case "dense":
      if (typeof before !== "number") throw fail("gets images", "put a flatten layer before it");
      if (layer.activation === "softmax" && layer.units < 2)
        throw fail("has less than two units", "use one for each class");
      return layer.units;
    case "flatten":
      return typeof before === "number" ? before : before.height * before.width * before.channels;
    case "conv2d":
    case "maxPooling2d": {
      if (typeof before === "number") throw fail("comes after a flatten layer", "put it before");
      const [kernelHeight, kernelWidth] = layer.type === "conv2d" ? layer.kernelSize : ([2, 2] as const);
      if (before.height < kernelHeight || before.width < kernelWidth) {
        const size = `${kernelHeight}×${kernelWidth}`;
        throw fail(
          `needs at least ${size} pixels, but gets ${before.height}×${before.width}`,
          "use larger images or fewer layers",
        );
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
