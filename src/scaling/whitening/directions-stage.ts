import type { ImageShape, Pixels } from "../../data/dataset.ts";
import type { AffineMap } from "../apply/affine-map.ts";
import type { Rule } from "../apply/rule.ts";
import type { Stage } from "../steps/step-kind.ts";
import { Whitening } from "./whitening.ts";

/** Directions of the images, and what whitening multiplies each by. */
export interface StretchedDirections {
  /** Unit vectors, [count][values of an image]. */
  readonly vectors: Float32Array;
  /** [count]. */
  readonly factors: Float64Array;
}

/** Images whose numbers along the directions are in memory at a time. */
const IMAGES = 64;
const SAME: AffineMap = { shift: Float64Array.of(0), scale: Float64Array.of(1) };

/** PCA whitening: an image becomes its numbers along the directions, stretched, and then zeros. */
export function componentsStage(directions: StretchedDirections, map: AffineMap, size: number): Stage {
  const rule = new Whitening(stretched(directions, size), map, size);
  return { apply: (images) => rule.applyInPlace(images), rule };
}

/** ZCA whitening: the same numbers, as an image along the directions again. */
export function imagesStage(directions: StretchedDirections, map: AffineMap, size: number): Stage {
  const rule = new TwoProducts(
    new Whitening(stretched(directions, size), map, size),
    new Whitening(transposed(directions.vectors, size), SAME, directions.factors.length),
    directions.factors.length,
  );
  return { apply: (images, shape) => rule.applyInPlace(images, shape), rule };
}

function stretched({ vectors, factors }: StretchedDirections, size: number): Float32Array {
  return vectors.map((value, at) => value * factors[Math.floor(at / size)]);
}

function transposed(vectors: Float32Array, size: number): Float32Array {
  const count = vectors.length / size;
  const out = new Float32Array(vectors.length);
  for (let k = 0; k < count; k++) {
    for (let i = 0; i < size; i++) out[i * count + k] = vectors[k * size + i];
  }
  return out;
}

/** A product with few rows, and then one with few columns. */
class TwoProducts implements Rule {
  readonly #down: Whitening;
  readonly #up: Whitening;
  readonly #numbers: Float32Array;
  readonly #count: number;

  constructor(down: Whitening, up: Whitening, count: number) {
    this.#down = down;
    this.#up = up;
    this.#count = count;
    this.#numbers = new Float32Array(IMAGES * count);
  }

  async useThreads(threads: number): Promise<() => Promise<void>> {
    const ends = await Promise.all([this.#down, this.#up].map((product) => product.useThreads(threads)));
    return async () => {
      await Promise.all(ends.map((end) => end()));
    };
  }

  applyInPlace(images: Float64Array, { height, width, channels }: ImageShape): void {
    const size = height * width * channels;
    this.#multiply(
      images.length / size,
      (image) => images.subarray(image * size, (image + 1) * size),
      (row, image) => images.set(row, image * size),
    );
  }

  apply(pixels: Pixels, shape: ImageShape, indexes: Uint32Array, out: Float32Array): void {
    const size = shape.height * shape.width * shape.channels;
    this.#multiply(
      indexes.length,
      (image) => pixels.subarray(indexes[image] * size, (indexes[image] + 1) * size),
      (row, image) => out.set(row, image * size),
    );
  }

  #multiply(
    images: number,
    valuesOf: (image: number) => ArrayLike<number>,
    take: (values: Float32Array, image: number) => void,
  ): void {
    const count = this.#count;
    for (let first = 0; first < images; first += IMAGES) {
      const some = Math.min(IMAGES, images - first);
      this.#down.multiply(
        some,
        (image) => valuesOf(first + image),
        (row, image) => this.#numbers.set(row, image * count),
      );
      this.#up.multiply(
        some,
        (image) => this.#numbers.subarray(image * count, (image + 1) * count),
        (row, image) => take(row, first + image),
      );
    }
  }
}

/**
 * What undoes whitening by directions, in place: the mean, and what the images had along the directions.
 *
 * @param mean of each group, which whitening had subtracted
 * @param asImages whether whitening made images of the numbers again
 */
export function restoreDirections(
  { vectors, factors }: StretchedDirections,
  mean: Float64Array,
  images: Float64Array,
  size: number,
  asImages: boolean,
): void {
  const count = factors.length;
  const numbers = new Float64Array(count);
  for (let first = 0; first < images.length; first += size) {
    for (let k = 0; k < count; k++) {
      let sum = asImages ? 0 : images[first + k];
      if (asImages) {
        for (let i = 0; i < size; i++) sum += vectors[k * size + i] * images[first + i];
      }
      numbers[k] = sum / factors[k];
    }
    for (let i = 0; i < size; i++) images[first + i] = mean[i % mean.length];
    for (let k = 0; k < count; k++) {
      for (let i = 0; i < size; i++) images[first + i] += numbers[k] * vectors[k * size + i];
    }
  }
}
