import { imageSize, type Split } from "../data/dataset.ts";
import { PixscaleError } from "../errors.ts";
import { type Axis, groupCount } from "./axis.ts";
import { type ByteSums, foldSums, sumBytes, sumColumns } from "./byte-sums.ts";
import { exactDeviation, exactMean } from "./exact.ts";
import type { Moments } from "./moments.ts";
import { PixelTally } from "./pixel-tally.ts";
import { RunningMoments } from "./running-moments.ts";

const FLOAT_IMAGES_PER_BLOCK = 64;

/**
 * Measures the pixels of a split along an axis. For bytes and 16-bit numbers, mean and standard deviation are exact to the
 * last bit; for floats see `RunningMoments`.
 *
 * @throws PixscaleError if the split has no images
 */
export function measure(split: Split, axis: Axis): Moments {
  if (split.count === 0) {
    throw new PixscaleError("split", "no images to measure", "use a split with at least one image");
  }
  const groups = groupCount(axis, split.shape);
  const size = imageSize(split.shape);
  if (split.pixels instanceof Uint8Array) {
    return momentsOfSums(
      groups === 1 ? sumBytes(split.pixels) : foldSums(sumColumns(split.pixels, size), groups),
    );
  }
  if (split.pixels instanceof Uint16Array) {
    const tally = new PixelTally(split.shape.channels, 65536, axis === "pixel" ? split.shape : undefined);
    tally.add(split.pixels);
    return tally.moments(axis);
  }
  const running = new RunningMoments(groups);
  const blockLength = FLOAT_IMAGES_PER_BLOCK * size;
  for (let start = 0; start < split.pixels.length; start += blockLength) {
    running.add(split.pixels.subarray(start, start + blockLength));
  }
  return running.moments();
}

function momentsOfSums(sums: ByteSums): Moments {
  const { count, min, max } = sums;
  return {
    count,
    min,
    max,
    mean: sums.sum.map((sum) => exactMean(sum, count)),
    std: sums.sum.map((sum, group) => exactDeviation(sum, sums.squares[group], count)),
  };
}
