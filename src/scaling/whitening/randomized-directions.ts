import { imageSize } from "../../data/dataset.ts";
import { CovarianceProduct } from "../../linear-algebra/covariance-product.ts";
import { Decomposition } from "../../linear-algebra/decomposition.ts";
import { combineRows, type DenseOptions, rowProducts } from "../../linear-algebra/dense.ts";
import { RandomStream } from "../../random.ts";
import type { FitImages } from "../steps/step-kind.ts";
import type { Directions } from "./principal-directions.ts";

/** Directions sought beyond those asked for; each pass over the images brings the subspace closer. */
const MORE = 10;
const PASSES = 4;
const SEED = 0;

/**
 * The strongest directions of variance by random projection (Halko, Martinsson and Tropp 2011): a subspace that XᵀX has been applied
 * to several times, and the eigenvectors of XᵀX within it. Random signs from a fixed seed, so the result is always the same.
 *
 * The error is the largest ‖XᵀX·u − s²·u‖/s² of all directions: an eigenvalue of XᵀX lies that close to s².
 */
export function randomizedDirections(
  images: FitImages,
  mean: Float64Array,
  count: number,
  subject: string,
): Directions {
  const { train, threads } = images;
  const size = imageSize(train.shape);
  const options = { threads, subject };
  let basis = orthonormalRows(randomSigns(Math.min(count + MORE, size) * size), size, options);
  for (let pass = 1; ; pass++) {
    // All images are the same.
    if (basis.length === 0) return { squares: basis, vectors: basis, share: 1, error: 0 };
    const { products, variance } = covarianceTimes(basis, images, mean, size, options);
    if (pass === PASSES) return withinSubspace(basis, products, variance, size, count, options);
    basis = orthonormalRows(products, size, options);
  }
}

function randomSigns(length: number): Float64Array {
  const stream = new RandomStream(SEED, "directions");
  return Float64Array.from({ length }, () => 2 * stream.below(2) - 1);
}

/** XᵀX times each row, and XᵀX's trace. */
function covarianceTimes(
  rows: Float64Array,
  images: FitImages,
  mean: Float64Array,
  size: number,
  { threads, subject }: DenseOptions,
): { products: Float64Array; variance: number } {
  const product = new CovarianceProduct(rows, size, threads, subject);
  let variance = 0;
  images.forEachCentredBlock(mean, (block) => {
    product.add(block);
    for (const value of block) variance += value * value;
  });
  const products = product.products();
  product.close();
  return { products, variance };
}

/** An orthonormal basis of what rows span; the second round removes what rounding left in the first. */
function orthonormalRows(rows: Float64Array, size: number, options: DenseOptions): Float64Array {
  const once = decorrelated(rows, size, options);
  return once.length === 0 ? once : decorrelated(once, size, options);
}

function decorrelated(rows: Float64Array, size: number, options: DenseOptions): Float64Array {
  const count = rows.length / size;
  const products = rowProducts(rows, count, new Float64Array(count * count), options);
  const decomposition = new Decomposition(products, count, options.threads, options.subject);
  const { values } = decomposition;
  const kept = [...values.keys()].filter((k) => values[k] > values[count - 1] * count * Number.EPSILON);
  const weights = new Float64Array(kept.length * count);
  kept.forEach((k, row) => {
    const scaled = decomposition.vector(k).map((value) => value / Math.sqrt(values[k]));
    weights.set(scaled, row * count);
  });
  decomposition.close();
  return combineRows(weights, rows, count, options);
}

/** The eigenvectors of XᵀX within a subspace, from its orthonormal basis and XᵀX times that. */
function withinSubspace(
  basis: Float64Array,
  products: Float64Array,
  variance: number,
  size: number,
  most: number,
  options: DenseOptions,
): Directions {
  const found = basis.length / size;
  const row = (matrix: Float64Array, i: number) => matrix.subarray(i * size, (i + 1) * size);
  const inner = new Float64Array(found * found);
  for (let i = 0; i < found; i++) {
    for (let j = i; j < found; j++) {
      inner[i * found + j] = dot(row(basis, i), row(products, j));
      inner[j * found + i] = inner[i * found + j];
    }
  }
  const decomposition = new Decomposition(inner, found, options.threads, options.subject);
  const { values } = decomposition;
  const bound = (values[found - 1] ?? 0) * size * Number.EPSILON;
  const kept = [...values.keys()]
    .reverse()
    .filter((k) => values[k] > bound)
    .slice(0, most);
  const weights = new Float64Array(kept.length * found);
  kept.forEach((k, i) => {
    weights.set(decomposition.vector(k), i * found);
  });
  decomposition.close();
  const vectors = combineRows(weights, basis, found, options);
  const images = combineRows(weights, products, found, options);
  const squares = Float64Array.from(kept, (k) => values[k]);
  let error = 0;
  squares.forEach((square, i) => {
    const [u, v] = [row(vectors, i), row(images, i)];
    let sum = 0;
    for (let k = 0; k < size; k++) sum += (v[k] - square * u[k]) ** 2;
    error = Math.max(error, Math.sqrt(sum) / square);
  });
  const share = variance === 0 ? 1 : squares.reduce((sum, square) => sum + square, 0) / variance;
  return { squares, vectors, share, error };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
