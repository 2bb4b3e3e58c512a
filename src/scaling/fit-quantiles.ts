import { type ImageSplit, imageSize, pixelType } from "../data/dataset.ts";
import { inPieces } from "../data/stored-split.ts";
import { PixscaleError } from "../errors.ts";
import { type Axis, groupCount } from "../statistics/axis.ts";
import { countedRank, linearQuantile } from "../statistics/quantile.ts";
import type { AffineMap } from "./apply/affine-map.ts";
import { notFinite } from "./not-finite.ts";

/** The values a pass over the images collects at most, unless one group has more. */
const MAX_COLLECTED = 2 ** 26;
/** With this many groups or more, counts of 32 bits save memory; no group then has so many values. */
const MANY_GROUPS = 1024;

/** The training images after some steps, as quantiles need them. */
export interface ScaledImages {
  readonly train: ImageSplit;
  /** What the steps fold into; undefined if one of them is not affine. */
  readonly map: AffineMap | undefined;
  /** Hands on whole images, in blocks whose memory is reused. */
  forEachBlock(take: (images: Float64Array) => void): void;
}

/**
 * Quantiles of the training images after some steps, by linear interpolation: bytes are counted; other values are collected, in several
 * passes if they are many, and rounded to float32.
 *
 * @param fractions from 0 to 1
 * @returns for each fraction, one quantile per group
 * @throws PixscaleError if there are no images, or values that are not finite
 */
export function quantilesOf(
  images: ScaledImages,
  axis: Axis,
  fractions: readonly number[],
): readonly Float64Array[] {
  const { train, map } = images;
  if (train.count === 0) {
    throw new PixscaleError("split", "no images to measure", "use a split with at least one image");
  }
  const groups = groupCount(axis, train.shape);
  const counted = map !== undefined && map.shift.length <= groups && pixelType(train) === "uint8";
  return counted ? byCounting(train, map, groups, fractions) : byCollecting(images, groups, fractions);
}

function byCounting(
  train: ImageSplit,
  { shift, scale }: AffineMap,
  groups: number,
  fractions: readonly number[],
): Float64Array[] {
  const counts = groups < MANY_GROUPS ? new Float64Array(groups * 256) : new Uint32Array(groups * 256);
  for (const { pixels } of inPieces(train)) {
    for (let row = 0; row < pixels.length; row += groups) {
      for (let group = 0; group < groups; group++) counts[group * 256 + pixels[row + group]]++;
    }
  }
  const perGroup = (train.count * imageSize(train.shape)) / groups;
  return fractions.map((fraction) =>
    Float64Array.from({ length: groups }, (_, group) => {
      const own = counts.subarray(group * 256, (group + 1) * 256);
      const factor = scale[group % scale.length];
      // A negative factor turns the order round.
      const from = factor < 0 ? 1 - fraction : fraction;
      const value = linearQuantile((rank) => countedRank(own, rank), perGroup, from);
      return (value - shift[group % shift.length]) * factor;
    }),
  );
}

function byCollecting(images: ScaledImages, groups: number, fractions: readonly number[]): Float64Array[] {
  const perGroup = (images.train.count * imageSize(images.train.shape)) / groups;
  const most = Math.max(1, Math.floor(MAX_COLLECTED / perGroup));
  const quantiles = fractions.map(() => new Float64Array(groups));
  for (let first = 0; first < groups; first += most) {
    const last = Math.min(groups, first + most);
    const values = Array.from({ length: last - first }, () => new Float32Array(perGroup));
    let filled = 0;
    images.forEachBlock((block) => {
      for (let row = 0; row < block.length; row += groups, filled++) {
        for (let group = first; group < last; group++) values[group - first][filled] = block[row + group];
      }
    });
    values.forEach((own, i) => {
      own.sort();
      // Sorting puts NaN last.
      if (!Number.isFinite(own[0]) || !Number.isFinite(own[perGroup - 1])) throw notFinite("train");
      fractions.forEach((fraction, of) => {
        quantiles[of][first + i] = linearQuantile((rank) => own[rank], perGroup, fraction);
      });
    });
  }
  return quantiles;
}
