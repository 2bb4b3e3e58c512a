import { describe, expect, it } from "vitest";
import { binomialTail, clopperPearson, mcNemarTest } from "../../../src/experiment/inference/proportion.ts";
import { describeSample, meanInterval } from "../../../src/experiment/inference/sample.ts";

/** Figures from SciPy 1.17 (`scipy.stats`: t, beta, binom, binomtest). */
const A = [0.9908, 0.9904, 0.9913, 0.9899, 0.9911];

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

describe("a proportion", () => {
  it.each([
    [2, 5, 0.05274495, 0.8533672],
    [0, 5, 0, 0.52182375],
    [5, 5, 0.47817625, 1],
    [3, 10, 0.06673951, 0.65245285],
  ])("of %i in %i has Clopper and Pearson's interval", (count, trials, low, high) => {
    const interval = clopperPearson(count, trials);
    expect(interval[0]).toBeCloseTo(low, 7);
    expect(interval[1]).toBeCloseTo(high, 7);
  });

  it.each([
    [1200, 10_000, 0.1135, 0.021638764806],
    [1240, 10_000, 0.1135, 0.000564949242],
    [0, 10, 0.5, 1],
    [10, 10, 0.5, 0.0009765625],
  ])("of at least %i in %i has the binomial tail", (count, trials, probability, tail) => {
    expect(binomialTail(count, trials, probability)).toBeCloseTo(tail, 9);
  });
});

describe("McNemar's test", () => {
  it.each([
    [3, 17, 0.0025768280029296875],
    [40, 60, 0.05688793364098089],
    [0, 5, 0.0625],
    [1, 0, 1],
    [70, 60, 0.4300208839753418],
    [0, 0, 1],
  ])("has the p-value of SciPy's binomtest for %i and %i", (onlyA, onlyB, p) => {
    expect(mcNemarTest(onlyA, onlyB)).toBeCloseTo(p, 8);
    expect(mcNemarTest(onlyB, onlyA)).toBeCloseTo(p, 8);
  });
});
