import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  describeSample,
  holm,
  mcNemarTest,
  meanInterval,
  pairedTTest,
} from "../../src/experiment/inference.ts";

/** Figures from SciPy 1.17 (`scipy.stats`: t, ttest_rel, binomtest) and R 4.2 (`p.adjust`). */
const A = [0.9908, 0.9904, 0.9913, 0.9899, 0.9911];
const B = [0.9847, 0.9857, 0.982, 0.9861, 0.9838];
const C = [0.9895, 0.9891, 0.9898, 0.9902, 0.9899];
/** So fine that the floor of the standard deviation does not matter. */
const FINE = 1e-9;

describe("a sample", () => {
  it("has the mean, sample deviation and interval that SciPy gives", () => {
    const five = describeSample(A);
    expect(five.mean).toBeCloseTo(0.9907, 12);
    expect(five.std).toBeCloseTo(0.0005612486080160839, 12);
    expect(meanInterval(five)?.[0]).toBeCloseTo(0.9900031178093844, 9);
    expect(meanInterval(five)?.[1]).toBeCloseTo(0.9913968821906156, 9);
    expect(meanInterval(describeSample(A.slice(0, 2)))?.[0]).toBeCloseTo(0.9880587590527645, 9);
  });

  it("of one value has neither deviation nor interval", () => {
    expect(describeSample([0.5])).toEqual({ n: 1, mean: 0.5, std: undefined });
    expect(meanInterval(describeSample([0.5]))).toBeUndefined();
  });
});

describe("the paired t-test", () => {
  it.each([
    [B, A, 0.0030073531194556354, -0.00624, -0.008934153375871817, -0.003545846624128141],
    [C, A, 0.03829321427538598, -0.001, -0.0019124329682749207, -0.00008756703172503697],
    [B.slice(0, 2), A.slice(0, 2), 0.08206714612519642, -0.0054, -0.014294343315322677, 0.003494343315322756],
  ])("agrees with SciPy's ttest_rel, case %#", (a, b, p, difference, low, high) => {
    const test = pairedTTest(a, b, FINE);
    expect(test.p).toBeCloseTo(p, 8);
    expect(test.difference).toBeCloseTo(difference, 12);
    expect(test.interval?.[0]).toBeCloseTo(low, 9);
    expect(test.interval?.[1]).toBeCloseTo(high, 9);
  });

  it("finds no difference between equal samples", () => {
    const { difference, p } = pairedTTest(A, A, 1e-4);
    expect(difference).toBe(0);
    expect(p).toBeCloseTo(1, 12);
  });

  it("is not certain after two equal differences of one image", () => {
    // Without the floor t would be infinite.
    expect(pairedTTest([0.51, 0.53], [0.5, 0.52], 0.01).p).toBeGreaterThan(0.1);
  });
});

describe("McNemar's test", () => {
  it.each([
    [3, 17, 0.0025768280029296875],
    [40, 60, 0.05688793364098089],
    [0, 5, 0.0625],
    [1, 0, 1],
    [70, 60, 0.4300208839753418],
  ])("has the p-value of SciPy's binomtest for %i and %i", (onlyA, onlyB, p) => {
    expect(mcNemarTest(onlyA, onlyB, 1000).p).toBeCloseTo(p, 8);
    expect(mcNemarTest(onlyB, onlyA, 1000).p).toBeCloseTo(p, 8);
  });

  it("finds no difference between equal predictions", () => {
    expect(mcNemarTest(0, 0, 500)).toEqual({ difference: 0, interval: [0, 0], p: 1 });
  });

  it("reports by how much the first is better", () => {
    const { difference, interval } = mcNemarTest(10, 30, 1000);
    expect(difference).toBeCloseTo(0.02, 12);
    // 0.02 ± 1.96 · √(40 − 20²/1000) / 1000
    expect(interval?.[0]).toBeCloseTo(0.02 - 0.0123338, 6);
  });
});

describe("Holm's correction", () => {
  it("gives what R's p.adjust gives", () => {
    const adjusted = holm([0.01, 0.04, 0.03, 0.005]);
    for (const [i, p] of [0.03, 0.06, 0.06, 0.02].entries()) expect(adjusted[i]).toBeCloseTo(p, 12);
    expect(holm([0.6, 0.9])).toEqual([1, 1]);
    expect(holm([])).toEqual([]);
  });

  it("never lowers a p-value, never raises it above Bonferroni's, and keeps the order", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 8 }),
        (p) => {
          const adjusted = holm(p);
          for (const [i, value] of p.entries()) {
            expect(adjusted[i]).toBeGreaterThanOrEqual(value);
            expect(adjusted[i]).toBeLessThanOrEqual(Math.min(1, value * p.length));
            for (const [j, other] of p.entries()) {
              if (value < other) expect(adjusted[i] <= adjusted[j]).toBe(true);
            }
          }
        },
      ),
    );
  });
});
