import { Crew } from "./crew.ts";
import { type EigenPlaces, eigenPlaces } from "./eigen-places.ts";
import { columnOf } from "./matrix.ts";

/** Below this size other threads take longer to start than they save. */
const SHARED_SIZE = 256;

/** The eigenvalues and eigenvectors of a symmetric matrix, A = U·diag(values)·Uᵀ. `close` must follow. */
export class Decomposition {
  readonly size: number;
  /** Ascending. */
  readonly values: Float64Array;
  readonly #crew: Crew;
  readonly #places: EigenPlaces;

  /**
   * In float64, with an error of a few 2⁻⁵² of the largest eigenvalue. The same bits for any number of threads. Blocks this thread.
   *
   * @param matrix [size][size]; only its upper triangle by rows is read
   * @param subject the error's subject
   * @throws PixscaleError if there is not enough memory; RangeError if the numbers are not finite
   */
  constructor(matrix: Float64Array, size: number, threads: number, subject: string) {
    const largest = matrix.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    if (!Number.isFinite(largest)) throw new RangeError("the matrix has numbers that are not finite");
    const all = size < SHARED_SIZE ? 1 : threads;
    const bytes = eigenPlaces(size, all, 0).end;
    this.size = size;
    this.#crew = new Crew(all, bytes, subject);
    const { base, doubles } = this.#crew;
    this.#places = eigenPlaces(size, all, base);
    // Powers of two change no digit; squares of numbers near 1 neither overflow nor vanish.
    const scale = 2 ** -Math.min(1000, Math.max(-1000, exponentOf(largest)));
    for (let i = 0; i < size; i++) {
      const column = columnOf(doubles, this.#places.matrix, i);
      for (let j = i; j < size; j++) column[j] = matrix[i * size + j] * scale;
    }
    this.#crew.run("eigen", size, base);
    const values = this.#places.values / 8;
    this.values = doubles.slice(values, values + size).map((value) => value / scale);
  }

  /** The eigenvector of value k, in memory that `close` leaves as it is. */
  vector(k: number): Float64Array {
    return columnOf(this.#crew.doubles, this.#places.work, k);
  }

  /** U·diag(factors)·Uᵀ. @param factors one for each value @param out [size][size] */
  rebuild<Matrix extends Float32Array | Float64Array>(factors: ArrayLike<number>, out: Matrix): Matrix {
    const { size } = this;
    const { doubles, base } = this.#crew;
    const { diagonal, matrix } = this.#places;
    doubles.set(factors, diagonal / 8);
    this.#crew.run("rebuild", size, base);
    for (let j = 0; j < size; j++) {
      const column = columnOf(doubles, matrix, j);
      for (let i = j; i < size; i++) {
        out[i * size + j] = column[i];
        out[j * size + i] = column[i];
      }
    }
    return out;
  }

  /** Ends the other threads. */
  close(): void {
    this.#crew.close();
  }
}

/** The exponent of the largest power of two that is at most `value`; 0 for 0. */
function exponentOf(value: number): number {
  if (value === 0) return 0;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return ((view.getUint16(0) >> 4) & 0x7ff) - 1023;
}
