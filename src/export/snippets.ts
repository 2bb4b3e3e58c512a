import { setting, UsageError } from "../errors.ts";
import { spreadMap } from "../scaling/apply/affine-map.ts";
import { foldAffine } from "../scaling/apply/fold.ts";
import type { Scaler } from "../scaling/scaler.ts";
import { AFFINE_NAMES, isAffine, type ScalingStep } from "../scaling/steps/step-kinds.ts";
import type { Axis } from "../statistics/axis.ts";

export const SNIPPETS = ["keras", "torchvision", "tfjs", "albumentations"] as const;

/** A library to write code for. */
export type SnippetTarget = (typeof SNIPPETS)[number];

/** `(x − mean) / std` per channel, in the units of the pixels; `std`, above 0, is the divisor. */
export interface ChannelScaling {
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** Largest pixel value, for libraries that expect one: bytes only. */
  readonly maxPixelValue: 255 | undefined;
}

/** @throws UsageError if no library's code can apply such a scaling */
export function requireSnippet(steps: readonly ScalingStep[], axis: Axis): void {
  if (axis === "pixel") {
    throw new UsageError(setting("axis"), "snippets have no statistic per pixel", "use global or channel");
  }
  if (!steps.every(isAffine)) {
    const remedy = `use ${AFFINE_NAMES.join(", ")}`;
    throw new UsageError(setting("scaling"), "snippets can only subtract and divide", remedy);
  }
}

/**
 * Reduces a scaling that `requireSnippet` accepts to one subtraction and division per channel.
 *
 * @param bytes whether the pixels are bytes
 * @throws UsageError if it inverts the values
 */
export function channelScaling({ steps, axis, shape }: Scaler, bytes: boolean): ChannelScaling {
  const map = foldAffine(steps.filter(isAffine), { axis, shape }, setting("scaling"));
  const { shift, scale } = spreadMap(map, shape.channels);
  if (scale.some((factor) => factor < 0)) {
    const problem = "snippets cannot divide by a negative number";
    throw new UsageError(setting("scaling"), problem, "use a factor above 0");
  }
  return {
    mean: [...shift],
    std: Array.from(scale, (factor) => 1 / factor),
    maxPixelValue: bytes ? 255 : undefined,
  };
}

/** Code to paste into a program, which scales images with pixscale's numbers. */
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
  // Rescaling only multiplies; Normalization subtracts, and divides by the root of the variance.
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
