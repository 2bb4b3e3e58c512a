import { PixscaleError, setting } from "../../errors.ts";
import { type Layer, type LayerWeights, type Model, type WeightShapes, weightShapes } from "../layers.ts";
import { field, isSize, type Json } from "./fields.ts";
import { withKeras2Names } from "./keras3.ts";
import { checkWeightBytes, type TensorPlace, tensorPlaces } from "./manifest.ts";

/** A decoded `model.json`, before its weights files are read. */
export interface ModelDescription {
  readonly model: Model;
  /**
   * Decodes the joined content of the weights files.
   *
   * @throws PixscaleError if it does not fit the model, or weights are not finite numbers
   */
  decodeWeights(bytes: Uint8Array): LayerWeights[];
}

/**
 * Decodes a `model.json` as TensorFlow.js or its Keras converter writes it: a Sequential model of convolutions (stride 1, no
 * padding), 2×2 max pools, flatten and dense layers.
 *
 * @param document the parsed `model.json`
 * @param file path of `model.json`, for errors
 * @throws PixscaleError if it is not such a model; the error names unsupported layers and settings
 */
export function decodeModel(document: unknown, file: string): ModelDescription {
  const json = withKeras2Names(document as Json);
  const tensors = tensorPlaces(json, file);
  const entries = layerEntries(json, file);
  const configs = entries
    .filter((entry) => field(entry, "class_name") !== "InputLayer")
    .map((entry) => new LayerConfig(entry, file));
  const model: Model = { input: inputShape(entries[0], file), layers: configs.map(decodeLayer) };
  const shapes = weightShapes(model, file);
  const places = configs
    .filter((_, i) => "activation" in model.layers[i])
    .map(({ name }, i) => layerPlaces(tensors, name, shapes[i], file));
  return {
    model,
    decodeWeights(bytes) {
      checkWeightBytes(json, bytes.length, file);
      return places.map(({ kernel, bias }) => ({
        kernel: readFloats(bytes, kernel, file),
        bias: readFloats(bytes, bias, file),
      }));
    },
  };
}

function layerEntries(json: unknown, file: string): unknown[] {
  const topology = field(json, "modelTopology");
  const root = field(topology, "model_config") ?? topology;
  const className = field(root, "class_name");
  if (className !== "Sequential") {
    const remedy = `use a Sequential model, or ${setting("backend", "tensorflow")}`;
    throw new PixscaleError(file, `holds a model of class "${className}"`, remedy);
  }
  const config = field(root, "config");
  const entries = Array.isArray(config) ? config : field(config, "layers");
  if (Array.isArray(entries) && entries.length > 0) return entries;
  throw new PixscaleError(file, "has no layers", "save the model again");
}

function inputShape(firstLayer: unknown, file: string): Model["input"] {
  const config = field(firstLayer, "config");
  const shape = field(config, "batch_input_shape");
  const dimensions = Array.isArray(shape) ? shape.slice(1) : [];
  const [height, width, channels] = dimensions;
  if (dimensions.length === 3 && dimensions.every(isSize)) return { height, width, channels };
  const problem = "does not fix the height, width and channels of its input";
  throw new PixscaleError(file, problem, "save the model with an input shape");
}

/** One layer's entry in a `model.json`. */
class LayerConfig {
  readonly name: string;
  readonly className: string;
  readonly #config: unknown;
  readonly #file: string;

  constructor(entry: unknown, file: string) {
    this.#config = field(entry, "config");
    this.#file = file;
    this.className = String(field(entry, "class_name"));
    this.name = String(field(this.#config, "name") ?? this.className);
  }

  error(problem: string, remedy: string): PixscaleError {
    return new PixscaleError(this.#file, `layer "${this.name}" (${this.className}) ${problem}`, remedy);
  }

  /** Requires a setting to be absent or one of `allowed`. */
  require(key: string, ...allowed: readonly unknown[]): void {
    const value = field(this.#config, key);
    const text = JSON.stringify(value);
    if (value === undefined || allowed.some((one) => JSON.stringify(one) === text)) return;
    throw this.error(`has ${key} ${text}`, `use ${JSON.stringify(allowed[0])}, the only supported value`);
  }

  size(key: string): number {
    const value = field(this.#config, key);
    if (isSize(value)) return value;
    throw this.error(`has no valid ${key}`, "save the model again");
  }

  /** A size for rows and one for columns, or one for both. */
  sizes(key: string): [number, number] {
    const value = field(this.#config, key);
    const sizes = Array.isArray(value) ? value : [value, value];
    if (sizes.length === 2 && sizes.every(isSize)) return [sizes[0], sizes[1]];
    throw this.error(`has no valid ${key}`, "save the model again");
  }

  activation<A extends string>(...allowed: readonly A[]): A {
    const value = String(field(this.#config, "activation") ?? "linear") as A;
    if (allowed.includes(value)) return value;
    throw this.error(`has activation "${value}"`, `use ${allowed.join(" or ")}`);
  }
}

/** How to decode a layer of each class. */
const DECODERS: ReadonlyMap<string, (config: LayerConfig) => Layer> = new Map([
  ["Conv2D", decodeConv2D],
  ["MaxPooling2D", decodeMaxPooling2D],
  ["Flatten", decodeFlatten],
  ["Dense", decodeDense],
]);

function decodeLayer(config: LayerConfig): Layer {
  const decode = DECODERS.get(config.className);
  if (decode !== undefined) return decode(config);
  const classes = [...DECODERS.keys()].join(", ");
  throw config.error("is not supported", `use only ${classes}, or ${setting("backend", "tensorflow")}`);
}

function decodeConv2D(config: LayerConfig): Layer {
  config.require("strides", [1, 1], 1);
  config.require("padding", "valid");
  config.require("data_format", "channels_last");
  config.require("dilation_rate", [1, 1], 1);
  config.require("groups", 1);
  config.require("use_bias", true);
  return {
    type: "conv2d",
    filters: config.size("filters"),
    kernelSize: config.sizes("kernel_size"),
    activation: config.activation("linear", "relu"),
  };
}

function decodeMaxPooling2D(config: LayerConfig): Layer {
  config.require("pool_size", [2, 2], 2);
  config.require("strides", [2, 2], 2, null);
  config.require("padding", "valid");
  config.require("data_format", "channels_last");
  return { type: "maxPooling2d" };
}

function decodeFlatten(config: LayerConfig): Layer {
  config.require("data_format", "channels_last", null);
  return { type: "flatten" };
}

function decodeDense(config: LayerConfig): Layer {
  config.require("use_bias", true);
  const activation = config.activation("linear", "relu", "softmax");
  return { type: "dense", units: config.size("units"), activation };
}

interface LayerPlaces {
  readonly kernel: TensorPlace;
  readonly bias: TensorPlace;
}

/** Finds a layer's weights in the weights files, and checks their type and shape. */
function layerPlaces(
  tensors: ReadonlyMap<string, TensorPlace>,
  layer: string,
  shapes: WeightShapes,
  file: string,
): LayerPlaces {
  const find = (part: "kernel" | "bias") => {
    const name = `"${layer}/${part}"`;
    const place = tensors.get(`${layer}/${part}`);
    const shape = shapes[part];
    if (place === undefined) throw new PixscaleError(file, `has no weights ${name}`, "save the model again");
    if (!place.isFloat32) {
      const problem = `weights ${name} are not plain float32`;
      throw new PixscaleError(file, problem, "save the model without quantization");
    }
    if (place.shape.join() !== shape.join()) {
      const problem = `weights ${name} have shape [${place.shape}], but the layer needs [${shape}]`;
      throw new PixscaleError(file, problem, "save the model again");
    }
    return place;
  };
  return { kernel: find("kernel"), bias: find("bias") };
}

function readFloats(bytes: Uint8Array, { offset, bytes: length }: TensorPlace, file: string): Float32Array {
  const start = bytes.byteOffset + offset;
  const values = new Float32Array(bytes.buffer.slice(start, start + length));
  if (values.every(Number.isFinite)) return values;
  throw new PixscaleError(file, "its weights are not all finite numbers", "train and save the model again");
}
