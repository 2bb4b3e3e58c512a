import { COVARIANCE_BLOCK, type CovariancePlaces, covariancePlaces } from "./covariance-program.ts";
import { Crew } from "./crew.ts";
import { columnOf } from "./matrix.ts";

/**
 * XᵀX·v for several vectors v, without XᵀX: images X [images][width] are added in blocks. The same bits for any number of threads.
 * `close` must follow.
 */
export class CovarianceProduct {
  readonly #crew: Crew;
  readonly #width: number;
  readonly #places: CovariancePlaces;
  readonly #count: number;
  #filled = 0;

  /**
   * @param vectors [count][width]
   * @param subject the error's subject
   * @throws PixscaleError if there is not enough memory
   */
  constructor(vectors: Float64Array, width: number, threads: number, subject: string) {
    this.#width = width;
    this.#count = vectors.length / width;
    this.#crew = new Crew(threads, covariancePlaces(width, this.#count, threads, 0).end, subject);
    this.#places = covariancePlaces(width, this.#count, threads, this.#crew.base);
    for (let k = 0; k < this.#count; k++) {
      const to = columnOf(this.#crew.doubles, this.#places.vectors, k);
      to.set(vectors.subarray(k * width, (k + 1) * width));
    }
  }

  /** Adds whole images. */
  add(images: Float64Array): void {
    for (let from = 0; from < images.length; from += this.#width) {
      const to = columnOf(this.#crew.doubles, this.#places.images, this.#filled);
      to.set(images.subarray(from, from + this.#width));
      this.#filled++;
      if (this.#filled === COVARIANCE_BLOCK) this.#multiply();
    }
  }

  /** The products of all images so far, [count][width]. */
  products(): Float64Array {
    if (this.#filled > 0) this.#multiply();
    const width = this.#width;
    const out = new Float64Array(this.#count * width);
    for (let k = 0; k < this.#count; k++) {
      out.set(columnOf(this.#crew.doubles, this.#places.sums, k), k * width);
    }
    return out;
  }

  /** Ends the other threads. */
  close(): void {
    this.#crew.close();
  }

  #multiply(): void {
    this.#crew.run("addCovarianceProduct", this.#width, this.#count, this.#crew.base, this.#filled);
    this.#filled = 0;
  }
}
