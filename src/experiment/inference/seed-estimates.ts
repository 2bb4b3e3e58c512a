import type { PairedEstimate } from "./paired-runs.ts";
import { describeSample } from "./sample.ts";

/**
 * Estimates from one difference per seed, after each seed from the second on; the images' part of chance is unknown and left out.
 *
 * @param differences at least two
 * @param resolution both values are known to multiples of this, so a variance below resolution²/6 is rounding
 * @param images number of test images
 */
export function seedEstimates(
  differences: readonly number[],
  resolution: number,
  images: number,
): PairedEstimate[] {
  return differences.slice(1).map((_, i) => {
    const { n, mean, std = 0 } = describeSample(differences.slice(0, i + 2));
    const seedVariance = Math.max(std ** 2, resolution ** 2 / 6);
    return { seeds: n, images, difference: mean, seedVariance, imageVariance: 0 };
  });
}
