import { PixscaleError } from "../../errors.ts";
import { bytesOf } from "../../files/hash.ts";
import { type Layer, type LayerWeights, type Model, sizeOf, weightShapes } from "../layers.ts";
import { weightBytes } from "../weights.ts";

/** The name of the weights file that `encodeModel`'s JSON refers to. */
export const WEIGHTS_FILE = "weights.bin";

export type Json = { readonly [key: string]: unknown };

const CLASS_NAMES = {
  conv2d: "Conv2D",
  maxPooling2d: "MaxPooling2D",
  flatten: "Flatten",
  dense: "Dense",
} as const;
const LAYER_NAMES = {
  conv2d: "conv2d",
  maxPooling2d: "max_pooling2d",
  flatten: "flatten",
  dense: "dense",
} as const;
const KNOWN_LAYERS = "Conv2D, MaxPooling2D, Flatten, Dense";

/** A model in TensorFlow.js' LayersModel format: the content of `model.json`, and that of its weights files, joined. */
export interface EncodedModel {
  readonly json: Json;
  readonly bytes: Uint8Array;
}

/** A model in LayersModel format, its weights float32 in the order of the layers, kernel before bias. */
export function encodeModel(model: Model, weights: readonly LayerWeights[]): EncodedModel {
  const shapes = weightShapes(model, "model");
  const names = layerNames(model.layers);
  const withWeights = model.layers.flatMap((layer, i) => ("activation" in layer ? [names[i]] : []));
  const { height, width, channels } = model.input;
  const json = {
    format: "layers-model",
    generatedBy: "pixscale",
    convertedBy: null,
    modelTopology: {
      class_name: "Sequential",
      config: {
        name: "sequential",
        layers: model.layers.map((layer, i) => ({
          class_name: CLASS_NAMES[layer.type],
          config: {
            name: names[i],
            trainable: true,
            ...(i === 0 ? { batch_input_shape: [null, height, width, channels], dtype: "float32" } : {}),
            ...layerConfig(layer),
          },
        })),
      },
      keras_version: "tfjs-layers 4.22.0",
      backend: "tensor_flow.js",
    },
    weightsManifest: [
      {
        paths: [WEIGHTS_FILE],
        weights: shapes.flatMap(({ kernel, bias }, i) => [
          { name: `${withWeights[i]}/kernel`, shape: kernel, dtype: "float32" },
          { name: `${withWeights[i]}/bias`, shape: bias, dtype: "float32" },
        ]),
      },
    ],
  };
  return { json, bytes: Buffer.concat(weightBytes(weights)) };
}

/** One of a model's weights, as TensorFlow.js names it. */
export interface NamedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly values: Float32Array | Int32Array | Uint8Array;
}

/** A model of the same topology with other weights, without what a file may say of an optimizer. */
export function encodeTensors({ modelTopology }: Json, tensors: readonly NamedTensor[]): EncodedModel {
  const weights = tensors.map(({ name, shape, dtype }) => ({ name, shape, dtype }));
  const json = {
    format: "layers-model",
    generatedBy: "pixscale",
    convertedBy: null,
    modelTopology,
    weightsManifest: [{ paths: [WEIGHTS_FILE], weights }],
  };
  return { json, bytes: Buffer.concat(tensors.map(({ values }) => bytesOf(values))) };
}

/**
 * Names of the weights files of a `model.json`, relative to it, in order.
 *
 * @param file path, for errors
 * @throws PixscaleError if it is not a LayersModel
 */
export function weightFiles(json: unknown, file: string): string[] {
  return manifestOf(json, file).flatMap((group) => weightPaths(group, file));
}

/** @throws PixscaleError if the weights files hold more or less than `model.json` describes */
export function checkWeightBytes(json: unknown, bytes: Uint8Array, file: string): void {
  const tensors = manifestTensors(manifestOf(json, file), file);
  const total = [...tensors.values()].reduce((sum, tensor) => sum + tensor.bytes, 0);
  if (bytes.length === total) return;
  const problem = `its weights files hold ${bytes.length} bytes, but it describes ${total}`;
  throw new PixscaleError(file, problem, "copy the model's files again");
}

/** What `decodeModel` knows of a `model.json` before it has the weights. */
export interface ModelDescription {
  readonly model: Model;
  /** Takes the content of the weights files, joined. @throws PixscaleError if it does not fit the model */
  decodeWeights(bytes: Uint8Array): LayerWeights[];
}

/**
 * Reads a `model.json` as TensorFlow.js or its Keras converter writes it: a Sequential model of convolutions (stride 1, no
 * padding), 2×2 max pools, flatten and dense layers.
 *
 * @param file path, for errors
 * @throws PixscaleError if it is something else; unsupported layers and settings are named
 */
export function decodeModel(json: unknown, file: string): ModelDescription {
  const manifest = manifestOf(json, file);
  const topology = field(json, "modelTopology");
  const root = field(topology, "model_config") ?? topology;
  const className = field(root, "class_name");
  if (className !== "Sequential") {
    throw new PixscaleError(
      file,
      `holds a ${String(className)} model`,
      "use a Sequential model, or --backend tensorflow",
    );
  }
  const config = field(root, "config");
  const list = Array.isArray(config) ? config : field(config, "layers");
  if (!Array.isArray(list) || list.length === 0) {
    throw new PixscaleError(file, "has no layers", "save the model again");
  }
  const input = inputShape(list[0], file);
  const named = list
    .filter((entry) => field(entry, "class_name") !== "InputLayer")
    .map((entry) => decodeLayer(entry, file));
  const model: Model = { input, layers: named.map(({ layer }) => layer) };
  const shapes = weightShapes(model, file);
  const owners = named.filter(({ layer }) => "activation" in layer).map(({ name }) => name);
  const tensors = manifestTensors(manifest, file);
  const layerTensors = owners.map((owner, i) => {
    const find = (part: "kernel" | "bias") => {
      const tensor = tensors.get(`${owner}/${part}`);
      const shape = shapes[i]?.[part] ?? [];
      if (tensor === undefined)
        throw new PixscaleError(file, `has no weights ${owner}/${part}`, "save the model again");
      if (!tensor.plain) {
        const problem = `weights ${owner}/${part} are not plain float32`;
        throw new PixscaleError(file, problem, "save the model without quantization");
      }
      if (tensor.shape.join() !== shape.join()) {
        const problem = `weights ${owner}/${part} have shape [${tensor.shape}], but the layer needs [${shape}]`;
        throw new PixscaleError(file, problem, "save the model again");
      }
      return tensor;
    };
    return { kernel: find("kernel"), bias: find("bias") };
  });
  return {
    model,
    decodeWeights(bytes) {
      checkWeightBytes(json, bytes, file);
      const read = ({ offset, bytes: length }: Tensor) => {
        const start = bytes.byteOffset + offset;
        const values = new Float32Array(bytes.buffer.slice(start, start + length));
        if (values.every(Number.isFinite)) return values;
        throw new PixscaleError(
          file,
          "its weights are not all finite numbers",
          "train and save the model again",
        );
      };
      return layerTensors.map(({ kernel, bias }) => ({ kernel: read(kernel), bias: read(bias) }));
    },
  };
}

interface Tensor {
  /** Bytes before it, and its own. */
  readonly offset: number;
  readonly bytes: number;
  readonly shape: readonly number[];
  /** Plain float32, which a layer's weights must be; others, such as an optimizer's step count, are skipped. */
  readonly plain: boolean;
}

/** Bytes of a value of each type that a weights file can hold; a quantized tensor is stored as its quantized type. */
const VALUE_BYTES: Readonly<Record<string, number>> = {
  float32: 4,
  int32: 4,
  complex64: 8,
  bool: 1,
  uint8: 1,
  uint16: 2,
  float16: 2,
};

function layerConfig(layer: Layer): Json {
  switch (layer.type) {
    case "conv2d":
      return {
        filters: layer.filters,
        kernel_size: layer.kernelSize,
        strides: [1, 1],
        padding: "valid",
        data_format: "channels_last",
        dilation_rate: [1, 1],
        activation: layer.activation,
        use_bias: true,
      };
    case "maxPooling2d":
      return { pool_size: [2, 2], strides: [2, 2], padding: "valid", data_format: "channels_last" };
    case "flatten":
      return { data_format: "channels_last" };
    case "dense":
      return { units: layer.units, activation: layer.activation, use_bias: true };
  }
}

/** Keras' names: the layer's kind, numbered from the second of its kind on. */
function layerNames(layers: readonly Layer[]): string[] {
  return layers.map(({ type }, i) => {
    const earlier = layers.slice(0, i).filter((layer) => layer.type === type).length;
    return earlier === 0 ? LAYER_NAMES[type] : `${LAYER_NAMES[type]}_${earlier}`;
  });
}

function inputShape(first: unknown, file: string): Model["input"] {
  const config = field(first, "config");
  const shape = field(config, "batch_input_shape") ?? field(config, "batch_shape");
  const dimensions = Array.isArray(shape) ? shape.slice(1) : [];
  const [height, width, channels] = dimensions;
  if (dimensions.length !== 3 || !dimensions.every(isSize)) {
    throw new PixscaleError(
      file,
      "does not say a fixed height, width and channels of its input",
      "save it with an input shape",
    );
  }
  return { height, width, channels };
}

function decodeLayer(entry: unknown, file: string): { name: string; layer: Layer } {
  const className = String(field(entry, "class_name"));
  const config = field(entry, "config");
  const name = String(field(config, "name") ?? className);
  const refuse = (what: string, remedy: string) =>
    new PixscaleError(file, `layer ${name} (${className}) ${what}`, remedy);

  /** The setting must be one of these, or absent. */
  const only = (key: string, ...allowed: unknown[]) => {
    const value = field(config, key);
    if (value === undefined || allowed.some((one) => JSON.stringify(one) === JSON.stringify(value))) return;
    throw refuse(
      `has ${key} ${JSON.stringify(value)}`,
      `only ${allowed.map((one) => JSON.stringify(one)).join(" or ")} is supported`,
    );
  };
  const size = (key: string): number => {
    const value = field(config, key);
    if (!isSize(value)) throw refuse(`has no valid ${key}`, "save the model again");
    return value;
  };
  const activation = <A extends string>(...allowed: readonly A[]): A => {
    const value = String(field(config, "activation") ?? "linear") as A;
    if (!allowed.includes(value))
      throw refuse(`has activation ${value}`, `only ${allowed.join(", ")} are supported`);
    return value;
  };

  switch (className) {
    case "Conv2D": {
      only("strides", [1, 1], 1);
      only("padding", "valid");
      only("data_format", "channels_last");
      only("dilation_rate", [1, 1], 1);
      only("groups", 1);
      only("use_bias", true);
      const value = field(config, "kernel_size");
      const kernelSize = Array.isArray(value) ? value : [value, value];
      if (kernelSize.length !== 2 || !kernelSize.every(isSize))
        throw refuse("has no valid kernel_size", "save the model again");
      const [kernelHeight, kernelWidth] = kernelSize;
      return {
        name,
        layer: {
          type: "conv2d",
          filters: size("filters"),
          kernelSize: [kernelHeight, kernelWidth],
          activation: activation("linear", "relu"),
        },
      };
    }
    case "MaxPooling2D":
      only("pool_size", [2, 2], 2);
      only("strides", [2, 2], 2, null);
      only("padding", "valid");
      only("data_format", "channels_last");
      return { name, layer: { type: "maxPooling2d" } };
    case "Flatten":
      only("data_format", "channels_last", null);
      return { name, layer: { type: "flatten" } };
    case "Dense":
      only("use_bias", true);
      return {
        name,
        layer: { type: "dense", units: size("units"), activation: activation("linear", "relu", "softmax") },
      };
    default:
      throw refuse("is not supported", `use only ${KNOWN_LAYERS}, or --backend tensorflow`);
  }
}

function manifestOf(json: unknown, file: string): readonly unknown[] {
  const manifest = field(json, "weightsManifest");
  if (field(json, "modelTopology") !== undefined && Array.isArray(manifest)) return manifest;
  const remedy = "save one with pixscale train --save or tf.js";
  throw new PixscaleError(file, "is not a TensorFlow.js LayersModel", remedy);
}

/** Every tensor of the manifest by name, with its place in the joined weights files. */
function manifestTensors(manifest: readonly unknown[], file: string): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  let offset = 0;
  for (const group of manifest) {
    const weights = field(group, "weights");
    for (const weight of Array.isArray(weights) ? weights : []) {
      const name = String(field(weight, "name"));
      const shape = field(weight, "shape");
      if (!Array.isArray(shape) || !shape.every(isSize)) {
        throw new PixscaleError(file, `weights ${name} have no valid shape`, "save the model again");
      }
      const quantization = field(weight, "quantization");
      const dtype = field(weight, "dtype");
      const valueBytes = VALUE_BYTES[String(field(quantization, "dtype") ?? dtype)];
      if (valueBytes === undefined) {
        throw new PixscaleError(
          file,
          `weights ${name} have type ${String(dtype)}`,
          "save the model without them",
        );
      }
      const bytes = valueBytes * sizeOf(shape);
      tensors.set(name, { offset, bytes, shape, plain: dtype === "float32" && quantization === undefined });
      offset += bytes;
    }
  }
  return tensors;
}

function weightPaths(group: unknown, file: string): string[] {
  const paths = field(group, "paths");
  if (Array.isArray(paths) && paths.every((path) => typeof path === "string")) return paths;
  throw new PixscaleError(file, "does not name its weights files", "save the model again");
}

function field(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? (value as Json)[key] : undefined;
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}
