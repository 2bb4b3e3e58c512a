import type { ImageShape } from "../../data/dataset.ts";
import { GaussianBlur } from "./gaussian-blur.ts";
import type { ChangeGroup, ImageGroup } from "./image-group.ts";

/** Of the window of 9 × 9, the size in the paper, which names no sigma; this one is pylearn2's. */
const SIGMA = 2;

/**
 * Local contrast normalization by Jarrett, Kavukcuoglu, Ranzato and LeCun, "What is the best multi-stage architecture for object
 * recognition?" (2009), section 2: v = x − (w ∗ x), then v / max(c, σ) with σ = √(w ∗ v²) and c the mean of σ. The weights w are a
 * Gaussian window that also averages over the channels of the group, so all channels of a pixel have one mean and one σ.
 */
export function localContrast(): ChangeGroup {
  let filters: { blur: GaussianBlur; plane: Float64Array; shape: ImageShape } | undefined;
  return (group) => {
    const { height, width } = group.shape;
    if (filters?.shape.height !== height || filters.shape.width !== width) {
      const plane = new Float64Array(height * width);
      filters = { blur: new GaussianBlur(group.shape, SIGMA), plane, shape: group.shape };
    }
    subtractMeans(group, filters);
    divideBySigmas(group, filters);
  };
}

interface Filters {
  readonly blur: GaussianBlur;
  readonly plane: Float64Array;
}

/** The mean over the channels of some function of the values, pixel by pixel. */
function average(
  { values, stride, count }: ImageGroup,
  plane: Float64Array,
  of: (value: number) => number,
): void {
  const channels = count / plane.length;
  for (let pixel = 0, i = 0; pixel < plane.length; pixel++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++, i += stride) sum += of(values[i]);
    plane[pixel] = sum / channels;
  }
}

function subtractMeans(group: ImageGroup, { blur, plane }: Filters): void {
  const { values, stride, count } = group;
  average(group, plane, (value) => value);
  blur.apply(plane);
  const channels = count / plane.length;
  for (let pixel = 0, i = 0; pixel < plane.length; pixel++) {
    for (let channel = 0; channel < channels; channel++, i += stride) values[i] -= plane[pixel];
  }
}

function divideBySigmas(group: ImageGroup, { blur, plane }: Filters): void {
  const { values, stride, count } = group;
  average(group, plane, (value) => value * value);
  blur.apply(plane);
  let sum = 0;
  for (let pixel = 0; pixel < plane.length; pixel++) {
    plane[pixel] = Math.sqrt(plane[pixel]);
    sum += plane[pixel];
  }
  const least = sum / plane.length;
  const channels = count / plane.length;
  for (let pixel = 0, i = 0; pixel < plane.length; pixel++) {
    const divisor = Math.max(least, plane[pixel]);
    for (let channel = 0; channel < channels; channel++, i += stride) values[i] /= divisor;
  }
}
