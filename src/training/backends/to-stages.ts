import type { StageSpec } from "../../engine/stages.ts";
import { activations, type Model } from "../../model/layers.ts";

/**
 * Converts a model to the engine's stages: a pool becomes part of the convolution before it, flatten disappears (NHWC images are
 * vectors already), and the last layer's softmax belongs to the engine's loss.
 */
export function toStages(model: Model): StageSpec[] {
  const after = activations(model, "model");
  const stages: StageSpec[] = [];
  model.layers.forEach((layer, i) => {
    const input = i === 0 ? model.input : after[i - 1];
    if (layer.type === "dense" && typeof input === "number") {
      stages.push({ kind: "dense", inputs: input, units: layer.units, relu: layer.activation === "relu" });
    } else if (layer.type === "conv2d" && typeof input !== "number") {
      const [kernelHeight, kernelWidth] = layer.kernelSize;
      stages.push({
        kind: "convolution",
        input,
        kernelHeight,
        kernelWidth,
        filters: layer.filters,
        relu: layer.activation === "relu",
        pool: model.layers[i + 1]?.type === "maxPooling2d",
      });
    } else if (
      layer.type === "maxPooling2d" &&
      typeof input !== "number" &&
      model.layers[i - 1]?.type !== "conv2d"
    ) {
      stages.push({ kind: "maxPooling", input });
    }
  });
  return stages;
}
