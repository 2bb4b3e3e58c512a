import { describe, expect, it } from "vitest";
import { drawImages, drawIndexes } from "../../src/data/draw-images.ts";
import { makeSplit } from "../scaling/support.ts";

/** Labels sorted by class, as folders of images are: so many of each. */
const sorted = (...counts: number[]) =>
  Uint8Array.from(counts.flatMap((count, label) => new Array<number>(count).fill(label)));

const countsOf = (labels: Uint8Array, indexes: Uint32Array) =>
  [0, 1, 2, 3].map((label) => [...indexes].filter((index) => labels[index] === label).length);

describe("images drawn from a sorted split", () => {
  it.each([
    // Quotas 40, 20, 10; 6.857, 3.429, 1.714; 0.571, 0.286, 0.143: largest remainders by hand.
    { counts: [80, 40, 20], draw: 70, shares: [40, 20, 10, 0] },
    { counts: [80, 40, 20], draw: 12, shares: [7, 3, 2, 0] },
    { counts: [80, 40, 20], draw: 1, shares: [1, 0, 0, 0] },
    { counts: [10, 10, 10, 10], draw: 6, shares: [2, 2, 1, 1] },
  ])("have $shares of $counts when there are $draw", ({ counts, draw, shares }) => {
    const labels = sorted(...counts);
    const indexes = drawIndexes(labels, draw);
    expect(countsOf(labels, indexes)).toEqual(shares);
    expect(new Set(indexes).size).toBe(draw);
    expect([...indexes].every((index, i) => i === 0 || index > indexes[i - 1])).toBe(true);
  });

  it("come from the whole of each class, not from its beginning", () => {
    const labels = sorted(1000, 1000);
    const indexes = drawIndexes(labels, 200);
    for (const quarter of [0, 1, 2, 3, 4, 5, 6, 7]) {
      const within = [...indexes].filter((index) => Math.floor(index / 250) === quarter).length;
      // Hypergeometric: 25 expected, deviation 4.1.
      expect(Math.abs(within - 25)).toBeLessThan(15);
    }
  });

  it("are always the same, and are all if there are not more", () => {
    const labels = sorted(30, 50);
    expect(drawIndexes(labels, 20)).toEqual(drawIndexes(labels, 20));
    const all = Uint32Array.from({ length: 80 }, (_, i) => i);
    for (const count of [undefined, 80, 1e9]) expect(drawIndexes(labels, count)).toEqual(all);
  });

  it("keep their pixels and labels", () => {
    const split = makeSplit(
      Uint8Array.from({ length: 40 }, (_, i) => i),
      { height: 1, width: 2, channels: 1 },
    );
    const drawn = drawImages(split, 7);
    expect(drawn.count).toBe(7);
    drawn.labels.forEach((label, i) => {
      const image = drawn.pixels[2 * i] / 2;
      expect([drawn.pixels[2 * i + 1], label]).toEqual([2 * image + 1, image % 10]);
    });
  });
});
