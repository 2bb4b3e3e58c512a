import type { Json } from "../../../model/tfjs/fields.ts";

type Layer = { class_name?: unknown; config?: { [key: string]: unknown } };

/**
 * The topology without the softmax at its output, so that the loss can be computed from logits, which is exact even where a
 * probability is too small for float32. `logits` is whether the outputs are logits: also if the last layer is linear.
 */
export function withoutSoftmax(topology: unknown): { readonly topology: Json; readonly logits: boolean } {
  const copy = structuredClone(topology) as Json;
  const output = outputLayer((copy?.model_config ?? copy) as Layer);
  const { class_name: className, config } = output ?? {};
  if (output === undefined || config === undefined) return { topology: copy, logits: false };
  if (config.activation === "softmax" || config.activation === "linear") {
    config.activation = "linear";
    return { topology: copy, logits: true };
  }
  // Outputs are [images, classes].
  if (className === "Softmax" && [1, -1].includes((config.axis ?? -1) as number)) {
    output.class_name = "Activation";
    output.config = { name: config.name, trainable: true, activation: "linear" };
    return { topology: copy, logits: true };
  }
  return { topology: copy, logits: false };
}

/** The layer whose output is the model's; models may be layers of models. */
function outputLayer(entry: Layer | undefined): Layer | undefined {
  const config = entry?.config;
  const layers = (Array.isArray(config) ? config : config?.layers) as
    | (Layer & { name?: string })[]
    | undefined;
  if (!Array.isArray(layers)) return entry;
  const outputs = config?.output_layers as [name: string][] | undefined;
  const last = Array.isArray(outputs)
    ? layers.find(({ name, config: own }) => (name ?? own?.name) === outputs[0]?.[0])
    : layers[layers.length - 1];
  return outputLayer(last);
}
