import { imageSize } from "../../data/dataset.ts";
import { Decomposition } from "../../linear-algebra/decomposition.ts";
import { combineRows, rowProducts } from "../../linear-algebra/dense.ts";
import type { FitImages } from "../steps/step-kind.ts";
import { centredImages, centredSecondMoments } from "./centred-second-moments.ts";
import { randomizedDirections } from "./randomized-directions.ts";

/** The most values, or images, whose second moments are decomposed as a whole. */
export const MAX_SIDE = 4096;
/** The most numbers of centred images that are held in memory, 512 MB. */
const MAX_CENTRED = 2 ** 26;

/** Directions of largest variance of the centred training images. */
export interface Directions {
  /** Squares of the singular values of the centred data, descending. */
  readonly squares: Float64Array;
  /** Unit vectors, [squares][values of an image]; the largest number of each is positive. */
  readonly vectors: Float64Array;
  /** Share of the variance that they hold, 0 to 1. */
  readonly share: number;
  /** A bound of the error of the squares, relative to each; 0 if they are exact to rounding. */
  readonly error: number;
}

/**
 * Principal components: the eigenvectors of XᵀX, or of XXᵀ for fewer images than values, or by random projection for images that are
 * too large for both. Directions in which the data do not vary, as in `zcaMatrix`, are left out.
 *
 * @param most how many; all if missing
 * @throws PixscaleError if there is not enough memory
 */
export function principalDirections(
  images: FitImages,
  mean: Float64Array,
  most: number | undefined,
  subject: string,
): Directions {
  const { train, threads } = images;
  const size = imageSize(train.shape);
  const { count } = train;
  const options = { threads, subject };
  if (size <= MAX_SIDE && size <= count) {
    const decomposition = new Decomposition(centredSecondMoments(images, mean), size, threads, subject);
    const kept = strongest(decomposition.values, size, most);
    const vectors = new Float64Array(kept.length * size);
    kept.forEach((k, row) => {
      vectors.set(decomposition.vector(k), row * size);
    });
    decomposition.close();
    return finish(decomposition.values, kept, vectors, size);
  }
  if (count <= MAX_SIDE && count * size <= MAX_CENTRED) {
    const data = centredImages(images, mean);
    const products = rowProducts(data, count, new Float64Array(count * count), options);
    const decomposition = new Decomposition(products, count, threads, subject);
    const { values } = decomposition;
    const kept = strongest(values, size, most);
    const weights = new Float64Array(kept.length * count);
    kept.forEach((k, row) => {
      const scaled = decomposition.vector(k).map((value) => value / Math.sqrt(values[k]));
      weights.set(scaled, row * count);
    });
    decomposition.close();
    return finish(values, kept, combineRows(weights, data, count, options), size);
  }
  const found = randomizedDirections(images, mean, Math.min(most ?? MAX_SIDE, size, count), subject);
  turnSigns(found.vectors, size);
  return found;
}

/** Indexes of the largest values, descending, without those that are rounding alone. */
function strongest(values: Float64Array, size: number, most = values.length): number[] {
  const bound = values[values.length - 1] * size * Number.EPSILON;
  return [...values.keys()]
    .reverse()
    .filter((k) => values[k] > bound)
    .slice(0, most);
}

function finish(
  values: Float64Array,
  kept: readonly number[],
  vectors: Float64Array,
  size: number,
): Directions {
  turnSigns(vectors, size);
  const squares = Float64Array.from(kept, (k) => values[k]);
  const sum = (numbers: Float64Array) => numbers.reduce((total, value) => total + Math.max(0, value), 0);
  return { squares, vectors, share: kept.length === 0 ? 1 : sum(squares) / sum(values), error: 0 };
}

/** Makes the number of largest magnitude of each vector positive, the first of equal ones: scikit-learn's `svd_flip` on V. */
function turnSigns(vectors: Float64Array, size: number): void {
  for (let first = 0; first < vectors.length; first += size) {
    const vector = vectors.subarray(first, first + size);
    let largest = 0;
    for (const value of vector) if (Math.abs(value) > Math.abs(largest)) largest = value;
    if (largest < 0) {
      for (let i = 0; i < size; i++) vector[i] = -vector[i];
    }
  }
}
