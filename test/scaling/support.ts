import fc from "fast-check";
import { type ImageShape, imageSize, type Pixels, type Split } from "../../src/data/dataset.ts";
import type { Axis } from "../../src/statistics/axis.ts";

export const AXES = ["global", "channel", "pixel"] as const;

export function makeSplit(pixels: Pixels, shape: ImageShape): Split {
  const count = pixels.length / imageSize(shape);
  return { pixels, labels: Uint8Array.from({ length: count }, (_, i) => i % 10), count, shape };
}

/** The same values in floats. */
export function asFloats(split: Split): Split {
  return { ...split, pixels: Float32Array.from(split.pixels) };
}

/** Small random byte splits of 1 to 13 images. */
export const byteSplits: fc.Arbitrary<Split> = fc
  .record({
    height: fc.integer({ min: 1, max: 4 }),
    width: fc.integer({ min: 1, max: 4 }),
    channels: fc.constantFrom(1, 3),
    count: fc.integer({ min: 1, max: 13 }),
    top: fc.constantFrom(1, 255),
  })
  .chain(({ count, top, ...shape }) => {
    const length = count * imageSize(shape);
    return fc
      .uint8Array({ minLength: length, maxLength: length, max: top })
      .map((pixels) => makeSplit(pixels, shape));
  });

/** The values of each group, straight from the meaning of the axis. */
export function valuesByGroup(values: ArrayLike<number>, shape: ImageShape, axis: Axis): number[][] {
  const size = imageSize(shape);
  const groups: number[][] = [];
  for (let i = 0; i < values.length; i++) {
    const group = { global: 0, channel: (i % size) % shape.channels, pixel: i % size }[axis];
    groups[group] ??= [];
    groups[group].push(values[i]);
  }
  return groups;
}

export function plainMean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function plainStd(values: readonly number[]): number {
  const mean = plainMean(values);
  return Math.sqrt(plainMean(values.map((value) => (value - mean) ** 2)));
}

/** Largest |actual − expected| / max(1, |expected|). */
export function worstError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) {
    return Number.POSITIVE_INFINITY;
  }
  let worst = 0;
  for (let i = 0; i < actual.length; i++) {
    const error = Math.abs(actual[i] - expected[i]) / Math.max(1, Math.abs(expected[i]));
    // Not Math.max: a NaN must count as the worst error, not be lost.
    if (!(error <= worst)) {
      worst = Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
    }
  }
  return worst;
}
