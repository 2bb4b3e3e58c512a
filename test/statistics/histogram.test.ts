import { expect, it } from "vitest";
import { HistogramCounter } from "../../src/statistics/histogram.ts";

it("a histogram counts what NumPy's counts", () => {
  // numpy.histogram(values, bins=4, range=(0, 8)), NumPy 2.4; values outside the range and NaN are left out.
  const values = [0, 1, 2, 2.5, 3, 7, 7.99, 8, -1, 9, Number.NaN, 4];
  const counter = new HistogramCounter(1, 0, 8, 4);
  counter.add(values.slice(0, 5));
  counter.add(values.slice(5));
  expect([...counter.histogram().counts[0]]).toEqual([2, 3, 1, 3]);
});

it("a histogram keeps channels apart", () => {
  const counter = new HistogramCounter(3, 0, 256, 64);
  counter.add(Uint8Array.of(0, 128, 255, 3, 128, 4));
  const { counts } = counter.histogram();
  expect(counts.map((channel) => [...channel.entries()].filter(([, count]) => count > 0))).toEqual([
    [[0, 2]],
    [[32, 2]],
    [
      [1, 1],
      [63, 1],
    ],
  ]);
});

it("a histogram of one value has one bin of width above 0", () => {
  const counter = new HistogramCounter(1, 5, 5, 2);
  counter.add([5, 5]);
  expect(counter.histogram()).toMatchObject({ low: 5, high: 6 });
  expect([...counter.histogram().counts[0]]).toEqual([2, 0]);
});
