import { Crew } from "./crew.ts";
import { densePlaces } from "./dense-programs.ts";
import { columnOf, type StoredMatrix } from "./matrix.ts";

/** Below this number of multiplications other threads take longer to start than they save. */
const SHARED_WORK = 1e8;

/** A product of matrices: how many threads, and the error's subject if there is not enough memory. */
export interface DenseOptions {
  readonly threads: number;
  readonly subject: string;
}

/**
 * Every row of a matrix times every row, symmetric [rows][rows]. The same bits for any number of threads.
 *
 * @param matrix [rows][depth]
 * @param out [rows][rows]
 * @throws PixscaleError if there is not enough memory
 */
export function rowProducts<Matrix extends Float32Array | Float64Array>(
  matrix: Float64Array,
  rows: number,
  out: Matrix,
  { threads, subject }: DenseOptions,
): Matrix {
  const depth = matrix.length / rows;
  const all = rows * rows * depth < SHARED_WORK ? 1 : threads;
  const crew = new Crew(all, densePlaces(rows, rows, depth, all, 0).end, subject);
  const { a, c } = densePlaces(rows, rows, depth, all, crew.base);
  const { doubles } = crew;
  for (let j = 0; j < depth; j++) {
    const column = columnOf(doubles, a, j);
    for (let i = 0; i < rows; i++) column[i] = matrix[i * depth + j];
  }
  crew.run("denseGram", rows, depth, crew.base);
  crew.close();
  for (let j = 0; j < rows; j++) {
    const column = columnOf(doubles, c, j);
    for (let i = j; i < rows; i++) {
      out[i * rows + j] = column[i];
      out[j * rows + i] = column[i];
    }
  }
  return out;
}

/**
 * weights [count][depth] · rows [depth][width], in float64: sums of rows. The same bits for any number of threads.
 *
 * @returns [count][width]
 * @throws PixscaleError if there is not enough memory
 */
export function combineRows(
  weights: Float64Array,
  rows: Float64Array,
  depth: number,
  { threads, subject }: DenseOptions,
): Float64Array {
  const [count, width] = [weights.length / depth, rows.length / depth];
  const all = count * width * depth < SHARED_WORK ? 1 : threads;
  const crew = new Crew(all, densePlaces(width, count, depth, all, 0).end, subject);
  // By columns this is the transposed product: rowsᵀ · weightsᵀ.
  const { a, b, c } = densePlaces(width, count, depth, all, crew.base);
  const { doubles } = crew;
  const fill = (to: StoredMatrix, from: Float64Array) => {
    for (let j = 0; j < to.columns; j++) {
      columnOf(doubles, to, j).set(from.subarray(j * to.rows, (j + 1) * to.rows));
    }
  };
  fill(a, rows);
  fill(b, weights);
  crew.run("denseProduct", width, count, depth, crew.base);
  crew.close();
  const out = new Float64Array(count * width);
  for (let j = 0; j < count; j++) out.set(columnOf(doubles, c, j), j * width);
  return out;
}
