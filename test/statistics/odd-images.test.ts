import { expect, it } from "vitest";
import { findOddImages } from "../../src/statistics/odd-images.ts";
import { makeSplit } from "../scaling/support.ts";

const IMAGES = [
  [10, 10, 10, 10],
  [0, 0, 0, 8],
  [200, 250, 200, 250],
  [10, 10, 10, 10],
  [90, 91, 90, 91],
  [0, 0, 0, 8],
  [10, 10, 10, 10],
];
const split = makeSplit(Uint8Array.from(IMAGES.flat()), { height: 2, width: 2, channels: 1 });

it("odd images are the darkest, brightest and flattest, and those that occur twice", () => {
  const { darkest, brightest, flattest, duplicates } = findOddImages(split, 3);
  expect(darkest).toEqual([
    { image: 1, value: 2 },
    { image: 5, value: 2 },
    { image: 0, value: 10 },
  ]);
  expect(brightest.map(({ image, value }) => [image, value])).toEqual([
    [2, 225],
    [4, 90.5],
    [0, 10],
  ]);
  expect(flattest.map(({ image }) => image)).toEqual([0, 3, 6]);
  // The population deviation of 90, 91, 90, 91.
  expect(findOddImages(split, 4).flattest[3]).toEqual({ image: 4, value: 0.5 });
  expect(duplicates).toEqual([
    [0, 3, 6],
    [1, 5],
  ]);
});
