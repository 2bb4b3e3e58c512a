import type { VariantRuns } from "./variant-runs.ts";

/** A test image that some variants get wrong more often than others. */
export interface DisputedImage {
  /** In file order, from 0. */
  readonly image: number;
  /** Fraction of each variant's trained runs that get it wrong, in the order of the variants. */
  readonly wrong: readonly number[];
}

/** The test images on which variants disagree most, most first: the largest gaps between their shares of wrong runs. */
export function disputedImages(groups: readonly VariantRuns[], most: number): DisputedImage[] {
  const trained = groups.filter((group) => group.trained.size > 0);
  const counts = new Map<number, number[]>();
  trained.forEach(({ trained: runs }, variant) => {
    for (const { misclassified } of runs.values()) {
      for (const image of misclassified) {
        const wrong = counts.get(image) ?? new Array<number>(trained.length).fill(0);
        wrong[variant] += 1 / runs.size;
        counts.set(image, wrong);
      }
    }
  });
  const gap = ({ wrong }: DisputedImage) => Math.max(...wrong) - Math.min(...wrong);
  return [...counts]
    .map(([image, wrong]) => ({ image, wrong }))
    .filter((each) => gap(each) > 0)
    .sort((a, b) => gap(b) - gap(a) || a.image - b.image)
    .slice(0, most);
}
