import type { Dataset, ImageShape, Split } from "../../src/data/dataset.ts";
import { imageSize } from "../../src/data/dataset.ts";
import { type LayerNetwork, toLayers } from "../../src/model/network.ts";
import type { EncodedModel } from "../../src/model/tfjs/encode.ts";
import { parseScaling } from "../../src/scaling/parse.ts";
import type { TrainSettings } from "../../src/training/settings.ts";

/** A short run on one thread, as more only pay in long ones; `changes` as on the command line, with the scaling as text. */
export function settings(
  changes: Partial<Omit<TrainSettings, "scaling">> & { scaling?: string } = {},
): TrainSettings {
  const { scaling = "normalize", ...others } = changes;
  return {
    axis: "global",
    epochs: 1,
    batchSize: 64,
    learningRate: 1e-3,
    seed: 0,
    shuffle: true,
    validationSplit: 0,
    limit: 320,
    limitTest: 100,
    backend: "wasm",
    threads: 1,
    ...others,
    scaling: parseScaling(scaling),
  };
}

/** A trained network as layers and weights. */
export function layersOf(model: EncodedModel): LayerNetwork {
  return toLayers({ ...model, subject: "trained" });
}

/** Each image as text, to find it again in another split. */
export function imageTexts(split: Split): string[] {
  const size = imageSize(split.shape);
  return Array.from(split.labels, (label, i) => {
    const pixels = split.pixels.subarray(i * size, (i + 1) * size);
    return `${label}:${Buffer.from(pixels.buffer, pixels.byteOffset, pixels.byteLength).toString("latin1")}`;
  });
}

/** A split of images whose pixels `at` gives. */
export function madeSplit(
  count: number,
  shape: ImageShape,
  classes: number,
  at: (image: number, value: number) => number,
): Split {
  const size = imageSize(shape);
  const pixels = Uint8Array.from({ length: count * size }, (_, i) => at(Math.floor(i / size), i % size));
  return { pixels, labels: Uint8Array.from({ length: count }, (_, i) => i % classes), count, shape };
}

export function madeDataset(train: Split, test: Split = train): Dataset<Split> {
  return { name: "made", classes: Math.max(...train.labels, ...test.labels) + 1, train, test };
}
