import { imageSize, type Split } from "../data/dataset.ts";
import { type Axis, groupCount } from "../statistics/axis.ts";
import type { Moments } from "../statistics/moments.ts";
import { RunningMoments } from "../statistics/running-moments.ts";
import type { Scaler } from "./scaler.ts";

const IMAGES_AT_ONCE = 64;

/**
 * Measures what a scaler makes of a split, in the float32 values a model would get, a block of images at a time.
 *
 * @param axis what one statistic covers, whatever the scaler's axis is
 * @throws what `Scaler.applyTo` throws
 */
export function measureScaled(split: Split, scaler: Scaler, axis: Axis): Moments {
  const size = imageSize(split.shape);
  const running = new RunningMoments(groupCount(axis, split.shape));
  const order = Uint32Array.from({ length: split.count }, (_, image) => image);
  const images = new Float32Array(IMAGES_AT_ONCE * size);
  for (let start = 0; start < split.count; start += IMAGES_AT_ONCE) {
    const count = Math.min(IMAGES_AT_ONCE, split.count - start);
    scaler.applyTo(split, order, start, count, images);
    running.add(images.subarray(0, count * size));
  }
  return running.moments();
}
