import { PRODUCT_SCRATCH } from "../kernels/matrix-layout.ts";
import { Allotment } from "./allotment.ts";
import { placeMatrix, type StoredMatrix } from "./matrix.ts";
import { multiplyTogether } from "./product.ts";
import type { Team } from "./team.ts";

/** Images multiplied at a time. */
export const COVARIANCE_BLOCK = 192;

/** Where the arrays lie; each thread works this out for itself. */
export interface CovariancePlaces {
  /** The given vectors as columns, and the sums of the products. */
  readonly vectors: StoredMatrix;
  readonly sums: StoredMatrix;
  /** A block of images as columns, and their products with the vectors. */
  readonly images: StoredMatrix;
  readonly dots: StoredMatrix;
  readonly scratch: readonly number[];
  readonly end: number;
}

export function covariancePlaces(
  width: number,
  count: number,
  threads: number,
  base: number,
): CovariancePlaces {
  const places = new Allotment(base);
  return {
    vectors: placeMatrix(places, width, count),
    sums: placeMatrix(places, width, count),
    images: placeMatrix(places, width, COVARIANCE_BLOCK),
    dots: placeMatrix(places, count, COVARIANCE_BLOCK),
    scratch: Array.from({ length: threads }, () => places.bytes(PRODUCT_SCRATCH)),
    end: places.end,
  };
}

/** sums += X·(Xᵀ·vectors) for a block X of images. Numbers: width, vectors, base, images. */
export function addCovarianceProduct(team: Team, [width, count, base, images]: readonly number[]): void {
  const places = covariancePlaces(width, count, team.threads, base);
  const block = { ...places.images, columns: images };
  const dots = { ...places.dots, columns: images };
  const scratch = places.scratch[team.thread];
  multiplyTogether(team, places.vectors, block, dots, scratch, { transposeA: true });
  multiplyTogether(team, block, dots, places.sums, scratch, { transposeB: true, add: true });
}
