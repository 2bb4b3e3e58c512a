import type { Reading } from "../data/images/reading.ts";
import { setting, UsageError } from "../errors.ts";
import { spreadMap } from "../scaling/apply/affine-map.ts";
import { foldAffine } from "../scaling/apply/fold.ts";
import type { Scaler } from "../scaling/scaler.ts";
import { axisOf, isAffine, kindOf, type ScalingStep } from "../scaling/steps/step-kinds.ts";
import type { Axis } from "../statistics/axis.ts";
import { albumentationsReading, kerasReading, tfjsReading, torchvisionReading } from "./reading-code.ts";

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

/** @throws UsageError if the library's code cannot apply such a scaling */
export function requireSnippet(target: SnippetTarget, steps: readonly ScalingStep[], axis: Axis): void {
  const ofPixels = steps.find((step) => axisOf(step, axis) === "pixel");
  if (ofPixels !== undefined) {
    const own = "axis" in ofPixels && ofPixels.axis !== undefined;
    throw new UsageError(
      setting(own ? "scaling" : "axis"),
      "snippets have no statistic per pixel",
      "use global or channel",
    );
  }
  for (const step of steps) {
    const kind = kindOf(step);
    if (kind.form === "affine" || (kind.formula !== undefined && target !== "albumentations")) continue;
    const counterpart = kind.form === "image" && kind.counterpart;
    const others = target === "albumentations" ? "another library's snippet" : "a scaling without it";
    const remedy = `use ${counterpart || others}, or pixscale apply with a saved scaler`;
    throw new UsageError(setting("scaling"), `no snippet for ${target} can do "${step.kind}"`, remedy);
  }
}

/**
 * Reduces a scaling of affine steps that `requireSnippet` accepts to one subtraction and division per channel.
 *
 * @param bytes whether the pixels are bytes
 * @throws UsageError if it inverts the values
 */
export function channelScaling({ steps, shape }: Scaler, bytes: boolean): ChannelScaling {
  const map = foldAffine(steps.filter(isAffine), setting("scaling"));
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

/** What a snippet says. */
export interface SnippetContent {
  readonly scaling: ChannelScaling;
  /** Along which the statistics were computed. */
  readonly axis: Axis;
  /** How the images were decoded, if they were. */
  readonly reading?: Reading | undefined;
}

/** Code to paste into a program, which reads and scales images as pixscale did, with its numbers: for affine steps only. */
export function snippet(target: SnippetTarget, content: SnippetContent): string {
  switch (target) {
    case "keras":
      return keras(content);
    case "torchvision":
      return torchvision(content);
    case "tfjs":
      return tfjs(content);
    case "albumentations":
      return albumentations(content);
  }
}

/** Which statistics the numbers are, for images of several channels. */
function axisNotes({ scaling, axis }: SnippetContent): string[] {
  if (scaling.mean.length === 1) return [];
  return [
    axis === "global" ? "One mean and std of all channels together." : "A mean and std for each channel.",
  ];
}

function comments(sign: "#" | "//", notes: readonly string[]): string {
  return notes.map((note) => `${sign} ${note}\n`).join("");
}

function keras(content: SnippetContent): string {
  const { mean, std } = content.scaling;
  const { imports, steps, notes } = kerasReading(content.reading);
  // Rescaling only multiplies; Normalization subtracts, and divides by the root of the variance.
  const layer = mean.every((value) => value === 0)
    ? `keras.layers.Rescaling(scale=${list(std.map((value) => 1 / value))})`
    : `keras.layers.Normalization(axis=-1, mean=${list(mean)}, variance=${list(std.map((value) => value ** 2))})`;
  const load = steps.length === 0 ? "" : `\n${steps.join("\n")}\n`;
  const pixels = steps.length === 0 ? "pixels as they are in the files" : "as loaded above";
  return `${["import keras", ...imports].join("\n")}

${comments("#", notes)}${load}
${comments("#", [`Images [batch, height, width, channels], ${pixels}.`, ...axisNotes(content)])}scale = ${layer}
`.replace(/\n{3,}/g, "\n\n");
}

function torchvision(content: SnippetContent): string {
  const { mean, std, maxPixelValue } = content.scaling;
  const { imports, steps, notes } = torchvisionReading(content.reading);
  const unit = maxPixelValue ?? 1;
  const [means, stds] = [mean, std].map((values) => list(values.map((value) => value / unit)));
  const reading = steps.map((step) => `    ${step}\n`).join("");
  return `${["import torch", ...imports].join("\n")}
from torchvision.transforms import v2

${comments("#", [...notes, ...axisNotes(content)])}transform = v2.Compose([
${reading}    v2.ToImage(),
    v2.ToDtype(torch.float32, scale=${maxPixelValue === undefined ? "False" : "True"}),
    v2.Normalize(mean=${means}, std=${stds}),
])
`;
}

function tfjs(content: SnippetContent): string {
  const { mean, std } = content.scaling;
  const { steps, notes } = tfjsReading(content.reading);
  return `import * as tf from "@tensorflow/tfjs";

${comments("//", axisNotes(content))}const mean = tf.tensor1d(${list(mean)});
const std = tf.tensor1d(${list(std)});

${comments("//", notes)}// Images [batch, height, width, channels], pixels as they are in the files.
export const scale = (images) => tf.tidy(() => images.toFloat()${steps.join("")}.sub(mean).div(std));
`;
}

function albumentations(content: SnippetContent): string {
  const { mean, std, maxPixelValue } = content.scaling;
  const { notes } = albumentationsReading(content.reading);
  const unit = maxPixelValue ?? 1;
  const [means, stds] = [mean, std].map((values) => list(values.map((value) => value / unit)));
  return `import albumentations as A

${comments("#", [...notes, ...axisNotes(content)])}transform = A.Compose([
    A.Normalize(mean=${means}, std=${stds}, max_pixel_value=${unit.toFixed(1)}),
])
`;
}

function list(values: readonly number[]): string {
  return `[${values.join(", ")}]`;
}
