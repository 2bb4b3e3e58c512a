import { Decomposition } from "../../linear-algebra/decomposition.ts";
import { combineRows, rowProducts } from "../../linear-algebra/dense.ts";

const SUBJECT = "zca";

/**
 * Keras' ZCA matrix `U·diag(√n / (s + ε))·Uᵀ`, where U and s are the left singular vectors and the singular values of the centred
 * data matrix (features × n): s² and U are the eigenvalues and eigenvectors of its second moments.
 *
 * Directions in which the data do not vary, s below `sMax·√(size·2⁻⁵²)`, are left out: there the eigenvalue is rounding alone.
 * (4·10⁻⁷ sMax for 28×28.) Keras would multiply whatever other images have there by up to √n/ε.
 *
 * @param moments XᵀX of the centred data, [size][size]
 * @param count images, n
 * @throws PixscaleError if there is not enough memory
 */
export function zcaMatrix(
  moments: Float64Array,
  size: number,
  count: number,
  epsilon: number,
  threads: number,
): Float32Array {
  const decomposition = new Decomposition(moments, size, threads, SUBJECT);
  const factors = stretches(decomposition.values, size, count, epsilon);
  const matrix = decomposition.rebuild(factors, new Float32Array(size * size));
  decomposition.close();
  return matrix;
}

/**
 * The same matrix from fewer images than values: s² and V are the eigenvalues and eigenvectors of XXᵀ, which has one row per
 * image, and U = XᵀV/s.
 *
 * @param data the centred images, [count][size]
 * @throws PixscaleError if there is not enough memory
 */
export function zcaMatrixOfFew(
  data: Float64Array,
  size: number,
  count: number,
  epsilon: number,
  threads: number,
): Float32Array {
  const options = { threads, subject: SUBJECT };
  const products = rowProducts(data, count, new Float64Array(count * count), options);
  const decomposition = new Decomposition(products, count, threads, SUBJECT);
  const { values } = decomposition;
  const factors = stretches(values, size, count, epsilon);
  const kept = [...factors.keys()].filter((k) => factors[k] > 0);
  const weights = new Float64Array(kept.length * count);
  kept.forEach((k, row) => {
    const factor = Math.sqrt(factors[k] / values[k]);
    const scaled = decomposition.vector(k).map((value) => value * factor);
    weights.set(scaled, row * count);
  });
  decomposition.close();
  const roots = combineRows(weights, data, count, options);
  // [kept][size] to [size][kept]: every column times every column.
  const columns = new Float64Array(roots.length);
  for (let row = 0; row < kept.length; row++) {
    for (let i = 0; i < size; i++) columns[i * kept.length + row] = roots[row * size + i];
  }
  return rowProducts(columns, size, new Float32Array(size * size), options);
}

/** √n/(s + ε) for each eigenvalue s², 0 where the data do not vary. */
function stretches(values: Float64Array, size: number, count: number, epsilon: number): Float64Array {
  const bound = values[values.length - 1] * size * Number.EPSILON;
  return values.map((value) => (value > bound ? Math.sqrt(count) / (Math.sqrt(value) + epsilon) : 0));
}
