export const SNIPPETS = ["keras", "torchvision", "tfjs", "albumentations"] as const;

/** A library to print code for. */
export type SnippetTarget = (typeof SNIPPETS)[number];

/** `(x − mean) / std` for each channel, in the units of the pixels; `std` is what is divided by, above 0. */
export interface ChannelScaling {
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** Largest pixel value of the type, where the libraries expect one: bytes only. */
  readonly maxPixelValue: 255 | undefined;
}

/** Code to paste that scales images as pixscale does, with its numbers. */
export function snippet(target: SnippetTarget, scaling: ChannelScaling): string {
  switch (target) {
    case "keras":
      return keras(scaling);
    case "torchvision":
      return torchvision(scaling);
    case "tfjs":
      return tfjs(scaling);
    case "albumentations":
      return albumentations(scaling);
  }
}

function keras({ mean, std }: ChannelScaling): string {
  // Rescaling multiplies; Normalization subtracts and divides by the root of the variance.
  const layer = mean.every((value) => value === 0)
    ? `keras.layers.Rescaling(scale=${list(std.map((value) => 1 / value))})`
    : `keras.layers.Normalization(axis=-1, mean=${list(mean)}, variance=${list(std.map((value) => value ** 2))})`;
  return `import keras

# Images [batch, height, width, channels], pixels as they are in the files.
scale = ${layer}
`;
}

function torchvision({ mean, std, maxPixelValue }: ChannelScaling): string {
  const unit = maxPixelValue ?? 1;
  const [means, stds] = [mean, std].map((values) => list(values.map((value) => value / unit)));
  return `import torch
from torchvision.transforms import v2

transform = v2.Compose([
    v2.ToImage(),
    v2.ToDtype(torch.float32, scale=${maxPixelValue === undefined ? "False" : "True"}),
    v2.Normalize(mean=${means}, std=${stds}),
])
`;
}

function tfjs({ mean, std }: ChannelScaling): string {
  return `import * as tf from "@tensorflow/tfjs";

const mean = tf.tensor1d(${list(mean)});
const std = tf.tensor1d(${list(std)});

// Images [batch, height, width, channels], pixels as they are in the files.
export const scale = (images) => tf.tidy(() => images.toFloat().sub(mean).div(std));
`;
}

function albumentations({ mean, std, maxPixelValue }: ChannelScaling): string {
  const unit = maxPixelValue ?? 1;
  const [means, stds] = [mean, std].map((values) => list(values.map((value) => value / unit)));
  return `import albumentations as A

transform = A.Compose([
    A.Normalize(mean=${means}, std=${stds}, max_pixel_value=${unit.toFixed(1)}),
])
`;
}

function list(values: readonly number[]): string {
  return `[${values.join(", ")}]`;
}
