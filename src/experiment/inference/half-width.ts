import library from "jstat";
import type { PairedEstimate } from "./paired-runs.ts";

const { jStat } = library;

/**
 * Half the width of the confidence interval of a difference.
 *
 * @param alpha chance that a two-sided interval misses the truth
 */
export type HalfWidth = (estimate: PairedEstimate, alpha: number) => number;

/**
 * For a number of seeds chosen beforehand: the larger of t(n − 1)·S/√n and t(ν)·SE, where SE² = S²/n + V/N and ν is
 * Satterthwaite's (1946). The first is the usual paired t interval; the second also covers the choice of test images.
 */
export function fixedHalfWidth(estimate: PairedEstimate, alpha: number): number {
  const { seeds } = estimate;
  if (seeds < 2) return Infinity;
  const p = 1 - alpha / 2;
  const { seedPart, imagePart } = variances(estimate);
  const ofSeeds = jStat.studentt.inv(p, seeds - 1) * Math.sqrt(seedPart);
  if (imagePart === 0) return ofSeeds;
  const ofBoth = jStat.studentt.inv(p, degreesOfFreedom(estimate)) * Math.sqrt(seedPart + imagePart);
  return Math.max(ofSeeds, ofBoth);
}

/**
 * Valid at every number of seeds at once, so one may look after each: t*·S/√n from `anytimeT`, with the image part z²V/N added in
 * quadrature (the test images are drawn once, whatever the number of seeds).
 */
export function anytimeHalfWidth(estimate: PairedEstimate, alpha: number): number {
  const { seedPart } = variances(estimate);
  const t = anytimeT(estimate.seeds, alpha);
  return Math.sqrt(t ** 2 * seedPart + imageHalfWidth(estimate, alpha) ** 2);
}

/** What remains of the half-width however many seeds are added. */
export function imageHalfWidth(estimate: PairedEstimate, alpha: number): number {
  return jStat.normal.inv(1 - alpha / 2, 0, 1) * Math.sqrt(variances(estimate).imagePart);
}

/**
 * The critical value of the t confidence sequence of Lindon et al. (2022), t* = √((n − 1)(B − 1)/(1 − rB)) with
 * r = 1/(n + 1) and B = (1/(alpha·√r))^(2/n); infinite where rB ≥ 1.
 */
export function anytimeT(n: number, alpha: number): number {
  const r = 1 / (n + 1);
  const b = (1 / (alpha * Math.sqrt(r))) ** (2 / n);
  return n < 2 || r * b >= 1 ? Infinity : Math.sqrt(((n - 1) * (b - 1)) / (1 - r * b));
}

/** Satterthwaite's degrees of freedom of SE² = S²/n + V/N. */
export function degreesOfFreedom(estimate: PairedEstimate): number {
  const { seedPart, imagePart } = variances(estimate);
  const { seeds, images } = estimate;
  return (seedPart + imagePart) ** 2 / (seedPart ** 2 / (seeds - 1) + imagePart ** 2 / (images - 1));
}

function variances({ seeds, images, seedVariance, imageVariance }: PairedEstimate) {
  return { seedPart: seedVariance / seeds, imagePart: imageVariance / images };
}
