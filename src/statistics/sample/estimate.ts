import library from "jstat";
import type { Moments, Uncertainty } from "../moments.ts";
import type { ImageSums } from "./image-sums.ts";

const { jStat } = library;

/** Of the intervals. */
const LEVEL = 0.95;

/** Moments estimated from some of the images, with their standard errors. */
export type EstimatedMoments = Required<Moments>;

/** A class: how many images it has, and those that were drawn. */
export interface Stratum {
  readonly images: number;
  readonly drawn: readonly ImageSums[];
}

/**
 * Estimates the mean and the standard deviation of all values from a stratified random sample of images.
 *
 * Images are clusters of values: the sums of each class are scaled up from its drawn images, and mean and mean square are ratios of
 * such sums (the combined ratio estimator). The standard errors are those of the linearized ratios, from the differences between the
 * images within each class, with the finite population correction: 0 once all images are drawn. After Cochran, "Sampling Techniques"
 * (1977), sections 5A, 6.11 and 9.
 *
 * @param strata of images with the same number of groups; one without drawn images is left out
 */
export function estimateMoments(strata: readonly Stratum[]): EstimatedMoments {
  const met = strata.filter(({ drawn }) => drawn.length > 0);
  const all = met.flatMap(({ drawn }) => drawn);
  const groups = all[0]?.sum.length ?? 0;
  const pixels = total(met, (image) => image.pixels);
  const each = (compute: (group: number) => number) =>
    Float64Array.from({ length: groups }, (_, i) => compute(i));
  const mean = each((group) => total(met, ({ sum }) => sum[group]) / pixels);
  const variance = each((group) => {
    // About the mean, so that little is lost to rounding.
    const squares = total(met, (image) => aboutMean(image, group, mean[group]));
    return Math.max(0, squares / pixels);
  });
  return {
    count: Math.round(pixels),
    min: each((group) => Math.min(...all.map(({ min }) => min[group]))),
    max: each((group) => Math.max(...all.map(({ max }) => max[group]))),
    mean,
    std: variance.map(Math.sqrt),
    uncertainty: {
      mean: uncertaintyOf(groups, (group) =>
        errorOfTotal(met, (image) => (image.sum[group] - mean[group] * image.pixels) / pixels),
      ),
      std: uncertaintyOf(groups, (group) => {
        // d√v = dv / (2√v); values that are all the same have no excess either.
        const scale = 2 * Math.sqrt(variance[group] || 1) * pixels;
        const excess = (image: ImageSums) =>
          aboutMean(image, group, mean[group]) - variance[group] * image.pixels;
        return errorOfTotal(met, (image) => excess(image) / scale);
      }),
    },
  };
}

function uncertaintyOf(groups: number, errorOf: (group: number) => TotalError): Uncertainty {
  const errors = Array.from({ length: groups }, (_, group) => errorOf(group));
  return {
    standardErrors: Float64Array.from(errors, ({ error }) => error),
    halfWidths: Float64Array.from(errors, ({ error, freedom }) =>
      error === 0 ? 0 : jStat.studentt.inv((1 + LEVEL) / 2, freedom) * error,
    ),
  };
}

/** The sum over an image of (x − mean)². */
function aboutMean({ pixels, sum, squares }: ImageSums, group: number, mean: number): number {
  return squares[group] - 2 * mean * sum[group] + mean * mean * pixels;
}

/** The total over all images, estimated. */
function total(strata: readonly Stratum[], of: (image: ImageSums) => number): number {
  return strata.reduce((sum, { images, drawn }) => {
    return sum + (images / drawn.length) * drawn.reduce((all, image) => all + of(image), 0);
  }, 0);
}

interface TotalError {
  readonly error: number;
  readonly freedom: number;
}

/**
 * The standard error of an estimated total, √(Σ N²·(1 − n/N)·s²/n) over the classes, and its degrees of freedom by Satterthwaite
 * (1946). NaN if one image of a class is known, and there are more.
 */
function errorOfTotal(strata: readonly Stratum[], of: (image: ImageSums) => number): TotalError {
  let [variance, spread] = [0, 0];
  for (const { images, drawn } of strata) {
    const n = drawn.length;
    if (n === images) continue;
    const values = drawn.map(of);
    const mean = values.reduce((all, value) => all + value, 0) / n;
    const squares = values.reduce((all, value) => all + (value - mean) ** 2, 0);
    const part = (images * (images - n) * squares) / (n - 1) / n;
    variance += part;
    spread += part ** 2 / (n - 1);
  }
  return { error: Math.sqrt(variance), freedom: variance ** 2 / spread };
}
