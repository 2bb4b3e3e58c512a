import type { Kernels } from "../kernels/load.ts";
import { part, type StoredMatrix } from "./matrix.ts";
import type { Team } from "./team.ts";

/** Rows and columns of a part of a product that one thread computes. */
export const TILE = 192;

/** Which factors are read with rows and columns exchanged. */
export interface ProductOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  /** The product is multiplied by this; 1 if missing. */
  readonly factor?: number;
  /** Whether it is added to c instead of replacing it. */
  readonly add?: boolean;
}

/** c = a · b in this thread. @param scratch of PRODUCT_SCRATCH bytes */
export function multiply(
  { multiplyMatrices }: Pick<Kernels, "multiplyMatrices">,
  a: StoredMatrix,
  b: StoredMatrix,
  c: StoredMatrix,
  scratch: number,
  { transposeA = false, transposeB = false, factor = 1, add = false }: ProductOptions = {},
): void {
  const [aRow, aColumn] = transposeA ? [a.stride, 8] : [8, a.stride];
  const [bRow, bColumn] = transposeB ? [b.stride, 8] : [8, b.stride];
  const depth = transposeA ? a.rows : a.columns;
  multiplyMatrices(
    a.at,
    aRow,
    aColumn,
    b.at,
    bRow,
    bColumn,
    c.at,
    c.stride,
    c.rows,
    c.columns,
    depth,
    factor,
    add,
    scratch,
  );
}

/** A rectangle of a matrix. */
export interface Tile {
  readonly row: number;
  readonly column: number;
  readonly rows: number;
  readonly columns: number;
}

/** Cuts a matrix into tiles. */
export function tilesOf(rows: number, columns: number, size = TILE): Tile[] {
  const tiles: Tile[] = [];
  for (let column = 0; column < columns; column += size) {
    for (let row = 0; row < rows; row += size) {
      tiles.push({
        row,
        column,
        rows: Math.min(size, rows - row),
        columns: Math.min(size, columns - column),
      });
    }
  }
  return tiles;
}

/** The tiles that hold a number on or below the diagonal of a square matrix. */
export function lowerTiles(size: number): Tile[] {
  return tilesOf(size, size).filter(({ row, column }) => row >= column);
}

/**
 * c = a · b by all threads.
 *
 * @param scratch of this thread, PRODUCT_SCRATCH bytes
 */
export function multiplyTogether(
  team: Team,
  a: StoredMatrix,
  b: StoredMatrix,
  c: StoredMatrix,
  scratch: number,
  options: ProductOptions = {},
): void {
  shareTiles(team, tilesOf(c.rows, c.columns), a, b, c, scratch, options);
}

/** The lower triangle of c, for a product that is symmetric. */
export function multiplyToLower(
  team: Team,
  a: StoredMatrix,
  b: StoredMatrix,
  c: StoredMatrix,
  scratch: number,
  options: ProductOptions = {},
): void {
  shareTiles(team, lowerTiles(c.rows), a, b, c, scratch, options);
}

function shareTiles(
  team: Team,
  tiles: readonly Tile[],
  a: StoredMatrix,
  b: StoredMatrix,
  c: StoredMatrix,
  scratch: number,
  options: ProductOptions,
): void {
  const { transposeA = false, transposeB = false } = options;
  team.share(tiles.length, (index) => {
    const { row, column, rows, columns } = tiles[index];
    const partA = transposeA ? part(a, 0, row, a.rows, rows) : part(a, row, 0, rows, a.columns);
    const partB = transposeB ? part(b, column, 0, columns, b.columns) : part(b, 0, column, b.rows, columns);
    multiply(team.kernels, partA, partB, part(c, row, column, rows, columns), scratch, options);
  });
}
