import { field, type Json } from "./fields.ts";

/**
 * A `model.json` converted from Keras 3 in the form of Keras 2, which TensorFlow.js reads; any other as it is. Keras 3 calls an input's
 * `batch_input_shape` `batch_shape`, writes a dtype as an object, and begins the names of weights with the model's name.
 */
export function withKeras2Names(json: Json): Json {
  const topology = field(json, "modelTopology");
  const root = field(topology, "model_config") ?? topology;
  const config = field(root, "config");
  const layers = field(config, "layers");
  if (!Array.isArray(layers)) return json;
  const plainRoot = { ...(root as Json), config: { ...(config as Json), layers: layers.map(plainLayer) } };
  const plain =
    field(topology, "model_config") === undefined
      ? plainRoot
      : { ...(topology as Json), model_config: plainRoot };
  return {
    ...json,
    modelTopology: plain,
    weightsManifest: plainWeights(json.weightsManifest, field(config, "name")),
  };
}

function plainLayer(entry: unknown): unknown {
  const config = field(entry, "config");
  if (typeof config !== "object" || config === null) return entry;
  const { batch_shape: shape, ...rest } = config as Json;
  const type = field(field(rest.dtype, "config"), "name");
  return {
    ...(entry as Json),
    config: {
      ...rest,
      ...(shape !== undefined && { batch_input_shape: shape }),
      ...(type !== undefined && { dtype: type }),
    },
  };
}

function plainWeights(manifest: unknown, model: unknown): unknown {
  if (!Array.isArray(manifest)) return manifest;
  const prefix = `${model}/`;
  const plainName = (weight: unknown) => {
    const name = field(weight, "name");
    if (typeof name !== "string" || !name.startsWith(prefix)) return weight;
    return { ...(weight as Json), name: name.slice(prefix.length) };
  };
  return manifest.map((group) => {
    const weights = field(group, "weights");
    return Array.isArray(weights) ? { ...(group as Json), weights: weights.map(plainName) } : group;
  });
}
