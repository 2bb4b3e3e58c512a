import { describe, expect, it } from "vitest";
import { zcaMatrix, zcaMatrixOfFew } from "../../../src/scaling/whitening/zca-matrix.ts";

const IMAGES = [
  [1, 4, 2, 8, 5],
  [7, 1, 3, 0, 2],
  [2, 2, 9, 4, 6],
];
const SIZE = 5;
const means = IMAGES[0].map((_, i) => IMAGES.reduce((sum, image) => sum + image[i], 0) / IMAGES.length);
const centred = Float64Array.from(IMAGES.flatMap((image) => image.map((value, i) => value - means[i])));

describe("the ZCA matrix of fewer images than values", () => {
  // NumPy 2.4: linalg.svd of the centred images; directions without variation left out; epsilon 0.1.
  it.each([
    [0, [0.07531965, -0.02720959, -0.03505337, -0.081848, -0.04811007]],
    [3, [-0.081848, 0.04958477, -0.05309594, 0.12452759, 0.03226323]],
  ])("is NumPy's, row %i", (row, expected) => {
    const matrix = zcaMatrixOfFew(centred, SIZE, IMAGES.length, 0.1, 1);
    expected.forEach((value, i) => {
      expect(matrix[row * SIZE + i]).toBeCloseTo(value, 7);
    });
  });

  it("is the one from the moments of all pairs of values", () => {
    const moments = new Float64Array(SIZE * SIZE);
    for (let i = 0; i < SIZE; i++) {
      for (let j = 0; j < SIZE; j++) {
        for (let image = 0; image < IMAGES.length; image++) {
          moments[i * SIZE + j] += centred[image * SIZE + i] * centred[image * SIZE + j];
        }
      }
    }
    const large = zcaMatrix(moments, SIZE, IMAGES.length, 0.1, 1);
    const small = zcaMatrixOfFew(centred, SIZE, IMAGES.length, 0.1, 1);
    large.forEach((value, i) => {
      expect(small[i]).toBeCloseTo(value, 7);
    });
  });

  it("is zero if all images are the same", () => {
    expect([...zcaMatrixOfFew(new Float64Array(2 * SIZE), SIZE, 2, 0.1, 1)]).toEqual(new Array(25).fill(0));
  });
});
