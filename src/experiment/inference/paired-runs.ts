/**
 * What is known about the difference of two variants after n seeds, in fractions of accuracy (0 … 1).
 *
 * Seeds and test images are two sources of chance: the differences d[seed][image] ∈ {−1, 0, 1} are a two-way layout.
 */
export interface PairedEstimate {
  /** Seeds both variants have, n. */
  readonly seeds: number;
  /** Test images, N. */
  readonly images: number;
  /** Mean difference, over seeds and images. */
  readonly difference: number;
  /** S²: sample variance of the seeds' mean differences; infinite for one seed. */
  readonly seedVariance: number;
  /** V: variance of the images' true differences, max(0, (MS_images − MS_residual) / n). */
  readonly imageVariance: number;
}

/** Adds up the paired runs of two variants, seed by seed. */
export class PairedRuns {
  readonly #images: number;
  /** Mean difference of each seed. */
  readonly #means: number[] = [];
  /** Sum over the seeds, of each image that has one. */
  readonly #sums = new Map<number, number>();
  /** Σ over images of the squared sums, and Σ of all squared differences. */
  #squaredSums = 0;
  #squares = 0;

  /** @param images number of test images */
  constructor(images: number) {
    this.#images = images;
  }

  /**
   * Adds one seed.
   *
   * @param wrong indices of the images that this variant's run gets wrong
   * @param otherWrong those that the other's gets wrong; differences are this variant's accuracy minus the other's
   */
  add(wrong: readonly number[], otherWrong: readonly number[]): void {
    const other = new Set(otherWrong);
    const own = new Set(wrong);
    for (const image of own) if (!other.has(image)) this.#addImage(image, -1);
    for (const image of other) if (!own.has(image)) this.#addImage(image, 1);
    this.#means.push((other.size - own.size) / this.#images);
  }

  /** The estimate from the seeds added so far, at least one. */
  estimate(): PairedEstimate {
    const [n, images] = [this.#means.length, this.#images];
    const difference = this.#means.reduce((sum, mean) => sum + mean, 0) / n;
    if (n === 1) return { seeds: n, images, difference, seedVariance: Infinity, imageVariance: 0 };
    const between = this.#means.reduce((sum, mean) => sum + (mean - difference) ** 2, 0);
    return {
      seeds: n,
      images,
      difference,
      // Accuracies are multiples of one image: the difference of two rounded values has at least this variance.
      seedVariance: Math.max(between / (n - 1), 1 / images ** 2 / 6),
      imageVariance: this.#imageVariance(difference, images * between),
    };
  }

  #addImage(image: number, difference: number): void {
    const before = this.#sums.get(image) ?? 0;
    const sum = before + difference;
    this.#sums.set(image, sum);
    this.#squaredSums += sum ** 2 - before ** 2;
    this.#squares += 1;
  }

  /** From the mean squares of a two-way analysis of variance with one value per cell. */
  #imageVariance(difference: number, seedSquares: number): number {
    const [n, images] = [this.#means.length, this.#images];
    if (images === 1) return 0;
    const center = n * images * difference ** 2;
    const imageSquares = this.#squaredSums / n - center;
    const residualSquares = this.#squares - center - seedSquares - imageSquares;
    const imageMean = imageSquares / (images - 1);
    const residualMean = residualSquares / ((n - 1) * (images - 1));
    return Math.max(0, (imageMean - residualMean) / n);
  }
}

/** Both sources of chance, or the seeds alone: then a verdict holds for these test images only. */
export const POPULATIONS = ["seeds-and-images", "seeds"] as const;

export type Population = (typeof POPULATIONS)[number];

/** The estimate for a population: of seeds alone, the test images are no source of chance. */
export function ofPopulation(estimate: PairedEstimate, population: Population): PairedEstimate {
  return population === "seeds" ? { ...estimate, imageVariance: 0 } : estimate;
}
