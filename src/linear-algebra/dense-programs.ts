import { PRODUCT_SCRATCH } from "../kernels/matrix-layout.ts";
import { Allotment } from "./allotment.ts";
import { placeMatrix, type StoredMatrix } from "./matrix.ts";
import { multiplyTogether, multiplyToLower } from "./product.ts";
import type { Team } from "./team.ts";

/** Where the factors and the product of matrices lie; each thread works this out for itself. */
export interface DensePlaces {
  readonly a: StoredMatrix;
  readonly b: StoredMatrix;
  readonly c: StoredMatrix;
  readonly scratch: readonly number[];
  /** The first free address. */
  readonly end: number;
}

/** For a product c [rows][columns] = a [rows][depth] · b [depth][columns]. */
export function densePlaces(
  rows: number,
  columns: number,
  depth: number,
  threads: number,
  base: number,
): DensePlaces {
  const places = new Allotment(base);
  return {
    a: placeMatrix(places, rows, depth),
    b: placeMatrix(places, depth, columns),
    c: placeMatrix(places, rows, columns),
    scratch: Array.from({ length: threads }, () => places.bytes(PRODUCT_SCRATCH)),
    end: places.end,
  };
}

/** c = a · b. Numbers: rows, columns, depth, base. */
export function denseProduct(team: Team, [rows, columns, depth, base]: readonly number[]): void {
  const { a, b, c, scratch } = densePlaces(rows, columns, depth, team.threads, base);
  multiplyTogether(team, a, b, c, scratch[team.thread]);
}

/** The lower triangle of c = a · aᵀ. Numbers: rows, depth, base. */
export function denseGram(team: Team, [rows, depth, base]: readonly number[]): void {
  const { a, c, scratch } = densePlaces(rows, rows, depth, team.threads, base);
  multiplyToLower(team, a, a, c, scratch[team.thread], { transposeB: true });
}
