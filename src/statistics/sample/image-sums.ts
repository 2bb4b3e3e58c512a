import type { Pixels } from "../../data/dataset.ts";
import { sumChannels } from "../channel-sums.ts";
import type { Weight } from "../folder/split-tally.ts";

/** What one image adds to the statistics: sums over its values, one entry per channel. */
export interface ImageSums {
  /** Values per channel; 1 if every image weighs the same, with sums divided by that number. */
  readonly pixels: number;
  readonly sum: readonly number[];
  /** Sums of squares. */
  readonly squares: readonly number[];
  readonly min: readonly number[];
  readonly max: readonly number[];
}

/** Sums up one image, HWC. */
export function sumImage(values: Pixels, channels: number, weight: Weight): ImageSums {
  const pixels = values.length / channels;
  const of = weight === "image" ? pixels : 1;
  const perChannel =
    values instanceof Float32Array
      ? Array.from({ length: channels }, (_, channel) => sumFloats(values, channel, channels))
      : sumChannels(values, channels);
  return {
    pixels: pixels / of,
    sum: perChannel.map(({ sum }) => Number(sum) / of),
    squares: perChannel.map(({ squares }) => Number(squares) / of),
    min: perChannel.map(({ min }) => min),
    max: perChannel.map(({ max }) => max),
  };
}

function sumFloats(values: Float32Array, first: number, step: number) {
  let [sum, squares, min, max] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = first; i < values.length; i += step) {
    const value = values[i];
    sum += value;
    squares += value * value;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { sum, squares, min, max };
}

/** The sums of all channels together. */
export function joinChannels({ pixels, sum, squares, min, max }: ImageSums): ImageSums {
  const total = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);
  return {
    pixels: pixels * sum.length,
    sum: [total(sum)],
    squares: [total(squares)],
    min: [Math.min(...min)],
    max: [Math.max(...max)],
  };
}
