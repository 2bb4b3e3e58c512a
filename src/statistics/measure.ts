import { checkSplit } from "../data/check-dataset.ts";
import { type ImageSplit, imageSize, pixelType } from "../data/dataset.ts";
import { inPieces } from "../data/stored-split.ts";
import { PixscaleError } from "../errors.ts";
import { type Axis, groupCount } from "./axis.ts";
import { addSums, type ByteSums, foldSums, sumBytes, sumColumns } from "./byte-sums.ts";
import { exactDeviation, exactMean } from "./exact.ts";
import type { Moments } from "./moments.ts";
import { PixelTally } from "./pixel-tally.ts";
import { RunningMoments } from "./running-moments.ts";

const FLOAT_IMAGES_PER_BLOCK = 64;
const MAX_FLOATS_PER_BLOCK = 2 ** 24;
const MOST_COLUMNS = 2 ** 20;

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
  if (type === "uint8") return momentsOfSums(sumsOf(split, groups));
  if (type === "uint16") {
    const tally = new PixelTally(split.shape.channels, 65536, axis === "pixel" ? split.shape : undefined);
    for (const { pixels } of inPieces(split)) tally.add(pixels as Uint16Array);
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

/** Exact sums over the bytes of a split. */
function sumsOf(split: ImageSplit, groups: number): ByteSums {
  const { width, channels } = split.shape;
  const size = imageSize(split.shape);
  // Sums of each column of large images would take more memory than the images; each row has the same channels.
  const columns = size <= MOST_COLUMNS || groups === size ? size : width * channels;
  let sums: ByteSums | undefined;
  for (const piece of inPieces(split)) {
    const pixels = piece.pixels as Uint8Array;
    const added = groups === 1 ? sumBytes(pixels) : sumColumns(pixels, columns);
    sums = sums === undefined ? added : addSums(sums, added);
  }
  if (sums === undefined) throw new Error("no pieces");
  return groups === 1 ? sums : foldSums(sums, groups);
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
