import { type EigenPlaces, REFLECTORS, STRIPE } from "./eigen-places.ts";
import { part, type StoredMatrix } from "./matrix.ts";
import { multiply } from "./product.ts";
import type { Team } from "./team.ts";

/**
 * Multiplies `vectors` by the Q of `tridiagonalize`, REFLECTORS at a time: H₁·H₂·…·H_b = I − V·T·Vᵀ with an upper triangular T (compact
 * WY form, Schreiber and Van Loan 1989; LAPACK's dlarft and dlarfb).
 */
export function applyReflectors(team: Team, places: EigenPlaces): void {
  const { size, vectors } = places;
  const blocks = Math.ceil(Math.max(0, size - 1) / REFLECTORS);
  team.share(blocks, (block) => makeTriangle(team, places, block));
  team.share(Math.ceil(size / STRIPE), (index) => {
    const column = index * STRIPE;
    const columns = Math.min(STRIPE, size - column);
    for (let block = blocks - 1; block >= 0; block--) {
      applyBlock(team, places, block, part(vectors, 0, column, size, columns));
    }
  });
}

/** The reflectors of a block, from the first row that is not 0 on. */
function reflectorsOf({ size, matrix }: EigenPlaces, block: number): StoredMatrix & { first: number } {
  const first = block * REFLECTORS;
  const count = Math.min(REFLECTORS, size - 1 - first);
  return { ...part(matrix, first + 1, first, size - first - 1, count), first };
}

function triangleOf({ triangles }: EigenPlaces, { first, columns }: { first: number; columns: number }) {
  return part(triangles, 0, first, columns, columns);
}

/** T's column j is −τ_j · T · Vᵀv_j above the diagonal, and τ_j on it. */
function makeTriangle({ doubles, kernels, thread }: Team, places: EigenPlaces, block: number): void {
  const reflectors = reflectorsOf(places, block);
  const count = reflectors.columns;
  const triangle = triangleOf(places, reflectors);
  const { product, stripe } = places.threads[thread];
  const products = { ...stripe, rows: count, columns: count };
  multiply(kernels, reflectors, reflectors, products, product, { transposeA: true });
  const taus = places.tau / 8 + reflectors.first;
  const [t, g] = [triangle, products].map(({ at, stride }) => ({ at: at / 8, stride: stride / 8 }));
  for (let j = 0; j < count; j++) {
    const tau = doubles[taus + j];
    for (let i = 0; i < count; i++) {
      let sum = 0;
      for (let k = i; k < j; k++) sum += doubles[t.at + i + k * t.stride] * doubles[g.at + k + j * g.stride];
      doubles[t.at + i + j * t.stride] = i < j ? -tau * sum : i === j ? tau : 0;
    }
  }
}

function applyBlock({ kernels, thread }: Team, places: EigenPlaces, block: number, to: StoredMatrix): void {
  const reflectors = reflectorsOf(places, block);
  const { product, ...own } = places.threads[thread];
  const rows = part(to, reflectors.first + 1, 0, reflectors.rows, to.columns);
  const stripe = { ...own.stripe, rows: reflectors.columns, columns: to.columns };
  const after = { ...own.stripeAfter, rows: reflectors.columns, columns: to.columns };
  multiply(kernels, reflectors, rows, stripe, product, { transposeA: true });
  multiply(kernels, triangleOf(places, reflectors), stripe, after, product);
  multiply(kernels, reflectors, after, rows, product, { factor: -1, add: true });
}
