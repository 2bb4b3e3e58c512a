import type { Split } from "../data/dataset.ts";
import { RunningMoments } from "../statistics/running-moments.ts";
import { type BatchOptions, batches } from "./batches.ts";
import type { Scaler } from "./scaler.ts";

/** Figures of some scaled images, measured on the float32 values a model would get. */
export interface Measured {
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly std: number;
}

/** A split as its batches come out of a scaling. */
export interface ScaledSplit {
  readonly split: Split;
  readonly batches: number;
  readonly firstBatch: Measured;
  readonly whole: Measured;
}

/**
 * Runs the batch pipeline over a split, one batch in memory at a time.
 *
 * @throws what `Scaler.applyTo` throws
 */
export function measureBatches(split: Split, scaler: Scaler, options: BatchOptions): ScaledSplit {
  const running = new RunningMoments();
  let count = 0;
  let firstBatch: Measured | undefined;
  for (const { images, size } of batches(split, scaler, options)) {
    running.add(images);
    firstBatch ??= figures(size, running);
    count++;
  }
  const whole = figures(split.count, running);
  return { split, batches: count, firstBatch: firstBatch ?? whole, whole };
}

function figures(count: number, running: RunningMoments): Measured {
  const { min, max, mean, std } = running.moments();
  return { count, min: min[0], max: max[0], mean: mean[0], std: std[0] };
}
