import { checkSplit } from "../data/check-dataset.ts";
import { type ImageSplit, imageSize, pixelType } from "../data/dataset.ts";
import { inPieces } from "../data/stored-split.ts";
import { PixscaleError } from "../errors.ts";
import { type Axis, groupCount } from "./axis.ts";
import { addSums, type ByteSums, sumColumns } from "./byte-sums.ts";
import type { IntegerPixels } from "./channel-sums.ts";
import { exactDeviation, exactMean } from "./exact.ts";
import type { Moments } from "./moments.ts";
import { PixelTally } from "./pixel-tally.ts";
import { RunningMoments } from "./running-moments.ts";

const FLOAT_IMAGES_PER_BLOCK = 64;
const MAX_FLOATS_PER_BLOCK = 2 ** 24;

/**
 * Measures the pixels of a split along an axis. For bytes and 16-bit numbers, mean and standard deviation are exact to the
 * last bit; for floats see `RunningMoments`.
 *
 * @throws PixscaleError if the split has no images, or its arrays contradict its count
 */
export function measure(split: ImageSplit, axis: Axis): Moments {
  checkSplit(split, "split");
  if (split.count === 0) {
    throw new PixscaleError("split", "no images to measure", "use a split with at least one image");
  }
  const groups = groupCount(axis, split.shape);
  const size = imageSize(split.shape);
  const type = pixelType(split);
  if (type === "uint8" && axis === "pixel") return momentsOfBytes(split);
  if (type !== "float32") {
    const levels = type === "uint8" ? 256 : 65536;
    const tally = new PixelTally(split.shape.channels, levels, axis === "pixel" ? split.shape : undefined);
    for (const { pixels } of inPieces(split)) tally.add(pixels as IntegerPixels);
    return tally.moments(axis);
  }
  const running = new RunningMoments(groups);
  const images = Math.max(1, Math.min(FLOAT_IMAGES_PER_BLOCK, Math.floor(MAX_FLOATS_PER_BLOCK / size)));
  for (const { pixels } of inPieces(split, images)) {
    for (let start = 0; start < pixels.length; start += images * size) {
      running.add(pixels.subarray(start, start + images * size) as Float32Array);
    }
  }
  return running.moments();
}

/** The moments of each position of images of bytes. */
function momentsOfBytes(split: ImageSplit): Moments {
  const size = imageSize(split.shape);
  let sums: ByteSums | undefined;
  for (const { pixels } of inPieces(split)) {
    const added = sumColumns(pixels as Uint8Array, size);
    sums = sums === undefined ? added : addSums(sums, added);
  }
  if (sums === undefined) throw new Error("no pieces");
  const { count, sum, squares, min, max } = sums;
  return {
    count,
    min,
    max,
    mean: sum.map((each) => exactMean(each, count)),
    std: sum.map((each, i) => exactDeviation(each, squares[i], count)),
  };
}
