import { bytesOf } from "../../files/hash.ts";
import { type Layer, type LayerWeights, type Model, weightShapes } from "../layers.ts";
import { weightBytes } from "../weights.ts";
import type { Json } from "./fields.ts";
import { encodeManifest, type TensorSpec } from "./manifest.ts";

const CLASS_NAMES = {
  conv2d: "Conv2D",
  maxPooling2d: "MaxPooling2D",
  flatten: "Flatten",
  dense: "Dense",
} as const;
/** Keras' default names. */
const LAYER_NAMES = {
  conv2d: "conv2d",
  maxPooling2d: "max_pooling2d",
  flatten: "flatten",
  dense: "dense",
} as const;

/** A model in TensorFlow.js' LayersModel format: the content of `model.json`, and of its weights files, joined. */
export interface EncodedModel {
  readonly json: Json;
  readonly bytes: Uint8Array;
}

/**
 * Encodes a model in LayersModel format, with its weights as float32 in layer order, kernel before bias.
 *
 * @throws PixscaleError as `weightShapes` does
 */
export function encodeModel(model: Model, weights: readonly LayerWeights[]): EncodedModel {
  const names = layerNames(model.layers);
  const withWeights = names.filter((_, i) => "activation" in model.layers[i]);
  const { height, width, channels } = model.input;
  const inputConfig = { batch_input_shape: [null, height, width, channels], dtype: "float32" };
  const topology = {
    class_name: "Sequential",
    config: {
      name: "sequential",
      layers: model.layers.map((layer, i) => ({
        class_name: CLASS_NAMES[layer.type],
        config: {
          name: names[i],
          trainable: true,
          ...(i === 0 ? inputConfig : {}),
          ...layerConfig(layer),
        },
      })),
    },
    keras_version: "tfjs-layers 4.22.0",
    backend: "tensor_flow.js",
  };
  const specs = weightShapes(model, "model").flatMap(({ kernel, bias }, i) => [
    { name: `${withWeights[i]}/kernel`, shape: kernel, dtype: "float32" },
    { name: `${withWeights[i]}/bias`, shape: bias, dtype: "float32" },
  ]);
  return { json: modelJson(topology, specs), bytes: Buffer.concat(weightBytes(weights)) };
}

/** One of a model's weights, as TensorFlow.js names it. */
export interface NamedTensor extends TensorSpec {
  readonly values: Float32Array | Int32Array | Uint8Array;
}

/** Encodes a model with the topology of another `model.json`, without any optimizer state, and other weights. */
export function encodeTensors({ modelTopology }: Json, tensors: readonly NamedTensor[]): EncodedModel {
  const specs = tensors.map(({ name, shape, dtype }) => ({ name, shape, dtype }));
  const bytes = Buffer.concat(tensors.map(({ values }) => bytesOf(values)));
  return { json: modelJson(modelTopology, specs), bytes };
}

function modelJson(modelTopology: unknown, specs: readonly TensorSpec[]): Json {
  return {
    format: "layers-model",
    generatedBy: "pixscale",
    convertedBy: null,
    modelTopology,
    weightsManifest: encodeManifest(specs),
  };
}

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

/** Names as Keras gives them: the layer's type, numbered from its second occurrence on. */
function layerNames(layers: readonly Layer[]): string[] {
  return layers.map(({ type }, i) => {
    const earlier = layers.slice(0, i).filter((layer) => layer.type === type).length;
    return earlier === 0 ? LAYER_NAMES[type] : `${LAYER_NAMES[type]}_${earlier}`;
  });
}
