import { PRODUCT_SCRATCH } from "../kernels/matrix-layout.ts";
import { Allotment } from "./allotment.ts";
import { placeMatrix, type StoredMatrix } from "./matrix.ts";

/** Columns that are reduced before the rest of the matrix is updated. */
export const PANEL = 32;
/** Rows of a vector that one thread works on at a time. */
export const ROW_BLOCK = 256;
/** Columns of the matrix that one thread multiplies by a vector at a time. */
export const COLUMN_BLOCK = 128;
/** Reflectors that are applied together. */
export const REFLECTORS = 96;
/** Columns of the eigenvector matrix that one thread applies reflectors to at a time. */
export const STRIPE = 96;

/** Memory of a single thread; vectors have one number for each row. */
export interface ThreadPlaces {
  readonly product: number;
  readonly vector: number;
  readonly small: number;
  readonly stripe: StoredMatrix;
  readonly stripeAfter: StoredMatrix;
}

/** Where the arrays of an eigenvalue problem lie; each thread works this out for itself. */
export interface EigenPlaces {
  readonly size: number;
  /** The given matrix; later the reflectors, one for each column; last a function of the matrix. */
  readonly matrix: StoredMatrix;
  /** Eigenvectors. */
  readonly vectors: StoredMatrix;
  /** What merges read; last the eigenvectors in ascending order of their values. */
  readonly work: StoredMatrix;
  /** Eigenvectors of rank-one updates; last the eigenvectors times factors. */
  readonly other: StoredMatrix;
  /** The tridiagonal matrix; later the eigenvalues that a merge leaves. */
  readonly diagonal: number;
  readonly beside: number;
  /** Factors of the reflectors. */
  readonly tau: number;
  /** Eigenvalues, in the end ascending. */
  readonly values: number;
  /** For each half of a merge its columns in ascending order of their values. */
  readonly order: number;
  /** The secular equations' poles and weights, and the weights that fit their computed roots exactly. */
  readonly poles: number;
  readonly weights: number;
  readonly fitted: number;
  /** For each pole the row of its component, and for each row the column that it stands for. */
  readonly rowOf: number;
  readonly columnOf: number;
  /** For each merge, at its first row: how many columns only the first half fills, both halves, the second; and their sum. */
  readonly counts: number;
  /** The panel's reflectors V and their products W side by side, and the other way round. */
  readonly panel: StoredMatrix;
  readonly panelTurned: StoredMatrix;
  /** Numbers of W that are not finished, each in the row of its column. */
  readonly product: number;
  /** A product with a vector, cut by columns of the matrix. */
  readonly parts: StoredMatrix;
  /** Sums over blocks of rows. */
  readonly sums: StoredMatrix;
  /** Triangular factors of blocks of reflectors, side by side. */
  readonly triangles: StoredMatrix;
  readonly threads: readonly ThreadPlaces[];
  /** The first free address. */
  readonly end: number;
}

/** @param base the first free address; the matrix lies there */
export function eigenPlaces(size: number, threads: number, base: number): EigenPlaces {
  const places = new Allotment(base);
  const square = () => placeMatrix(places, size, size);
  const vector = () => places.doubles(size);
  const matrix = square();
  const arrays = {
    size,
    matrix,
    vectors: square(),
    work: square(),
    other: square(),
    diagonal: vector(),
    beside: vector(),
    tau: vector(),
    values: vector(),
    order: vector(),
    poles: vector(),
    weights: vector(),
    fitted: vector(),
    rowOf: vector(),
    columnOf: vector(),
    counts: places.doubles(4 * size),
    panel: placeMatrix(places, size, 2 * PANEL),
    panelTurned: placeMatrix(places, size, 2 * PANEL),
    product: vector(),
    parts: placeMatrix(places, size, Math.ceil(size / COLUMN_BLOCK)),
    sums: placeMatrix(places, 2 * PANEL + 2, Math.ceil(size / ROW_BLOCK)),
    triangles: placeMatrix(places, REFLECTORS, size + REFLECTORS),
    threads: Array.from({ length: threads }, () => ({
      product: places.bytes(PRODUCT_SCRATCH),
      vector: vector(),
      small: places.doubles(4 * REFLECTORS),
      stripe: placeMatrix(places, REFLECTORS, STRIPE),
      stripeAfter: placeMatrix(places, REFLECTORS, STRIPE),
    })),
  };
  return { ...arrays, end: places.end };
}
