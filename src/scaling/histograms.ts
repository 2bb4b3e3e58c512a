import { type ImageSplit, pixelType } from "../data/dataset.ts";
import { inPieces } from "../data/stored-split.ts";
import { type Histogram, HistogramCounter } from "../statistics/histogram.ts";
import { measure } from "../statistics/measure.ts";
import { batchIndexes, scaledBlocks } from "./batches.ts";
import type { Scaler } from "./scaler.ts";

const BINS = 64;
const BATCH = 64;

/** Histograms of a split's pixels, per channel: bytes in 64 bins of four values, others between their smallest and largest. */
export function pixelHistogram(split: ImageSplit): Histogram {
  const [low, high] = pixelType(split) === "uint8" ? [0, 256] : rangeOf(split);
  const counter = new HistogramCounter(split.shape.channels, low, high, BINS);
  for (const { pixels } of inPieces(split)) counter.add(pixels);
  return counter.histogram();
}

/**
 * Histograms of a split's scaled values.
 *
 * @param range their smallest and largest value
 * @throws what `Scaler.applyTo` throws
 */
export function scaledHistogram(
  split: ImageSplit,
  scaler: Scaler,
  range: { readonly min: number; readonly max: number },
): Histogram {
  const counter = new HistogramCounter(split.shape.channels, range.min, range.max, BINS);
  for (const indexes of batchIndexes(split.count, BATCH)) {
    for (const images of scaledBlocks(split, scaler, indexes)) counter.add(images);
  }
  return counter.histogram();
}

function rangeOf(split: ImageSplit): [number, number] {
  const { min, max } = measure(split, "global");
  return [min[0], max[0]];
}
