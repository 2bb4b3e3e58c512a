import { addCovarianceProduct } from "./covariance-program.ts";
import { denseGram, denseProduct } from "./dense-programs.ts";
import { divideAndConquer } from "./divide-and-conquer.ts";
import { eigenPlaces } from "./eigen-places.ts";
import { columnOf } from "./matrix.ts";
import { addBytes, addDoubles, moveByteSums } from "./moment-programs.ts";
import { multiplyToLower } from "./product.ts";
import { applyReflectors } from "./reflectors.ts";
import type { Team } from "./team.ts";
import { tridiagonalize } from "./tridiagonal.ts";

/** What all threads of a crew run, each with the same numbers. */
type Program = (team: Team, values: readonly number[]) => void;

/** The programs, by name. */
export const PROGRAMS = {
  /**
   * Eigenvalues and eigenvectors of the matrix at `base`, whose numbers are at most about 1. Numbers: size, base.
   */
  eigen(team, [size, base]) {
    const places = eigenPlaces(size, team.threads, base);
    tridiagonalize(team, places);
    divideAndConquer(team, places);
    applyReflectors(team, places);
    sortVectors(team, places);
  },
  /** U·diag(f)·Uᵀ, its lower triangle, with the factors f in `diagonal`. Numbers: size, base. */
  rebuild(team, [size, base]) {
    const { doubles } = team;
    const places = eigenPlaces(size, team.threads, base);
    const { vectors, work, other, matrix, diagonal } = places;
    const factors = doubles.subarray(diagonal / 8, diagonal / 8 + size);
    const kept = [...factors.keys()].filter((k) => factors[k] !== 0);
    team.share(kept.length, (i) => {
      const from = columnOf(doubles, work, kept[i]);
      columnOf(doubles, vectors, i).set(from);
      const to = columnOf(doubles, other, i);
      for (let row = 0; row < size; row++) to[row] = from[row] * factors[kept[i]];
    });
    const columns = kept.length;
    const scratch = places.threads[team.thread].product;
    multiplyToLower(team, { ...other, columns }, { ...vectors, columns }, matrix, scratch, {
      transposeB: true,
    });
  },
  addBytes,
  moveByteSums,
  addDoubles,
  denseProduct,
  denseGram,
  addCovarianceProduct,
} satisfies Record<string, Program>;

export type ProgramName = keyof typeof PROGRAMS;

const NAMES = Object.keys(PROGRAMS) as ProgramName[];

/** A program's number. */
export function programIndex(name: ProgramName): number {
  return NAMES.indexOf(name);
}

/** The program of a number; undefined if there is none. */
export function programOf(index: number): ProgramName | undefined {
  return NAMES[index];
}

/** Copies the vectors to `work`, and sorts the values. */
function sortVectors(
  team: Team,
  { size, vectors, work, values, order }: ReturnType<typeof eigenPlaces>,
): void {
  const { doubles } = team;
  const columns = doubles.slice(order / 8, order / 8 + size);
  team.share(size, (i) => columnOf(doubles, work, i).set(columnOf(doubles, vectors, columns[i])));
  team.alone(() => {
    const sorted = columns.map((column) => doubles[values / 8 + column]);
    doubles.set(sorted, values / 8);
  });
}
