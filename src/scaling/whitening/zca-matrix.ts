import { EigenvalueDecomposition, Matrix } from "ml-matrix";

/**
 * Keras' ZCA matrix `U·diag(√n / (s + ε))·Uᵀ`, where U and s are the left singular vectors and the singular values of the centred
 * data matrix (features × n): s² and U are the eigenvalues and eigenvectors of its second moments.
 *
 * Directions in which the data do not vary, s below `sMax·√(size·2⁻⁵²)`, are left out: there the eigenvalue is rounding alone.
 * (4·10⁻⁷ sMax for 28×28.) Keras would multiply whatever other images have there by up to √n/ε.
 *
 * @param moments XᵀX of the centred data, [size][size]
 * @param count images, n
 */
export function zcaMatrix(moments: Float64Array, size: number, count: number, epsilon: number): Float32Array {
  const { values, vectors } = eigen(moments, size);
  const scales = stretches(values, size, count, epsilon);
  return productOfRows(
    Array.from({ length: size }, (_, i) =>
      Float64Array.from({ length: size }, (_, k) => vectors.get(i, k) * scales[k]),
    ),
  );
}

/**
 * The same matrix from fewer images than values: s² and V are the eigenvalues and eigenvectors of XXᵀ, which has one row per
 * image, and U = XᵀV/s.
 *
 * @param data the centred images, [count][size]
 */
export function zcaMatrixOfFew(
  data: Float64Array,
  size: number,
  count: number,
  epsilon: number,
): Float32Array {
  const images = Array.from({ length: count }, (_, i) => data.subarray(i * size, (i + 1) * size));
  const products = new Float64Array(count * count);
  for (let i = 0; i < count; i++) {
    for (let j = i; j < count; j++) {
      products[i * count + j] = dot(images[i], images[j]);
      products[j * count + i] = products[i * count + j];
    }
  }
  const { values, vectors } = eigen(products, count);
  const scales = stretches(values, size, count, epsilon);
  const kept = [...scales.keys()].filter((k) => scales[k] > 0);
  const rows = Array.from({ length: size }, () => new Float64Array(kept.length));
  kept.forEach((k, column) => {
    const factor = scales[k] / Math.sqrt(values[k]);
    for (let i = 0; i < count; i++) {
      const weight = vectors.get(i, k) * factor;
      for (let value = 0; value < size; value++) rows[value][column] += weight * images[i][value];
    }
  });
  return productOfRows(rows);
}

function eigen(symmetric: Float64Array, size: number): { values: number[]; vectors: Matrix } {
  const { realEigenvalues: values, eigenvectorMatrix: vectors } = new EigenvalueDecomposition(
    Matrix.from1DArray(size, size, symmetric),
    { assumeSymmetric: true },
  );
  return { values, vectors };
}

/** √(√n/(s + ε)) for each eigenvalue s², 0 where the data do not vary. */
function stretches(values: readonly number[], size: number, count: number, epsilon: number): number[] {
  const bound = Math.max(...values) * size * Number.EPSILON;
  return values.map((value) =>
    value > bound ? Math.sqrt(Math.sqrt(count) / (Math.sqrt(value) + epsilon)) : 0,
  );
}

/** Every row times every row. */
function productOfRows(rows: readonly Float64Array[]): Float32Array {
  const size = rows.length;
  const matrix = new Float32Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = i; j < size; j++) {
      matrix[i * size + j] = dot(rows[i], rows[j]);
      matrix[j * size + i] = matrix[i * size + j];
    }
  }
  return matrix;
}

function dot(a: Float64Array, b: Float64Array): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  const end = a.length - (a.length % 4);
  for (let i = 0; i < end; i += 4) {
    s0 += a[i] * b[i];
    s1 += a[i + 1] * b[i + 1];
    s2 += a[i + 2] * b[i + 2];
    s3 += a[i + 3] * b[i + 3];
  }
  for (let i = end; i < a.length; i++) s0 += a[i] * b[i];
  return s0 + s1 + (s2 + s3);
}
