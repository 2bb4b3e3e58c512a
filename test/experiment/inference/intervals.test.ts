import { describe, expect, it } from "vitest";
import {
  anytimeHalfWidth,
  anytimeT,
  degreesOfFreedom,
  fixedHalfWidth,
} from "../../../src/experiment/inference/half-width.ts";
import { type InferenceRule, pairIntervals } from "../../../src/experiment/inference/pair-intervals.ts";
import { type PairedEstimate, PairedRuns } from "../../../src/experiment/inference/paired-runs.ts";
import { seedEstimates } from "../../../src/experiment/inference/seed-estimates.ts";
import { isSurelyWorse, pairVerdict, verdictText } from "../../../src/experiment/inference/verdict.ts";
import { RandomStream } from "../../../src/random.ts";

/** Figures computed with SciPy 1.17 (`scipy.stats.t`, `norm`). */
const rule = (changes: Partial<InferenceRule> = {}): InferenceRule => ({
  method: "fixed",
  pairs: 1,
  margin: 0.002,
  population: "seeds-and-images",
  ...changes,
});

/** Paired runs whose differences per seed and image are these rows. */
function estimatesOf(rows: readonly (readonly number[])[]): PairedEstimate[] {
  const pair = new PairedRuns(rows[0].length);
  const where = (row: readonly number[], value: number) =>
    row.flatMap((each, image) => (each === value ? [image] : []));
  return rows.map((row) => {
    pair.add(where(row, -1), where(row, 1));
    return pair.estimate();
  });
}

const ROWS = [
  [1, 0, 0, -1, 0, 0, 1, 0],
  [0, 0, 0, -1, 0, 1, 1, 1],
  [1, 0, 0, 0, 0, 0, 0, -1],
];

describe("seeds and images as two sources of chance", () => {
  const [, , estimate] = estimatesOf(ROWS);

  it("have the variances of a two-way layout", () => {
    expect(estimate.difference).toBeCloseTo(0.125, 12);
    expect(estimate.seedVariance).toBeCloseTo(1 / 64, 12);
    expect(estimate.imageVariance).toBeCloseTo(0.08333333, 8);
    const error = Math.sqrt(estimate.seedVariance / 3 + estimate.imageVariance / 8);
    expect(error).toBeCloseTo(0.125, 12);
    expect(degreesOfFreedom(estimate)).toBeCloseTo(8.4, 9);
  });

  it("give the larger of two half-widths", () => {
    expect(fixedHalfWidth(estimate, 0.05)).toBeCloseTo(0.31051721, 8);
    // With hardly any variance between seeds the images' part is the larger one, at ν = 7.000448.
    expect(fixedHalfWidth({ ...estimate, seedVariance: 1e-6 }, 0.05)).toBeCloseTo(0.24133918, 8);
  });

  it("agree with sums over all cells, for random rows", () => {
    const stream = new RandomStream(5, "shuffle");
    const rows = Array.from({ length: 6 }, () =>
      Array.from({ length: 40 }, (_, image) => (stream.uniform() < 0.1 + image / 80 ? (image % 3) - 1 : 0)),
    );
    const found = estimatesOf(rows)[5];
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const byRow = rows.map(mean);
    const byImage = rows[0].map((_, image) => mean(rows.map((row) => row[image])));
    const all = mean(byRow);
    const images = byImage.reduce((sum, value) => sum + 6 * (value - all) ** 2, 0) / 39;
    const residual =
      rows.reduce(
        (sum, row, i) =>
          sum + row.reduce((part, value, j) => part + (value - byRow[i] - byImage[j] + all) ** 2, 0),
        0,
      ) /
      (5 * 39);
    expect(found.imageVariance).toBeCloseTo((images - residual) / 6, 12);
    expect(found.seedVariance).toBeCloseTo(byRow.reduce((sum, row) => sum + (row - all) ** 2, 0) / 5, 12);
  });

  it("leave the images out if the verdict is about seeds only", () => {
    const estimates = estimatesOf(ROWS).slice(1);
    const { interval } = pairIntervals(estimates, rule({ population: "seeds" }));
    expect(interval[1] - interval[0]).toBeCloseTo(2 * 0.31051721, 7);
    expect(pairIntervals(estimates, rule({ method: "anytime" })).interval).toEqual([-Infinity, Infinity]);
  });

  it("never take rounding for certainty", () => {
    // All differences are one image of 100.
    const equal = estimatesOf(ROWS.map(() => [1, ...new Array<number>(99).fill(0)]))[2];
    expect(equal.seedVariance).toBeCloseTo(0.01 ** 2 / 6, 15);
  });
});

describe("looking after every seed", () => {
  it.each([
    [10, 0.05, 3.869787],
    [20, 0.05, 3.424781],
    [10, 0.05 / 3, 4.791529],
    [5, 0.05 / 3, Infinity],
    [1, 0.05, Infinity],
  ])("takes t* at %i seeds and alpha %f", (seeds, alpha, t) => {
    if (t === Infinity) expect(anytimeT(seeds, alpha)).toBe(Infinity);
    else expect(anytimeT(seeds, alpha)).toBeCloseTo(t, 6);
  });

  it("adds the images' part in quadrature", () => {
    const estimate = { seeds: 10, images: 400, difference: 0, seedVariance: 1e-4, imageVariance: 0.01 };
    // 3.869787² · 1e-4/10 + 1.959964² · 0.01/400
    expect(anytimeHalfWidth(estimate, 0.05)).toBeCloseTo(Math.sqrt(1.4975252e-4 + 9.6036e-5), 6);
  });

  it("keeps what was excluded before", () => {
    const differences = [0.05, 0.051, 0.049, 0.05, 0.052, 0.048, 0.05, 0.2, -0.1, 0.05];
    const estimates = seedEstimates(differences, 1e-4, 10_000);
    const early = pairIntervals(estimates.slice(0, 6), rule({ method: "anytime" }));
    const late = pairIntervals(estimates, rule({ method: "anytime" }));
    expect(early.interval[0]).toBeGreaterThan(0);
    expect(late.interval[0]).toBeGreaterThanOrEqual(early.interval[0]);
    expect(late.interval[1]).toBeLessThanOrEqual(early.interval[1]);
  });
});

describe("verdicts", () => {
  const of = (differences: readonly number[], changes: Partial<InferenceRule> = {}) => {
    const found = rule(changes);
    return pairVerdict(pairIntervals(seedEstimates(differences, 1e-9, 10_000), found), found);
  };

  it("of equivalence follow from two one-sided tests", () => {
    const differences = [0.03, -0.05, 0.1, -0.02, 0.04, 0, -0.06, 0.08, 0.01, -0.03];
    const verdict = of(differences, { margin: 0.1 });
    expect(verdict.kind).toBe("as good");
    expect(verdict.interval[0]).toBeCloseTo(-0.02079533, 8);
    expect(verdict.interval[1]).toBeCloseTo(0.04079533, 8);
    // p of the tests is 0.0002289642, so the verdict changes when alpha passes it.
    expect(of(differences, { margin: 0.1, pairs: Math.floor(0.05 / 0.0002289642) }).kind).toBe("as good");
    expect(of(differences, { margin: 0.1, pairs: Math.ceil(0.05 / 0.0002289642) }).kind).toBe("undecided");
  });

  it("are worse or better where the interval lies on one side of 0", () => {
    const gap = [0.0112, 0.0127, 0.0119, 0.0121];
    const verdict = of(gap.map((value) => -value));
    expect(verdict.kind).toBe("worse");
    expect(isSurelyWorse(verdict)).toBe(true);
    // SciPy: 0.011975 ± 0.000988
    expect(verdictText(verdict)).toBe("worse by 1.10 to 1.30 points");
    expect(verdictText(of(gap))).toBe("better by 1.10 to 1.30 points");
  });

  it("forecast how many seeds are missing", () => {
    const verdict = of([0.004, -0.001, 0.003, 0.001, 0.002]);
    expect(verdict).toMatchObject({ kind: "undecided" });
    if (verdict.kind !== "undecided" || verdict.forecast === "images") throw new Error(verdict.kind);
    const { moreSeeds, low, high } = verdict.forecast;
    // 0.0018 ± t*·0.001924/√n first excludes 0 at n = 20, where t* = 3.4248 gives ± 0.00147; at n = 13 it is 3.6704, ± 0.00196.
    expect(moreSeeds).toBeGreaterThan(13 - 5);
    expect(moreSeeds).toBeLessThanOrEqual(20 - 5);
    expect(low).toBeLessThanOrEqual(moreSeeds ?? 0);
    expect(high === null || high >= (moreSeeds ?? 0)).toBe(true);
    expect(verdictText(verdict)).toMatch(/^undecided \(-0\.06 … 0\.42\), about \d+ more seeds$/);
  });

  it("say so if no number of seeds is enough", () => {
    // Ten images: the images that differ are chance, whatever the seeds.
    const rows = Array.from({ length: 8 }, () => [1, -1, 1, 0, 0, 0, 0, 0, 0, 0]);
    const found = rule();
    const verdict = pairVerdict(pairIntervals(estimatesOf(rows).slice(1), found), found);
    expect(verdictText(verdict)).toBe("undecided: these test images cannot tell");
  });
});
