import { deflate } from "./deflate.ts";
import type { EigenPlaces } from "./eigen-places.ts";
import { implicitQl } from "./implicit-ql.ts";
import { columnOf, part } from "./matrix.ts";
import { type Merge, mergeTree, type Rows } from "./merge-tree.ts";
import { multiply, type Tile, tilesOf } from "./product.ts";
import { solveSecular } from "./secular-equation.ts";
import type { Team } from "./team.ts";

/** Columns that one thread works on at a time, where that takes about as long as a small product. */
const COLUMNS = 32;

/**
 * Eigenvalues and eigenvectors of the tridiagonal matrix of `diagonal` and `beside`, by division: the two halves are solved, and
 * what connects them is a rank-one update (Cuppen 1981; LAPACK's dstedc and dlaed1). The vectors of an update are orthogonal
 * because they belong exactly to an update near to it, whose weights are computed from the roots (Gu and Eisenstat 1994).
 *
 * `values` and `vectors` get them in no particular order; `order` gets the columns in ascending order of the values.
 */
export function divideAndConquer(team: Team, places: EigenPlaces): void {
  const { doubles } = team;
  const { size, diagonal, beside } = places;
  const { leaves, levels } = mergeTree(size);
  team.alone(() => {
    for (const { middle } of levels.flat()) {
      const connection = Math.abs(doubles[beside / 8 + middle - 1]);
      doubles[diagonal / 8 + middle - 1] -= connection;
      doubles[diagonal / 8 + middle] -= connection;
    }
  });
  team.share(leaves.length, (index) => solveLeaf(doubles, places, leaves[index]));
  for (const merges of levels) mergeAll(team, places, merges);
}

function solveLeaf(doubles: Float64Array, places: EigenPlaces, rows: Rows): void {
  const { vectors, diagonal, beside, values } = places;
  const { low, high } = rows;
  const d = doubles.subarray(diagonal / 8 + low, diagonal / 8 + high);
  const e = doubles.subarray(beside / 8 + low, beside / 8 + high - 1);
  for (let column = low; column < high; column++) columnOf(doubles, vectors, column).fill(0);
  implicitQl(d, e, doubles.subarray((vectors.at + low * vectors.stride) / 8 + low), vectors.stride / 8);
  doubles.set(d, values / 8 + low);
  sortValues(doubles, places, rows);
}

/** Writes the columns in ascending order of their values. */
function sortValues(doubles: Float64Array, { values, order }: EigenPlaces, { low, high }: Rows): void {
  const value = (column: number) => doubles[values / 8 + column];
  const columns = Array.from({ length: high - low }, (_, i) => low + i);
  columns.sort((a, b) => value(a) - value(b) || a - b);
  doubles.set(columns, order / 8 + low);
}

/** Independent pieces of the work on several merges. */
type Piece = () => void;

function sharePieces(team: Team, merges: readonly Merge[], pieces: (merge: Merge) => Piece[]): void {
  const all = merges.flatMap(pieces);
  team.share(all.length, (index) => all[index]());
}

function mergeAll(team: Team, places: EigenPlaces, merges: readonly Merge[]): void {
  const { doubles } = team;
  team.share(merges.length, (index) => deflate(doubles, places, merges[index]));
  const keptOf = ({ low }: Merge) => doubles[places.counts / 8 + 4 * low + 3];
  sharePieces(team, merges, (merge) => [
    ...inChunks(keptOf(merge), (first, end) => solveRoots(doubles, places, merge, first, end)),
    ...inChunks(merge.high - merge.low, (first, end) => gather(doubles, places, merge, first, end)),
  ]);
  sharePieces(team, merges, (merge) =>
    inChunks(keptOf(merge), (first, end) => fitWeights(doubles, places, merge, first, end)),
  );
  sharePieces(team, merges, (merge) => [
    ...inChunks(keptOf(merge), (first, end) => updateVectors(team, places, merge, first, end)),
    ...inChunks(merge.high - merge.low - keptOf(merge), (first, end) =>
      keepVectors(doubles, places, merge, keptOf(merge) + first, keptOf(merge) + end),
    ),
  ]);
  sharePieces(team, merges, (merge) => [
    ...products(team, places, merge),
    () => finish(doubles, places, merge),
  ]);
}

function inChunks(count: number, work: (first: number, end: number) => void): Piece[] {
  return Array.from({ length: Math.ceil(count / COLUMNS) }, (_, i) => () => {
    work(i * COLUMNS, Math.min(count, (i + 1) * COLUMNS));
  });
}

/** Roots of the secular equation go to `diagonal`, the poles' differences from root j to column j of `other`. */
function solveRoots(
  doubles: Float64Array,
  places: EigenPlaces,
  { low, middle }: Merge,
  first: number,
  end: number,
): void {
  const kept = doubles[places.counts / 8 + 4 * low + 3];
  const equation = {
    poles: doubles.subarray(places.poles / 8 + low, places.poles / 8 + low + kept),
    weights: doubles.subarray(places.weights / 8 + low, places.weights / 8 + low + kept),
    rho: 2 * Math.abs(doubles[places.beside / 8 + middle - 1]),
  };
  for (let j = first; j < end; j++) {
    const differences = columnOf(doubles, part(places.other, low, low + j, kept, 1), 0);
    doubles[places.diagonal / 8 + low + j] = solveSecular(equation, j, differences);
  }
}

/** Copies the halves' vectors into the order of `columnOf`. */
function gather(
  doubles: Float64Array,
  { vectors, work, columnOf: columns }: EigenPlaces,
  { low, high }: Merge,
  first: number,
  end: number,
): void {
  for (let i = low + first; i < low + end; i++) {
    const from = columnOf(doubles, vectors, doubles[columns / 8 + i]);
    columnOf(doubles, work, i).set(from.subarray(low, high), low);
  }
}

/** The weights for which the computed roots are exact: zᵢ² = ∏ⱼ (λⱼ − dᵢ) / ∏_{j≠i} (dⱼ − dᵢ). */
function fitWeights(
  doubles: Float64Array,
  places: EigenPlaces,
  { low }: Merge,
  first: number,
  end: number,
): void {
  const kept = doubles[places.counts / 8 + 4 * low + 3];
  const { other } = places;
  const poles = doubles.subarray(places.poles / 8 + low, places.poles / 8 + low + kept);
  const squares = new Float64Array(end - first).fill(-1);
  for (let j = 0; j < kept; j++) {
    const differences = columnOf(doubles, part(other, low, low + j, kept, 1), 0);
    for (let i = first; i < end; i++) {
      squares[i - first] *= i === j ? differences[i] : differences[i] / (poles[i] - poles[j]);
    }
  }
  for (let i = first; i < end; i++) {
    const size = Math.sqrt(Math.abs(squares[i - first]));
    const sign = doubles[places.weights / 8 + low + i] < 0 ? -1 : 1;
    doubles[places.fitted / 8 + low + i] = sign * size;
  }
}

/** Eigenvector j of the update, (zᵢ / (dᵢ − λⱼ)) of length 1, with its numbers in the order of `rowOf`. */
function updateVectors(
  { doubles, thread }: Team,
  places: EigenPlaces,
  { low }: Merge,
  first: number,
  end: number,
): void {
  const kept = doubles[places.counts / 8 + 4 * low + 3];
  const { vector } = places.threads[thread];
  const numbers = doubles.subarray(vector / 8, vector / 8 + kept);
  for (let j = first; j < end; j++) {
    const column = columnOf(doubles, part(places.other, low, low + j, kept, 1), 0);
    let squares = 0;
    for (let i = 0; i < kept; i++) {
      numbers[i] = doubles[places.fitted / 8 + low + i] / column[i];
      squares += numbers[i] * numbers[i];
    }
    const length = Math.sqrt(squares);
    for (let i = 0; i < kept; i++) column[doubles[places.rowOf / 8 + low + i]] = numbers[i] / length;
  }
}

/** Copies back the vectors that the merge does not change. */
function keepVectors(
  doubles: Float64Array,
  { vectors, work }: EigenPlaces,
  { low, high }: Merge,
  first: number,
  end: number,
): void {
  for (let i = low + first; i < low + end; i++) {
    columnOf(doubles, vectors, i).set(columnOf(doubles, work, i).subarray(low, high), low);
  }
}

/** The other vectors: those of each half times the rows of the update's vectors that meet them. */
function products({ doubles, kernels, thread }: Team, places: EigenPlaces, merge: Merge): Piece[] {
  const { low, middle, high } = merge;
  const { vectors, work, other, threads } = places;
  const at = places.counts / 8 + 4 * low;
  const [first, both, second, kept] = doubles.subarray(at, at + 4);
  const half = (rowsFrom: number, rowsTo: number, skipped: number, depth: number): Piece[] =>
    tilesOf(rowsTo - rowsFrom, kept).map(({ row, column, rows, columns }: Tile) => () => {
      multiply(
        kernels,
        part(work, rowsFrom + row, low + skipped, rows, depth),
        part(other, low + skipped, low + column, depth, columns),
        part(vectors, rowsFrom + row, low + column, rows, columns),
        threads[thread].product,
      );
    });
  return [...half(low, middle, 0, first + both), ...half(middle, high, first, both + second)];
}

function finish(doubles: Float64Array, places: EigenPlaces, { low, high }: Merge): void {
  const { values, diagonal } = places;
  doubles.copyWithin(values / 8 + low, diagonal / 8 + low, diagonal / 8 + high);
  sortValues(doubles, places, { low, high });
}
