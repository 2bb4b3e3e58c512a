import { type ImageSplit, imageSize } from "../data/dataset.ts";
import { inPieces } from "../data/stored-split.ts";
import { bytesOf, sha256 } from "../files/hash.ts";

/** An image and the figure that makes it odd. */
export interface OddImage {
  /** In file order, from 0. */
  readonly image: number;
  readonly value: number;
}

/** Images of a split that are worth a look. */
export interface OddImages {
  /** By their mean, the smallest first. */
  readonly darkest: readonly OddImage[];
  /** By their mean, the largest first. */
  readonly brightest: readonly OddImage[];
  /** By their standard deviation, the smallest first. */
  readonly flattest: readonly OddImage[];
  /** Groups of images with the same pixels, each in file order. */
  readonly duplicates: readonly (readonly number[])[];
}

/**
 * Finds the odd images of a split in one pass.
 *
 * @param most images of each kind; duplicates are all found
 */
export function findOddImages(split: ImageSplit, most: number): OddImages {
  const means = new Float64Array(split.count);
  const deviations = new Float64Array(split.count);
  const same = new Map<string, number[]>();
  const size = imageSize(split.shape);
  let image = 0;
  for (const { pixels, count } of inPieces(split)) {
    for (let i = 0; i < count; i++, image++) {
      const values = pixels.subarray(i * size, (i + 1) * size);
      means[image] = meanOf(values);
      deviations[image] = Math.sqrt(meanSquare(values, means[image]));
      const key = sha256(bytesOf(values));
      const twins = same.get(key);
      if (twins === undefined) same.set(key, [image]);
      else twins.push(image);
    }
  }
  return {
    darkest: smallestOf(means, most, 1),
    brightest: smallestOf(means, most, -1),
    flattest: smallestOf(deviations, most, 1),
    duplicates: [...same.values()].filter((twins) => twins.length > 1),
  };
}

function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}

function meanSquare(values: ArrayLike<number>, mean: number): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] - mean) ** 2;
  return sum / values.length;
}

/** @param sign 1 for the smallest values first, −1 for the largest */
function smallestOf(values: Float64Array, most: number, sign: 1 | -1): OddImage[] {
  return [...values.keys()]
    .sort((a, b) => sign * (values[a] - values[b]) || a - b)
    .slice(0, most)
    .map((image) => ({ image, value: values[image] }));
}
