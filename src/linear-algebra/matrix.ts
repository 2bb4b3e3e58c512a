import type { Allotment } from "./allotment.ts";

/** A float64 matrix in the kernels' memory; the numbers of a column are adjacent. */
export interface StoredMatrix {
  /** Address of its first number. */
  readonly at: number;
  readonly rows: number;
  readonly columns: number;
  /** Bytes from a column to the next. */
  readonly stride: number;
}

/** Columns whose distance is a multiple of this many bytes push each other out of the cache. */
const CACHE_WAY = 4096;

/** Bytes from a column of so many numbers to the next: columns start at cache lines, but not all at the same place in the cache. */
export function strideOf(rows: number): number {
  const bytes = Math.ceil(rows / 8) * 64;
  return bytes % (CACHE_WAY / 4) === 0 ? bytes + 64 : bytes;
}

export function placeMatrix(places: Allotment, rows: number, columns: number): StoredMatrix {
  const stride = strideOf(rows);
  return { at: places.bytes(stride * columns), rows, columns, stride };
}

/** The part of a matrix from a row and column on. */
export function part(
  { at, stride }: StoredMatrix,
  row: number,
  column: number,
  rows: number,
  columns: number,
): StoredMatrix {
  return { at: at + column * stride + row * 8, rows, columns, stride };
}

/** One column, or its numbers from a row on. */
export function columnOf(
  doubles: Float64Array,
  { at, rows, stride }: StoredMatrix,
  column: number,
): Float64Array {
  const first = (at + column * stride) / 8;
  return doubles.subarray(first, first + rows);
}
