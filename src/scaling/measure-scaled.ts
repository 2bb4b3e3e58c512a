import { Breather } from "../breather.ts";
import type { ImageSplit } from "../data/dataset.ts";
import { type Axis, groupCount } from "../statistics/axis.ts";
import type { Moments } from "../statistics/moments.ts";
import { RunningMoments } from "../statistics/running-moments.ts";
import { type BatchOptions, batchIndexes, scaledBlocks } from "./batches.ts";
import type { ImageScaling } from "./scaler.ts";

/** Images whose sums are added at a time; another number would round otherwise. */
const BATCH = 64;

/** Figures of some scaled images, measured on the float32 values that a model would receive. */
export interface Measured {
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly std: number;
}

/** A split as its batches come out of a scaling. */
export interface ScaledSplit {
  readonly split: ImageSplit;
  readonly batches: number;
  readonly firstBatch: Measured;
  readonly whole: Measured;
}

/**
 * Runs the batch pipeline over a split, a batch or less in memory at a time.
 *
 * @throws what `Scaler.applyTo` throws
 */
export async function measureBatches(
  split: ImageSplit,
  scaler: ImageScaling,
  options: BatchOptions,
): Promise<ScaledSplit> {
  const breather = new Breather();
  const running = new RunningMoments();
  let count = 0;
  let firstBatch: Measured | undefined;
  const { batchSize = 64, ...order } = options;
  for (const indexes of batchIndexes(split.count, batchSize, order)) {
    for (const images of scaledBlocks(split, scaler, indexes)) {
      running.add(images);
      await breather.breathe();
    }
    firstBatch ??= figures(indexes.length, running);
    count++;
  }
  const whole = figures(split.count, running);
  return { split, batches: count, firstBatch: firstBatch ?? whole, whole };
}

/**
 * Measures the scaled images of a split along an axis, a batch or less in memory at a time.
 *
 * @param axis what one statistic covers, whatever the scaler's axis is
 * @throws what `Scaler.applyTo` throws
 */
export async function measureScaled(split: ImageSplit, scaler: ImageScaling, axis: Axis): Promise<Moments> {
  const breather = new Breather();
  const running = new RunningMoments(groupCount(axis, split.shape));
  for (const indexes of batchIndexes(split.count, BATCH)) {
    for (const images of scaledBlocks(split, scaler, indexes)) {
      running.add(images);
      await breather.breathe();
    }
  }
  return running.moments();
}

function figures(count: number, running: RunningMoments): Measured {
  const { min, max, mean, std } = running.moments();
  return { count, min: min[0], max: max[0], mean: mean[0], std: std[0] };
}
