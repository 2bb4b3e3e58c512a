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
  const { realEigenvalues: eigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(
    Matrix.from1DArray(size, size, moments),
    { assumeSymmetric: true },
  );
  const bound = Math.max(...eigenvalues) * size * Number.EPSILON;
  const scales = eigenvalues.map((value) =>
    value > bound ? Math.sqrt(Math.sqrt(count) / (Math.sqrt(value) + epsilon)) : 0,
  );
  // Rows of U·diag(√scale): the matrix is every row times every row.
  const rows = Array.from({ length: size }, (_, i) =>
    Float64Array.from({ length: size }, (_, k) => eigenvectorMatrix.get(i, k) * scales[k]),
  );
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
