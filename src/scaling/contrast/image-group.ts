import { type ImageShape, imageSize } from "../../data/dataset.ts";
import type { Axis } from "../../statistics/axis.ts";

/**
 * The values of one image, or of one of its channels, as a samplewise step changes them in place: `values[0]`, `values[stride]`, …,
 * `count` of them.
 */
export interface ImageGroup {
  readonly values: Float64Array;
  readonly stride: number;
  readonly count: number;
  /** Of the whole image. */
  readonly shape: ImageShape;
}

/** Changes one group in place. */
export type ChangeGroup = (group: ImageGroup) => void;

/**
 * Changes whole images, or with axis channel each of their channels. A group whose values are all the same has no contrast: it becomes
 * 0 without being handed to `change`.
 */
export function changeGroups(
  images: Float64Array,
  shape: ImageShape,
  axis: Axis | undefined,
  change: ChangeGroup,
): void {
  const stride = axis === "channel" ? shape.channels : 1;
  const size = imageSize(shape);
  for (let first = 0; first < images.length; first += size) {
    for (let group = 0; group < stride; group++) {
      const values = images.subarray(first + group, first + size);
      if (isConstant(values, stride)) clear(values, stride);
      else change({ values, stride, count: size / stride, shape });
    }
  }
}

function isConstant(values: Float64Array, stride: number): boolean {
  for (let i = stride; i < values.length; i += stride) {
    if (values[i] !== values[0]) return false;
  }
  return true;
}

function clear(values: Float64Array, stride: number): void {
  for (let i = 0; i < values.length; i += stride) values[i] = 0;
}

/** The smallest and largest value of a group; NaN if one of its values is. */
export function rangeOf({
  values,
  stride,
}: Pick<ImageGroup, "values" | "stride">): [low: number, high: number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i += stride) {
    const value = values[i];
    if (value < low) low = value;
    if (value > high) high = value;
    if (Number.isNaN(value)) return [value, value];
  }
  return [low, high];
}

/** The mean of a group. */
export function meanOf({ values, stride, count }: ImageGroup): number {
  let sum = 0;
  for (let i = 0; i < values.length; i += stride) sum += values[i];
  return sum / count;
}

/** The sum of squared differences from a mean. */
export function spreadOf({ values, stride }: ImageGroup, mean: number): number {
  let spread = 0;
  for (let i = 0; i < values.length; i += stride) spread += (values[i] - mean) ** 2;
  return spread;
}
