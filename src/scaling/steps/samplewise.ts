import { STD_EPSILON } from "./affine-step.ts";

/** A step that takes its statistics from each image alone: nothing is fitted. */
export interface SamplewiseStep {
  readonly kind: "samplewise-center" | "samplewise-standardize" | "samplewise-unit-std";
}

/**
 * Applies a samplewise step in place to images of `size` values, with one mean and population standard deviation an image
 * (`groups` 1) or a channel. Two passes in double precision; 1e-6 is added to the deviation before dividing, as in Keras, so
 * a constant image stays finite.
 */
export function applySamplewise(
  { kind }: SamplewiseStep,
  groups: number,
  images: Float64Array,
  size: number,
): void {
  for (let first = 0; first < images.length; first += size) {
    for (let group = 0; group < groups; group++) {
      applyToGroup(kind, images.subarray(first + group, first + size), groups, size / groups);
    }
  }
}

/** The group's `count` values are `values[0]`, `values[stride]`, … */
function applyToGroup(
  kind: SamplewiseStep["kind"],
  values: Float64Array,
  stride: number,
  count: number,
): void {
  let sum = 0;
  for (let i = 0; i < values.length; i += stride) sum += values[i];
  const mean = sum / count;
  const shift = kind === "samplewise-unit-std" ? 0 : mean;
  const divisor = kind === "samplewise-center" ? 1 : deviation(values, stride, count, mean) + STD_EPSILON;
  for (let i = 0; i < values.length; i += stride) values[i] = (values[i] - shift) / divisor;
}

function deviation(values: Float64Array, stride: number, count: number, mean: number): number {
  let spread = 0;
  for (let i = 0; i < values.length; i += stride) spread += (values[i] - mean) ** 2;
  return Math.sqrt(spread / count);
}
