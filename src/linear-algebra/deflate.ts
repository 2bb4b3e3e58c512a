import type { EigenPlaces } from "./eigen-places.ts";
import { length } from "./implicit-ql.ts";
import { columnOf } from "./matrix.ts";
import type { Merge } from "./merge-tree.ts";

/** Eigenvectors of the halves of a merge are nonzero in the first half, in both (after a rotation), or in the second. */
const [FIRST, BOTH, SECOND] = [0, 1, 2];

/**
 * Prepares a merge: of the eigenvalues of both halves it keeps those that the connection of the halves changes, as poles of the secular
 * equation; the others are eigenvalues of the whole. Close poles are rotated so that one of them stays (LAPACK's dlaed2).
 */
export function deflate(doubles: Float64Array, places: EigenPlaces, merge: Merge): void {
  const { low, middle, high } = merge;
  const values = doubles.subarray(places.values / 8, places.values / 8 + places.size);
  const connection = doubles[places.beside / 8 + middle - 1];
  const rho = 2 * Math.abs(connection);
  const z = connectionVector(doubles, places, merge, connection < 0 ? -1 : 1);
  const order = mergeOrder(doubles, places, merge, values);
  const largest = (numbers: Float64Array) => numbers.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  const tolerance =
    8 * Number.EPSILON * Math.max(largest(values.subarray(low, high)), largest(z.subarray(low, high)));
  const types = Uint8Array.from({ length: places.size }, (_, column) => (column < middle ? FIRST : SECOND));
  const kept: number[] = [];
  const deflated: number[] = [];
  let previous = -1;
  for (const column of order) {
    if (rho * Math.abs(z[column]) <= tolerance) {
      deflated.push(column);
      continue;
    }
    if (previous >= 0) {
      const size = length(z[column], z[previous]);
      const c = z[column] / size;
      const s = -z[previous] / size;
      if (Math.abs((values[column] - values[previous]) * c * s) <= tolerance) {
        z[column] = size;
        if (types[previous] !== types[column]) types[column] = BOTH;
        rotate(doubles, places, merge, previous, column, c, s);
        const [a, b] = [values[previous], values[column]];
        values[previous] = a * c * c + b * s * s;
        values[column] = a * s * s + b * c * c;
        deflated.push(previous);
      } else {
        kept.push(previous);
      }
    }
    previous = column;
  }
  if (previous >= 0) kept.push(previous);
  arrange(doubles, places, merge, kept, deflated, types, z, values);
}

/** The last row of the first half's eigenvectors beside the first row of the second half's; its length is 1. */
function connectionVector(
  doubles: Float64Array,
  { vectors, size }: EigenPlaces,
  { low, middle, high }: Merge,
  sign: number,
): Float64Array {
  const z = new Float64Array(size);
  const number = (row: number, column: number) => doubles[(vectors.at + column * vectors.stride) / 8 + row];
  for (let column = low; column < middle; column++) z[column] = number(middle - 1, column) * Math.SQRT1_2;
  for (let column = middle; column < high; column++) z[column] = sign * number(middle, column) * Math.SQRT1_2;
  return z;
}

/** The columns of both halves in ascending order of their values. */
function mergeOrder(
  doubles: Float64Array,
  { order }: EigenPlaces,
  { low, middle, high }: Merge,
  values: Float64Array,
): number[] {
  const merged: number[] = [];
  const at = order / 8;
  let [i, j] = [low, middle];
  while (i < middle || j < high) {
    const first = j >= high || (i < middle && values[doubles[at + i]] <= values[doubles[at + j]]);
    merged.push(doubles[at + (first ? i++ : j++)]);
  }
  return merged;
}

function rotate(
  doubles: Float64Array,
  { vectors }: EigenPlaces,
  { low, high }: Merge,
  x: number,
  y: number,
  c: number,
  s: number,
): void {
  const [xs, ys] = [columnOf(doubles, vectors, x), columnOf(doubles, vectors, y)];
  for (let row = low; row < high; row++) {
    const [a, b] = [xs[row], ys[row]];
    xs[row] = c * a + s * b;
    ys[row] = c * b - s * a;
  }
}

/** Writes the secular equation, and the columns by type: those of one half only need not be multiplied by the other's rows. */
function arrange(
  doubles: Float64Array,
  places: EigenPlaces,
  { low }: Merge,
  kept: readonly number[],
  deflated: readonly number[],
  types: Uint8Array,
  z: Float64Array,
  values: Float64Array,
): void {
  const counts = [FIRST, BOTH, SECOND].map((type) => kept.filter((column) => types[column] === type).length);
  doubles.set([...counts, kept.length], places.counts / 8 + 4 * low);
  const next = [0, counts[FIRST], counts[FIRST] + counts[BOTH]];
  kept.forEach((column, i) => {
    const row = next[types[column]]++;
    doubles[places.poles / 8 + low + i] = values[column];
    doubles[places.weights / 8 + low + i] = z[column];
    doubles[places.rowOf / 8 + low + i] = row;
    doubles[places.columnOf / 8 + low + row] = column;
  });
  deflated.forEach((column, i) => {
    const row = low + kept.length + i;
    doubles[places.columnOf / 8 + row] = column;
    doubles[places.diagonal / 8 + row] = values[column];
  });
}
