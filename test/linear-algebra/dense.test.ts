import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { kernelsWithMemory } from "../../src/kernels/load.ts";
import { PRODUCT_SCRATCH } from "../../src/kernels/matrix-layout.ts";
import { Allotment } from "../../src/linear-algebra/allotment.ts";
import { combineRows, rowProducts } from "../../src/linear-algebra/dense.ts";
import { columnOf, placeMatrix, type StoredMatrix } from "../../src/linear-algebra/matrix.ts";
import { multiply } from "../../src/linear-algebra/product.ts";
import { scattered } from "./support.ts";

const kernels = kernelsWithMemory(2e7, "test");
const doubles = new Float64Array(kernels.memory.buffer);

/** A matrix with scattered numbers, and what is at [row][column]. */
function filled(places: Allotment, rows: number, columns: number, seed: number) {
  const matrix = placeMatrix(places, rows, columns);
  for (let j = 0; j < columns; j++) {
    const column = columnOf(doubles, matrix, j);
    for (let i = 0; i < rows; i++) column[i] = scattered(seed + i * 131 + j);
  }
  return { matrix, at: (i: number, j: number) => columnOf(doubles, matrix, j)[i] };
}

function numbersOf(matrix: StoredMatrix): number[][] {
  return Array.from({ length: matrix.columns }, (_, j) => [...columnOf(doubles, matrix, j)]);
}

describe("the product of matrices", () => {
  it("adds the products of every number in order, so that it has the bits of three plain loops", () => {
    const sizes = fc.constantFrom(1, 2, 3, 5, 6, 7, 12, 13, 50, 191, 193, 385);
    fc.assert(
      fc.property(sizes, sizes, sizes, fc.boolean(), fc.boolean(), fc.boolean(), (m, n, k, ta, tb, add) => {
        const places = new Allotment(kernels.heapBase);
        const scratch = places.bytes(PRODUCT_SCRATCH);
        const a = ta ? filled(places, k, m, 1) : filled(places, m, k, 1);
        const b = tb ? filled(places, n, k, 2) : filled(places, k, n, 2);
        const c = filled(places, m, n, 3);
        const expected = Array.from({ length: n }, (_, j) =>
          Array.from({ length: m }, (_, i) => {
            let sum = add ? c.at(i, j) : 0;
            for (let p = 0; p < k; p++) {
              sum += (ta ? a.at(p, i) : a.at(i, p)) * -0.5 * (tb ? b.at(j, p) : b.at(p, j));
            }
            return sum;
          }),
        );
        const options = { transposeA: ta, transposeB: tb, factor: -0.5, add };
        multiply(kernels, a.matrix, b.matrix, c.matrix, scratch, options);
        expect(numbersOf(c.matrix)).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });
});

describe("the products with a vector", () => {
  it("of a symmetric matrix's block of columns count each number for its row and its column", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }), (rows, width) => {
        const columns = Math.min(rows, width);
        const places = new Allotment(kernels.heapBase);
        const a = filled(places, rows, columns, 5);
        const [x, y] = [filled(places, rows, 1, 9), filled(places, rows, 1, 11)];
        const scratch = places.bytes(64);
        const expected = Array.from({ length: rows }, (_, i) => {
          let sum = 0;
          for (let j = 0; j < columns && j <= i; j++) sum += a.at(i, j) * x.at(j, 0);
          for (let j = i + 1; i < columns && j < rows; j++) sum += a.at(j, i) * x.at(j, 0);
          return sum;
        });
        const { at, stride } = a.matrix;
        kernels.multiplySymmetric(at, stride, rows, columns, x.matrix.at, y.matrix.at, scratch);
        expected.forEach((value, i) => {
          expect(Math.abs(y.at(i, 0) - value)).toBeLessThan(1e-14);
        });
      }),
    );
  });

  it("of columns are sums over columns, and over rows", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 11 }), (rows, count) => {
        const places = new Allotment(kernels.heapBase);
        const a = filled(places, rows, count, 5);
        const weights = filled(places, 12, 1, 9);
        const [x, out] = [filled(places, rows, 1, 13), filled(places, 12, 1, 17)];
        const scratch = places.bytes(64);
        const before = numbersOf(x.matrix)[0];
        const { at, stride } = a.matrix;
        kernels.dotColumns(at, stride, rows, count, x.matrix.at, out.matrix.at, scratch);
        kernels.addColumns(at, stride, rows, count, weights.matrix.at, x.matrix.at);
        for (let j = 0; j < count; j++) {
          const dot = before.reduce((sum, value, i) => sum + value * a.at(i, j), 0);
          expect(Math.abs(out.at(j, 0) - dot)).toBeLessThan(1e-14);
        }
        before.forEach((value, i) => {
          let sum = value;
          for (let j = 0; j < count; j++) sum += a.at(i, j) * weights.at(j, 0);
          expect(Math.abs(x.at(i, 0) - sum)).toBeLessThan(1e-14);
        });
      }),
    );
  });
});

describe("rowProducts and combineRows", () => {
  const plain = (a: Float64Array, b: Float64Array, depth: number) => {
    const [rows, columns] = [a.length / depth, b.length / depth];
    return Float64Array.from({ length: rows * columns }, (_, at) => {
      let sum = 0;
      for (let k = 0; k < depth; k++) {
        sum += a[Math.floor(at / columns) * depth + k] * b[(at % columns) * depth + k];
      }
      return sum;
    });
  };
  const numbers = (count: number) => Float64Array.from({ length: count }, (_, i) => scattered(i));

  it.each([1, 2, 3])("have the bits of plain loops with %i threads", (threads) => {
    const [rows, depth] = [500, 420];
    const options = { threads, subject: "test" };
    const matrix = numbers(rows * depth);
    const expected = plain(matrix, matrix, depth);
    expect(rowProducts(matrix, rows, new Float64Array(rows * rows), options)).toEqual(expected);
    // The same product: the weights are the matrix, the rows its transpose.
    const turned = Float64Array.from({ length: rows * depth }, (_, at) => {
      return matrix[(at % rows) * depth + Math.floor(at / rows)];
    });
    expect(combineRows(matrix, turned, depth, options)).toEqual(expected);
  });
});
