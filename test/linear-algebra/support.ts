import { Decomposition } from "../../src/linear-algebra/decomposition.ts";

/** A symmetric matrix, [size][size], from its numbers on and above the diagonal. */
export function symmetric(size: number, number: (i: number, j: number) => number): Float64Array {
  const matrix = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = i; j < size; j++) {
      matrix[i * size + j] = number(i, j);
      matrix[j * size + i] = matrix[i * size + j];
    }
  }
  return matrix;
}

/** The matrix of fixtures/make-eigen.py. */
export function integerMatrix(size: number): Float64Array {
  return symmetric(size, (i, j) => (((i + 1) * (j + 1) * 31 + (i + j) * 17) % 101) - 50);
}

/** Numbers between −½ and ½ that look random. */
export function scattered(index: number): number {
  return ((index * 48271 + index * index * 16807) % 65537) / 65537 - 0.5;
}

export interface Solved {
  readonly values: Float64Array;
  /** Eigenvectors as rows. */
  readonly vectors: readonly Float64Array[];
}

export function solve(matrix: Float64Array, size: number, threads = 1): Solved {
  const decomposition = new Decomposition(matrix, size, threads, "test");
  const vectors = Array.from({ length: size }, (_, k) => decomposition.vector(k).slice());
  decomposition.close();
  return { values: decomposition.values, vectors };
}

/** Largest numbers of A·V − V·Λ and VᵀV − I, by plain arithmetic. */
export function errorsOf(matrix: Float64Array, { values, vectors }: Solved) {
  const size = values.length;
  let [residual, orthogonality] = [0, 0];
  vectors.forEach((vector, k) => {
    for (let i = 0; i < size; i++) {
      let sum = -values[k] * vector[i];
      for (let j = 0; j < size; j++) sum += matrix[i * size + j] * vector[j];
      residual = Math.max(residual, Math.abs(sum));
    }
    for (let l = 0; l <= k; l++) {
      let sum = l === k ? -1 : 0;
      for (let j = 0; j < size; j++) sum += vector[j] * vectors[l][j];
      orthogonality = Math.max(orthogonality, Math.abs(sum));
    }
  });
  return { residual, orthogonality };
}

/** An upper bound of the spectral norm: the largest sum of a row. */
export function normOf(matrix: Float64Array): number {
  const size = Math.sqrt(matrix.length);
  let most = 0;
  for (let i = 0; i < size; i++) {
    most = Math.max(
      most,
      matrix.subarray(i * size, (i + 1) * size).reduce((sum, x) => sum + Math.abs(x), 0),
    );
  }
  return most;
}
