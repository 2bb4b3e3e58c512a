import type { Axis } from "../axis.ts";
import { type EstimatedMoments, estimateMoments } from "./estimate.ts";
import { type ImageSums, joinChannels } from "./image-sums.ts";
import { sampleOrder } from "./sample-order.ts";

/** How much is read: so many images, or as many as it takes. */
export type SampleGoal =
  | { readonly images: number }
  /** Half the width of the 95 % intervals of mean and standard deviation, as a part of the range of the values. */
  | { readonly precision: number };

/** A random sample of the images of a split. */
export interface SplitSample {
  /** Images read. */
  readonly drawn: number;
  /** Images of the split. */
  readonly of: number;
  /** Of the images read, those that could not be decoded. */
  readonly skipped: number;
  moments(axis: SampleAxis): EstimatedMoments;
}

export type SampleAxis = Exclude<Axis, "pixel">;

/** Reads the sums of some images of a split, each undefined if it cannot be decoded. */
export type ReadSums = (indexes: Uint32Array) => Promise<readonly (ImageSums | undefined)[]>;

/** Images of the first look, from which the number that is needed is foretold. */
const FIRST_LOOK = 256;
/** So much more than foretold, and at most so many times what was read. */
const [SPARE, GROWTH] = [1.1, 4];

/**
 * Reads a stratified random sample of a split.
 *
 * @param labels one per image
 * @param range of the values, for a precision; undefined for that of the values read
 */
export async function sampleSplit(
  labels: ArrayLike<number>,
  read: ReadSums,
  goal: SampleGoal,
  seed: number,
  range: number | undefined,
): Promise<SplitSample> {
  const { order, least } = sampleOrder(labels, seed);
  const of = labels.length;
  const sums: (ImageSums | undefined)[] = [];
  let wanted = Math.min(of, Math.max(least, "images" in goal ? goal.images : FIRST_LOOK));
  for (;;) {
    sums.push(...(await read(order.subarray(sums.length, wanted))));
    const sample = sampleOf(labels, order, sums);
    if ("images" in goal || sums.length === of) return sample;
    const missed = missedBy(sample, goal.precision, range);
    if (missed <= 1) return sample;
    // The square of an interval's width is in proportion to 1/n − 1/N. It is not known of a class with one image left.
    const n = sums.length;
    const needed = 1 / (1 / of + (1 / n - 1 / of) / missed ** 2);
    const foretold = Number.isNaN(missed) ? of : Math.ceil(SPARE * needed);
    wanted = Math.min(of, GROWTH * n, Math.max(n + 1, foretold));
  }
}

function sampleOf(
  labels: ArrayLike<number>,
  order: Uint32Array,
  sums: readonly (ImageSums | undefined)[],
): SplitSample {
  const classes = new Map<number, { images: number; read: number; readonly drawn: ImageSums[] }>();
  for (let index = 0; index < labels.length; index++) {
    const stratum = classes.get(labels[index]);
    if (stratum === undefined) classes.set(labels[index], { images: 1, read: 0, drawn: [] });
    else stratum.images++;
  }
  for (const [i, image] of sums.entries()) {
    const stratum = classes.get(labels[order[i]]);
    if (stratum === undefined) throw new Error("an image of no class");
    stratum.read++;
    if (image !== undefined) stratum.drawn.push(image);
  }
  // Of the images that were not read, as many are taken for damaged as of those that were.
  const strata = [...classes.values()].map(({ images, read, drawn }) => ({
    images: (images * drawn.length) / read,
    drawn,
  }));
  return {
    drawn: sums.length,
    of: labels.length,
    skipped: sums.filter((image) => image === undefined).length,
    moments: (axis) =>
      estimateMoments(
        axis === "channel"
          ? strata
          : strata.map(({ images, drawn }) => ({ images, drawn: drawn.map(joinChannels) })),
      ),
  };
}

/** The widest interval, as a multiple of what is asked for. */
function missedBy(sample: SplitSample, precision: number, range: number | undefined): number {
  const estimates = [sample.moments("channel"), sample.moments("global")];
  const { min, max } = estimates[1];
  const unit = precision * (range ?? max[0] - min[0]);
  const widest = Math.max(
    ...estimates.flatMap(({ uncertainty: { mean, std } }) => [...mean.halfWidths, ...std.halfWidths]),
  );
  return widest === 0 ? 0 : widest / unit;
}
