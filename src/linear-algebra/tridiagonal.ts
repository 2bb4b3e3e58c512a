import { COLUMN_BLOCK, type EigenPlaces, PANEL, ROW_BLOCK } from "./eigen-places.ts";
import { part } from "./matrix.ts";
import { multiplyToLower } from "./product.ts";
import type { Team } from "./team.ts";

/**
 * Reduces a symmetric matrix A to a tridiagonal T = QᵀAQ by Householder reflectors I − τ·v·vᵀ, PANEL columns at a time: within a panel
 * only the next column is brought up to date, then the rest at once, by A − V·Wᵀ − W·Vᵀ. LAPACK's dsytrd and dlatrd (Dongarra,
 * Hammarling and Sorensen 1989).
 *
 * Reads the lower triangle of `matrix` and leaves there reflector c in column c: 0 down to the diagonal, then 1 and the rest.
 * T's diagonal goes to `diagonal`, what is beside it to `beside`, Q's factors to `tau`.
 */
export function tridiagonalize(team: Team, places: EigenPlaces): void {
  const { size, matrix, panel, panelTurned, threads } = places;
  for (let first = 0; first < size; first += PANEL) {
    const count = Math.min(PANEL, size - first);
    reducePanel(team, places, first, count);
    const next = first + count;
    if (next >= size) break;
    const rest = size - next;
    multiplyToLower(
      team,
      part(panel, next, 0, rest, 2 * count),
      part(panelTurned, next, 0, rest, 2 * count),
      part(matrix, next, next, rest, rest),
      threads[team.thread].product,
      { transposeB: true, factor: -1, add: true },
    );
  }
}

/** The numbers of a reflector I − τ·v·vᵀ that turns (x, rest) into (beta, 0); v = scale · (x − beta, rest). */
interface Reflector {
  readonly beta: number;
  readonly tau: number;
  readonly scale: number;
}

/** @param squares sum of the squares of all numbers but the first, x */
function reflectorOf(x: number, squares: number): Reflector {
  if (squares === 0) return { beta: x, tau: 0, scale: 0 };
  const length = Math.sqrt(x * x + squares);
  const beta = x >= 0 ? -length : length;
  return { beta, tau: (beta - x) / beta, scale: 1 / (x - beta) };
}

/** Reduces columns `first` to `first + count` − 1; `panel` gets V and W, `panelTurned` W and V. */
function reducePanel(team: Team, places: EigenPlaces, first: number, count: number): void {
  let alpha = 0;
  for (let i = 0; i < count; i++) {
    updateColumn(team, places, first, i, count, alpha);
    const reflector = multiplyReflector(team, places, first, i, count);
    alpha = finishProduct(team, places, first, i, count, reflector);
  }
  // The last column of W; the rank-2k update reads only the rows after the panel.
  team.share(rowBlocks(places.size), (block) => {
    const [from, to] = rowsOf(block, first + count, places.size);
    if (from < to) finishW(team, places, from, to, count - 1, count, alpha);
  });
}

function rowBlocks(size: number): number {
  return Math.ceil(size / ROW_BLOCK);
}

/** The rows of a block from row `start` on. */
function rowsOf(block: number, start: number, size: number): [number, number] {
  return [Math.max(start, block * ROW_BLOCK), Math.min(size, (block + 1) * ROW_BLOCK)];
}

/** Adds alpha·v to W's column i, in which reduced numbers of all rows have to take part first. */
function finishW(
  { doubles }: Team,
  { panel, panelTurned }: EigenPlaces,
  from: number,
  to: number,
  i: number,
  count: number,
  alpha: number,
): void {
  const v = (panel.at + i * panel.stride) / 8;
  const w = (panel.at + (count + i) * panel.stride) / 8;
  const copy = (panelTurned.at + i * panelTurned.stride) / 8;
  for (let row = from; row < to; row++) {
    doubles[w + row] += alpha * doubles[v + row];
    doubles[copy + row] = doubles[w + row];
  }
}

/** Brings column first + i up to date with the panel's reflectors so far, and sums squares by blocks of rows. */
function updateColumn(
  team: Team,
  places: EigenPlaces,
  first: number,
  i: number,
  count: number,
  alpha: number,
): void {
  const { size, matrix, panel, product, sums, threads } = places;
  const { doubles, kernels } = team;
  const column = first + i;
  const a = matrix.at + column * matrix.stride;
  const weights = threads[team.thread].small;
  // V and W of this row: −W for V's columns, −V for W's.
  const row = panel.at / 8 + column;
  const stride = panel.stride / 8;
  for (let q = 0; q < i; q++) {
    const v = doubles[row + q * stride];
    const w = doubles[row + (count + q) * stride];
    doubles[weights / 8 + q] = -w;
    doubles[weights / 8 + count + q] = -v;
  }
  // Another thread may be finishing the last one, whose v is 1 here.
  if (i > 0) doubles[weights / 8 + i - 1] = -(doubles[product / 8 + column] + alpha);
  team.share(rowBlocks(size), (block) => {
    const [from, to] = rowsOf(block, column, size);
    let squares = 0;
    if (from < to) {
      if (i > 0) {
        finishW(team, places, from, to, i - 1, count, alpha);
        const y = a + from * 8;
        const rows = to - from;
        kernels.addColumns(panel.at + from * 8, panel.stride, rows, i, weights, y);
        const w = panel.at + count * panel.stride + from * 8;
        kernels.addColumns(w, panel.stride, rows, i, weights + 8 * count, y);
      }
      for (let r = Math.max(from, column + 2); r < to; r++) squares += doubles[a / 8 + r] ** 2;
    }
    doubles[(sums.at + block * sums.stride) / 8] = squares;
  });
}

/** The parts of A·v, Vᵀv and Wᵀv for the reflector of column first + i; each thread makes v for itself. */
function multiplyReflector(
  team: Team,
  places: EigenPlaces,
  first: number,
  i: number,
  count: number,
): Reflector {
  const { size, matrix, panel, parts, sums, threads, diagonal, beside, tau } = places;
  const { doubles, kernels } = team;
  const column = first + i;
  const a = (matrix.at + column * matrix.stride) / 8;
  const next = column + 1;
  let squares = 0;
  for (let block = 0; block < rowBlocks(size); block++) {
    squares += doubles[(sums.at + block * sums.stride) / 8];
  }
  const reflector = next < size ? reflectorOf(doubles[a + next], squares) : { beta: 0, tau: 0, scale: 0 };
  if (team.thread === 0) {
    doubles[diagonal / 8 + column] = doubles[a + column];
    doubles[beside / 8 + column] = reflector.beta;
    doubles[tau / 8 + column] = reflector.tau;
  }
  const { vector, small } = threads[team.thread];
  for (let r = next + 1; r < size; r++) doubles[vector / 8 + r] = doubles[a + r] * reflector.scale;
  if (next < size) doubles[vector / 8 + next] = 1;
  const columnBlocks = Math.ceil(size / COLUMN_BLOCK);
  const firstBlock = Math.floor(next / COLUMN_BLOCK);
  const products = columnBlocks - firstBlock;
  team.share(products + rowBlocks(size), (index) => {
    if (index < products) {
      const block = firstBlock + index;
      const from = Math.max(next, block * COLUMN_BLOCK);
      const columns = Math.min(size, (block + 1) * COLUMN_BLOCK) - from;
      if (columns <= 0) return;
      kernels.multiplySymmetric(
        matrix.at + from * matrix.stride + from * 8,
        matrix.stride,
        size - from,
        columns,
        vector + from * 8,
        parts.at + block * parts.stride + from * 8,
        small,
      );
      return;
    }
    const block = index - products;
    const [from, to] = rowsOf(block, next, size);
    const out = sums.at + block * sums.stride + 16;
    if (from >= to) {
      doubles.fill(0, out / 8, out / 8 + 2 * count);
      return;
    }
    const v = panel.at + from * 8;
    const x = vector + from * 8;
    kernels.dotColumns(v, panel.stride, to - from, i, x, out, small);
    const w = v + count * panel.stride;
    kernels.dotColumns(w, panel.stride, to - from, i, x, out + 8 * count, small);
  });
  return reflector;
}

/**
 * Column i of W but for a multiple of v: τ·(A·v − V·Wᵀv − W·Vᵀv). Writes the reflector to the matrix and to V.
 *
 * @returns that multiple, −τ/2 · wᵀv
 */
function finishProduct(
  team: Team,
  places: EigenPlaces,
  first: number,
  i: number,
  count: number,
  { tau }: Reflector,
): number {
  const { size, matrix, panel, panelTurned, product, sums, threads } = places;
  const { doubles, kernels } = team;
  const next = first + i + 1;
  const { vector, small } = threads[team.thread];
  const blocks = rowBlocks(size);
  // Weights: −Wᵀv for V's columns, −Vᵀv for W's.
  for (let q = 0; q < i; q++) {
    let ofV = 0;
    let ofW = 0;
    for (let block = 0; block < blocks; block++) {
      const at = (sums.at + block * sums.stride) / 8 + 2;
      ofV += doubles[at + q];
      ofW += doubles[at + count + q];
    }
    doubles[small / 8 + q] = -ofW;
    doubles[small / 8 + count + q] = -ofV;
  }
  const a = (matrix.at + (first + i) * matrix.stride) / 8;
  const v = (panel.at + i * panel.stride) / 8;
  const vCopy = (panelTurned.at + (count + i) * panelTurned.stride) / 8;
  const w = panel.at + (count + i) * panel.stride;
  team.share(blocks, (block) => {
    let dot = 0;
    const [from, to] = rowsOf(block, 0, size);
    for (let row = from; row < Math.min(to, next); row++) {
      doubles[a + row] = 0;
      doubles[v + row] = 0;
      doubles[vCopy + row] = 0;
    }
    const start = Math.max(from, next);
    if (start < to) {
      addParts(doubles, places, w / 8, start, to, next);
      const y = w + start * 8;
      kernels.addColumns(panel.at + start * 8, panel.stride, to - start, i, small, y);
      const ws = panel.at + count * panel.stride + start * 8;
      kernels.addColumns(ws, panel.stride, to - start, i, small + 8 * count, y);
      for (let row = start; row < to; row++) {
        const value = doubles[vector / 8 + row];
        doubles[a + row] = value;
        doubles[v + row] = value;
        doubles[vCopy + row] = value;
        doubles[w / 8 + row] *= tau;
        dot += doubles[w / 8 + row] * value;
      }
      if (start === next) doubles[product / 8 + next] = doubles[w / 8 + next];
    }
    doubles[(sums.at + block * sums.stride) / 8 + 1] = dot;
  });
  let dot = 0;
  for (let block = 0; block < blocks; block++) {
    dot += doubles[(sums.at + block * sums.stride) / 8 + 1];
  }
  return -0.5 * tau * dot;
}

/** Writes the rows of A·v from `start` to `end` − 1, its parts in order; A begins at row and column `first`. */
function addParts(
  doubles: Float64Array,
  { parts }: EigenPlaces,
  target: number,
  start: number,
  end: number,
  first: number,
): void {
  doubles.fill(0, target + start, target + end);
  for (let block = Math.floor(first / COLUMN_BLOCK); block * COLUMN_BLOCK < end; block++) {
    const source = (parts.at + block * parts.stride) / 8;
    const top = Math.max(start, first, block * COLUMN_BLOCK);
    for (let row = top; row < end; row++) doubles[target + row] += doubles[source + row];
  }
}
