import { readFileSync } from "node:fs";
import fc from "fast-check";
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { Decomposition } from "../../src/linear-algebra/decomposition.ts";
import { errorsOf, integerMatrix, normOf, scattered, solve, symmetric } from "./support.ts";

/** NumPy's eigenvalues; the file names its version. */
const { eigenvalues } = JSON.parse(
  readFileSync(new URL("../../fixtures/eigen.json", import.meta.url), "utf8"),
) as { eigenvalues: Record<string, number[]> };

const zero = () => 0;
const diagonal = (number: (i: number) => number) => (i: number, j: number) => (i === j ? number(i) : 0);
const laplacian = (i: number, j: number) => (i === j ? 2 : j === i + 1 ? -1 : 0);
const wilkinson = (i: number, j: number) => (i === j ? Math.abs(i - 10) : j === i + 1 ? 1 : 0);
const lowRank = (i: number, j: number) => {
  let sum = 0;
  for (let k = 0; k < 5; k++) sum += scattered(7 * i + k) * scattered(7 * j + k);
  return sum;
};

/** Matrices of every kind that a solver may trip over, around the sizes where its parts begin. */
const MATRICES: [string, number, (i: number, j: number) => number][] = [
  ["one number", 1, () => -3],
  ["two rows", 2, (i, j) => (i === j ? 1 : 2)],
  ["two rows, diagonal", 2, diagonal((i) => 5 - i)],
  ["zero", 70, zero],
  ["identity", 70, diagonal(() => 1)],
  ["diagonal, out of order", 70, diagonal((i) => (i * 37) % 70)],
  ["all ones", 100, () => 1],
  ["1D Laplacian", 300, laplacian],
  ["Wilkinson's W21+", 21, wilkinson],
  [
    "W21+ glued to itself",
    105,
    (i, j) =>
      Math.floor(i / 21) === Math.floor(j / 21) ? wilkinson(i % 21, j % 21) : j === i + 1 ? 1e-8 : 0,
  ],
  ["of rank 5", 200, lowRank],
  ["clustered", 150, (i, j) => (i === j ? 1 : 0) + 1e-10 * scattered(i * 1000 + j)],
  ["repeated and scattered", 129, (i, j) => diagonal((k) => k % 3)(i, j) + 1e-3 * lowRank(i, j)],
  ["graded", 90, (i, j) => scattered(i * 90 + j) * 10 ** (-(i + j) / 9)],
  ["huge", 65, (i, j) => 1e300 * scattered(i * 65 + j)],
  ["tiny", 65, (i, j) => 1e-300 * scattered(i * 65 + j)],
  ["with a subnormal number", 4, (i, j) => [1, 1, -1e-323, -1, 0, 1, 0, 0, 0, 0, 0, 0][4 * i + j] ?? 0],
  ["scattered, 33", 33, (i, j) => scattered(i * 33 + j)],
  ["scattered, 257", 257, (i, j) => scattered(i * 257 + j)],
  ["scattered, 321", 321, (i, j) => scattered(i * 321 + j)],
];

describe("the eigenvectors of a symmetric matrix", () => {
  it.each(MATRICES)("%s: satisfy A·V = V·Λ and VᵀV = I to rounding", (_, size, number) => {
    const matrix = symmetric(size, number);
    const solved = solve(matrix, size);
    const { residual, orthogonality } = errorsOf(matrix, solved);
    // Backward stability: a small multiple of n·2⁻⁵²; the smallest sizes need room for single roundings.
    expect(residual).toBeLessThanOrEqual(Math.max(2, size) * Number.EPSILON * normOf(matrix));
    expect(orthogonality).toBeLessThanOrEqual(Math.max(4, size) * Number.EPSILON);
    expect([...solved.values]).toEqual([...solved.values].sort((a, b) => a - b));
  });
});

describe("the eigenvalues", () => {
  it.each([10, 100, 300])("of the 1D Laplacian of %i points are 2 − 2cos(kπ/(n+1))", (size) => {
    const { values } = solve(symmetric(size, laplacian), size);
    values.forEach((value, k) => {
      expect(Math.abs(value - (2 - 2 * Math.cos(((k + 1) * Math.PI) / (size + 1))))).toBeLessThan(1e-14);
    });
  });

  it("of Wilkinson's W21+ are the known ones: the largest two agree in 14 digits", () => {
    const { values } = solve(symmetric(21, wilkinson), 21);
    // Wilkinson, The Algebraic Eigenvalue Problem (1965), p. 309.
    expect(Math.abs(values[20] - 10.746194182903393)).toBeLessThan(1e-14);
    expect(Math.abs(values[19] - 10.746194182903322)).toBeLessThan(1e-14);
    expect(Math.abs(values[0] - -1.1254415221199838)).toBeLessThan(1e-14);
  });

  it.each(Object.entries(eigenvalues))("of an integer matrix of size %s are NumPy's", (text, expected) => {
    const size = Number(text);
    const matrix = integerMatrix(size);
    const { values } = solve(matrix, size);
    values.forEach((value, k) => {
      expect(Math.abs(value - expected[k])).toBeLessThan(size * Number.EPSILON * normOf(matrix));
    });
  });

  it("are those of ml-matrix, for any small matrix", () => {
    // ml-matrix 6.15 fails on subnormal numbers beside ordinary ones.
    const number = fc.oneof(
      fc.integer({ min: -3, max: 3 }),
      fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((x) => (Math.abs(x) < 1e-3 ? 0 : x)),
    );
    const matrices = fc
      .integer({ min: 1, max: 12 })
      .chain((size) =>
        fc
          .array(number, { minLength: size * size, maxLength: size * size })
          .map((numbers) => ({ size, matrix: symmetric(size, (i, j) => numbers[i * size + j]) })),
      );
    fc.assert(
      fc.property(matrices, ({ size, matrix }) => {
        const plain = new EigenvalueDecomposition(Matrix.from1DArray(size, size, matrix), {
          assumeSymmetric: true,
        });
        const expected = plain.realEigenvalues.sort((a, b) => a - b);
        const bound = 10 * size * Number.EPSILON * normOf(matrix);
        const solved = solve(matrix, size);
        solved.values.forEach((value, k) => {
          expect(Math.abs(value - expected[k])).toBeLessThanOrEqual(bound);
        });
        expect(errorsOf(matrix, solved).residual).toBeLessThanOrEqual(bound);
      }),
      { numRuns: 60 },
    );
  });
});

describe("a decomposition", () => {
  it("has the same bits with 1, 2 and 3 threads", () => {
    const size = 460;
    const matrix = symmetric(size, (i, j) => scattered(i * size + j) + (i === j ? i % 7 : 0));
    const [one, ...others] = [1, 2, 3].map((threads) => {
      const decomposition = new Decomposition(matrix, size, threads, "test");
      const { values } = decomposition;
      const vectors = Array.from({ length: size }, (_, k) => decomposition.vector(k).slice());
      const rebuilt = decomposition.rebuild(
        values.map((value) => (value > 0 ? Math.sqrt(value) : 0)),
        new Float64Array(size * size),
      );
      decomposition.close();
      return { values, vectors, rebuilt };
    });
    expect(others).toEqual([one, one]);
  });

  it("rebuilds the matrix, and functions of it, from factors", () => {
    const size = 70;
    const matrix = integerMatrix(size);
    const decomposition = new Decomposition(matrix, size, 1, "test");
    const { values } = decomposition;
    const same = decomposition.rebuild(values, new Float64Array(size * size));
    const square = decomposition.rebuild(
      values.map((value) => value * value),
      new Float64Array(size * size),
    );
    decomposition.close();
    const bound = size * Number.EPSILON * normOf(matrix);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        expect(Math.abs(same[i * size + j] - matrix[i * size + j])).toBeLessThan(bound);
        let product = 0;
        for (let k = 0; k < size; k++) product += matrix[i * size + k] * matrix[k * size + j];
        expect(Math.abs(square[i * size + j] - product)).toBeLessThan(bound * normOf(matrix));
      }
    }
  });

  it("of numbers that are not finite is refused", () => {
    expect(() =>
      solve(
        symmetric(40, () => Number.NaN),
        40,
      ),
    ).toThrow(/not finite/);
  });
});
