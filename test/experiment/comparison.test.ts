import { describe, expect, it } from "vitest";
import { type Comparison, compareRuns } from "../../src/experiment/comparison.ts";
import { toCsv } from "../../src/export/csv.ts";
import { toMarkdown } from "../../src/export/markdown.ts";
import { comparisonText, verdictText } from "../../src/output/comparison-tables.ts";
import { RandomStream } from "../../src/random.ts";
import { firstImages, identityOf, madeRuns, smallPlan } from "./support.ts";

const WRONG: Readonly<Record<string, readonly number[]>> = {
  normalize: [10, 12, 11],
  center: [40, 44, 41],
  standardize: [11, 11, 12],
};
const plan = smallPlan({ scaling: Object.keys(WRONG) });
const runs = madeRuns(plan, (scaling, seed) => firstImages(WRONG[scaling][seed]));
const found = compareRuns(identityOf(plan), runs, { target: 0.95 });
const byName = ({ variants }: Comparison, wanted: string) =>
  variants.find(({ name }) => name === wanted) ?? variants[0];

describe("a comparison", () => {
  it("summarizes each scaling over its seeds", () => {
    expect(found.best).toBe("normalize");
    expect(byName(found, "center").accuracy.mean).toBeCloseTo(0.958333, 6);
    expect(byName(found, "center").accuracy.best).toBeCloseTo(0.96, 12);
    expect(byName(found, "center").accuracy.worst).toBeCloseTo(0.956, 12);
    expect(found.runs).toEqual({ planned: 9, finished: 9 });
  });

  it("separates real differences from chance", () => {
    // Paired differences of 30, 32 and 30 images: t = 46, p = 0.00047 (SciPy), × 3 pairs.
    const { comparison } = byName(found, "center");
    expect(comparison).toMatchObject({ verdict: "worse", seeds: 3 });
    expect(comparison.difference).toBeCloseTo(-0.0306667, 6);
    expect(comparison.p).toBeCloseTo(0.000472, 5);
    expect(comparison.pHolm).toBeCloseTo(3 * 0.000472, 4);
    expect(byName(found, "standardize").comparison.verdict).toBe("no real difference");
    expect(byName(found, "normalize").comparison.verdict).toBe("best");
    expect(verdictText(byName(found, "center"))).toBe("worse by 2.78 to 3.35 points");
  });

  it("reports the steps until the target was reached", () => {
    // 0.95 of the last accuracy after the first epoch of ten steps, all of it after the second.
    expect(byName(found, "normalize").stepsToTarget).toBe(20);
    expect(byName(found, "normalize").curve.map(({ steps }) => steps)).toEqual([10, 20]);
    const never = compareRuns(identityOf(plan), runs, { target: 0.999 });
    expect(byName(never, "normalize").stepsToTarget).toBeNull();
  });

  it("compares predictions if there is one seed, and suggests more", () => {
    const single = smallPlan({ seed: [0] });
    // 5 images wrong in both, 3 and 17 in one alone.
    const [both, one, other] = [
      firstImages(5),
      firstImages(8),
      [...firstImages(5), ...firstImages(40).slice(23)],
    ];
    expect(both.every((image) => one.includes(image) && other.includes(image))).toBe(true);
    const made = madeRuns(single, (scaling) => (scaling === "normalize" ? one : other));
    const result = compareRuns(identityOf(single), made);
    expect(result.test).toBe("McNemar's test");
    expect(byName(result, "center").comparison.p).toBeCloseTo(0.0025768280029296875, 8);
    expect(byName(result, "center").accuracy).toMatchObject({ std: null, interval: null });
    expect(comparisonText(result)).toContain(
      "One seed compares two models, not two scalings; try `seeds: 5`.",
    );
  });

  it("uses the seeds that both scalings have, and reports how many runs are missing", () => {
    const some = new Map([...runs].filter(([id]) => !/^center.seed-0/.test(id)));
    const partial = compareRuns(identityOf(plan), some);
    expect(byName(partial, "center").comparison.seeds).toBe(2);
    expect(comparisonText(partial)).toContain("8 of 9 runs finished");
    // Not compared where they have less than two seeds in common, however many others there are.
    const one = new Map([...runs].filter(([id]) => !/^center.seed-[01]/.test(id)));
    expect(byName(compareRuns(identityOf(plan), one), "center").comparison).toMatchObject({
      ...{ verdict: "not compared", seeds: 1, p: null },
    });
    const none = new Map([...runs].filter(([id]) => !id.startsWith("center")));
    expect(compareRuns(identityOf(plan), none).variants.map(({ name }) => name)).toEqual([
      "normalize",
      "standardize",
    ]);
  });

  it("has intervals within 0 and 1", () => {
    const wide = smallPlan({ seed: [0, 1] });
    const made = madeRuns(wide, (scaling, seed) =>
      firstImages(scaling === "center" ? 980 + 15 * seed : 5 + 20 * seed),
    );
    const { variants } = compareRuns(identityOf(wide), made);
    expect(variants.map(({ accuracy }) => accuracy.interval?.[1])).toContain(1);
    expect(variants.map(({ accuracy }) => accuracy.interval?.[0])).toContain(0);
  });

  it("is exported as CSV and as Markdown", () => {
    const varied = smallPlan({ learningRate: [1e-4, 1e-3], seed: [0, 1] });
    const csv = toCsv(
      compareRuns(
        identityOf(varied),
        madeRuns(varied, (_, seed) => firstImages(10 + seed)),
      ),
    );
    const lines = csv.split("\r\n");
    expect(lines).toHaveLength(1 + 8 + 1);
    expect(lines[1]).toBe(`normalize,0.0001,64,2,wasm,0,0.99,1,0.5,200,${"0".repeat(64)}`);
    const markdown = toMarkdown(found);
    expect(markdown).toContain("| center | worse by 2.78 to 3.35 points | 3 | -3.07 | -3.35 … -2.78 |");
    const rows = markdown.split("\n").filter((line) => line.startsWith("| "));
    for (const row of rows) expect(row.split("|").length).toBeGreaterThan(3);
  });
});

describe("equal scalings", () => {
  /** Accuracies of 1,000 images that differ by chance alone; the sum of 12 uniform numbers is nearly normal. */
  function chance(scalings: readonly string[], seeds: number, experiment: number): Comparison {
    const noisy = smallPlan({ scaling: scalings, seed: firstImages(seeds), epochs: [1] });
    const stream = new RandomStream(experiment, "shuffle");
    const normal = () => firstImages(12).reduce((sum) => sum + stream.uniform(), -6);
    return compareRuns(
      identityOf(noisy),
      madeRuns(noisy, () => firstImages(Math.round(100 + 10 * normal()))),
    );
  }
  const EXPERIMENTS = 2000;

  it.each([
    [["normalize", "center"], 3],
    [["normalize", "center"], 5],
    [["normalize", "center", "standardize", "none"], 5],
  ])("differ significantly in at most 5 of 100 experiments: %j, %i seeds", (scalings, seeds) => {
    let alarms = 0;
    for (let experiment = 0; experiment < EXPERIMENTS; experiment++) {
      const { variants } = chance(scalings, seeds, experiment);
      if (variants.some(({ comparison }) => comparison.verdict === "worse")) alarms++;
    }
    // 5 % and three standard deviations of a binomial share.
    expect(alarms / EXPERIMENTS).toBeLessThan(0.05 + 3 * Math.sqrt((0.05 * 0.95) / EXPERIMENTS));
    expect(alarms).toBeGreaterThan(0);
  });
});
