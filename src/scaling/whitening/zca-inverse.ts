import { Decomposition } from "../../linear-algebra/decomposition.ts";
import { defaultThreads } from "../../threads.ts";

/** Values whose row of the matrix is this much smaller than its largest number never varied on train: whitening made them 0. */
const NEVER_VARIED = 1e-9;

/** Factors are above rounding by this much, or they are rounding. */
const CLEAR = 100;

/** What a whitening matrix multiplies by when turned round, without the values that never varied. */
export interface ZcaInverse {
  /** Indexes of the values that varied. */
  readonly varied: Uint32Array;
  /** [varied][varied]. */
  readonly matrix: Float64Array;
}

/**
 * The inverse of a whitening matrix, from its eigenvalues and eigenvectors. Directions that whitening left out, as the training images
 * never vary in them, stay 0.
 *
 * @param matrix symmetric, [size][size]
 * @returns undefined if a factor is so small, compared with the largest one, that rounding in float32 has spoilt it
 */
export function zcaInverse(matrix: Float32Array): ZcaInverse | undefined {
  const size = Math.sqrt(matrix.length);
  const largestOf = (values: Float32Array) =>
    values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const rows = Array.from({ length: size }, (_, i) => matrix.subarray(i * size, (i + 1) * size));
  const bound = largestOf(matrix) * NEVER_VARIED;
  const varied = Uint32Array.from(rows.flatMap((row, i) => (largestOf(row) > bound ? [i] : [])));
  if (varied.length === 0) return { varied, matrix: new Float64Array(0) };
  const count = varied.length;
  const kept = Float64Array.from({ length: count * count }, (_, at) => {
    return rows[varied[Math.floor(at / count)]][varied[at % count]];
  });
  const decomposition = new Decomposition(kept, count, defaultThreads(), "zca");
  const { values: factors } = decomposition;
  const rounding = factors[count - 1] * Math.sqrt(count) * 2 ** -24;
  const spoilt = factors.some((factor) => factor > rounding && factor < rounding * CLEAR);
  const inverse = spoilt
    ? undefined
    : decomposition.rebuild(
        factors.map((factor) => (factor > rounding ? 1 / factor : 0)),
        new Float64Array(count * count),
      );
  decomposition.close();
  return inverse && { varied, matrix: inverse };
}

/** Turns whitened images back in place. @param mean of each group, which whitening had subtracted */
export function applyZcaInverse(
  { varied, matrix }: ZcaInverse,
  mean: Float64Array,
  images: Float64Array,
  size: number,
): void {
  const count = varied.length;
  const whitened = new Float64Array(count);
  for (let first = 0; first < images.length; first += size) {
    for (let k = 0; k < count; k++) whitened[k] = images[first + varied[k]];
    for (let i = 0; i < size; i++) images[first + i] = mean[i % mean.length];
    for (let i = 0; i < count; i++) {
      let sum = 0;
      for (let k = 0; k < count; k++) sum += matrix[i * count + k] * whitened[k];
      images[first + varied[i]] += sum;
    }
  }
}
