import { describe, expect, it } from "vitest";
import { type Comparison, compareRuns } from "../../src/experiment/comparison.ts";
import type { FinishedRun } from "../../src/experiment/finished-run.ts";
import { plannedRuns } from "../../src/experiment/plan.ts";
import { toCsv } from "../../src/export/csv.ts";
import { toMarkdown } from "../../src/export/markdown.ts";
import { comparisonText } from "../../src/output/comparison-tables.ts";
import { firstImages, identityOf, madeRuns, smallPlan } from "./support.ts";

const WRONG: Readonly<Record<string, readonly number[]>> = {
  normalize: [10, 12, 11],
  center: [40, 44, 41],
  standardize: [11, 11, 12],
};
const plan = smallPlan({ scaling: Object.keys(WRONG) });
const runs = madeRuns(plan, (scaling, seed) => firstImages(WRONG[scaling][seed]));
const SEEDS_ONLY = { population: "seeds" } as const;
const found = compareRuns(identityOf(plan), runs, { ...SEEDS_ONLY, target: 0.95 });
const byName = ({ variants }: Comparison, wanted: string) =>
  variants.find(({ name }) => name === wanted) ?? variants[0];

/** An experiment with counts of wrong images, one per seed, of `images`. */
function ofCounts(
  counts: Readonly<Record<string, readonly number[]>>,
  options: Parameters<typeof compareRuns>[2],
  images = 10_000,
) {
  const [some] = Object.values(counts);
  const counted = smallPlan({ scaling: Object.keys(counts), seed: some.map((_, seed) => seed) });
  const made = madeRuns(counted, (scaling, seed) => firstImages(counts[scaling][seed]), images);
  return compareRuns(identityOf(counted), made, options);
}

describe("a comparison", () => {
  it("summarizes each scaling over its seeds", () => {
    expect(found.best).toBe("normalize");
    const { accuracy } = byName(found, "center");
    expect(accuracy?.mean).toBeCloseTo(0.958333, 6);
    expect(accuracy?.best).toBeCloseTo(0.96, 12);
    expect(accuracy?.worst).toBeCloseTo(0.956, 12);
    expect(found.runs).toEqual({ planned: 9, finished: 9 });
  });

  it("corrects interval and verdict together for all pairs", () => {
    // Differences of 30, 32 and 30 images: 3.0667 ± 0.5099 points, t(1 − 0.05/6, 2) = 7.6488 (SciPy 1.17).
    const { comparison } = byName(found, "center");
    expect(comparison).toMatchObject({ verdict: { kind: "worse" }, seeds: 3 });
    expect(comparison.difference).toBeCloseTo(-0.0306667, 6);
    expect(comparison.text).toBe("worse by 2.56 to 3.58 points");
    expect(byName(found, "normalize").comparison).toMatchObject({ verdict: { kind: "best" }, text: "best" });
    expect(found.method).toMatchObject({ method: "fixed", pairs: 3, population: "seeds", margin: 0.002 });
  });

  it("gives the verdicts on one epoch of MNIST that SciPy's quantiles give", () => {
    // Real runs; center 0.846 points behind, normalize 0.252.
    const counts = {
      normalize: [180, 196, 180, 232, 175],
      center: [324, 216, 232, 281, 207],
      standardize: [188, 173, 152, 179, 145],
    };
    const mnist = ofCounts(counts, SEEDS_ONLY);
    expect(byName(mnist, "center").comparison.text).toBe("worse by 0.21 to 1.49 points");
    const verdict = byName(mnist, "center").comparison.verdict;
    expect(verdict.kind === "worse" && verdict.interval[0]).toBeCloseTo(-0.014851, 8);
    expect(verdict.kind === "worse" && verdict.interval[1]).toBeCloseTo(-0.002069, 8);
    const open = byName(mnist, "normalize").comparison.verdict;
    expect(open.kind === "undecided" && open.interval[0]).toBeCloseTo(-0.00639145, 8);
    expect(open.kind === "undecided" && open.interval[1]).toBeCloseTo(0.00135145, 8);
    const text = comparisonText(mnist);
    expect(text).toContain("best: standardize, 98.33 % (not told apart from normalize)");
    expect(text).toMatch(/^normalize: undecided \(-0\.64 … 0\.14\), about \d+ more seeds$/m);
  });

  it("counts failed runs, and never averages them in", () => {
    const counts = { standardize: [170, 175, 168, 172, 171], none: [270, 9000, 268, 275, 266] };
    const some = ofCounts(counts, SEEDS_ONLY);
    const none = byName(some, "none");
    expect(none.comparison.text).toBe(
      "fails: 1 of 5 runs did not train (1 … 72 %), else worse by 0.94 to 1.05 points",
    );
    expect(none.accuracy?.worst).toBeCloseTo(0.9725, 12);
    expect(none.runs.map(({ failure }) => failure)).toEqual([
      ...[null, "not above the commonest class", null, null, null],
    ]);
    expect(comparisonText(some)).toContain("│ 4 of 5 │");
  });

  it("has no best scaling among those that failed, unless all did", () => {
    const counts = { standardize: [170, 175, 168], none: [100, 9000, 100] };
    const better = ofCounts(counts, SEEDS_ONLY);
    expect(better.best).toBe("standardize");
    expect(byName(better, "none").comparison.text).toMatch(/^fails: 1 of 3 .*, else better by /);
    const allFail = ofCounts({ standardize: [9000, 9000], none: [9000, 9000] }, {});
    expect(allFail.best).toBeNull();
    expect(byName(allFail, "none").comparison.text).toBe("fails: 2 of 2 runs did not train (16 … 100 %)");
    expect(comparisonText(allFail)).toContain("best: none, as no run trained");
  });

  it("counts runs that diverged", () => {
    const diverged = new Map<string, FinishedRun>(runs);
    const [id] = [...runs.keys()].filter((key) => /^center.seed-0/.test(key));
    diverged.set(id, {
      format: "pixscale-run",
      version: 1,
      id,
      diverged: "the loss became NaN",
      finished: "",
    });
    const some = compareRuns(identityOf(plan), diverged, SEEDS_ONLY);
    expect(byName(some, "center")).toMatchObject({
      failures: { failed: 1, runs: 3 },
      comparison: { seeds: 2 },
    });
    expect(byName(some, "center").runs[0]).toMatchObject({ failure: "diverged", testAccuracy: null });
    expect(toCsv(some)).toContain("\r\ncenter,0.001,64,2,wasm,0,,,,,,diverged\r\n");
  });

  it("compares how fast scalings learn", () => {
    // 0.95 of the last accuracy after the first epoch of ten steps, all of it after the second.
    const { speed } = byName(found, "normalize");
    expect(speed?.stepsToTarget).toMatchObject({ mean: 20, runs: 3, text: "" });
    expect(speed?.area?.mean).toBeCloseTo(((0.95 + 1) / 2) * 0.989, 12);
    // 0.975 of the difference of accuracies.
    expect(byName(found, "center").speed?.area?.text).toBe("worse by 2.49 to 3.49 points");
    expect(byName(found, "center").curve.map(({ steps, epoch }) => [steps, epoch])).toEqual([
      [10, 1],
      [20, 2],
    ]);
    const never = compareRuns(identityOf(plan), runs, { target: 0.999 });
    expect(byName(never, "normalize").speed?.stepsToTarget).toBeNull();
    // Only center never reaches 97 %.
    const some = compareRuns(identityOf(plan), runs, { target: 0.97 });
    expect(byName(some, "standardize").speed?.stepsToTarget?.mean).toBe(20);
    expect(byName(some, "center").speed?.stepsToTarget).toBeNull();
  });

  it("gives no verdict on scalings from one seed", () => {
    const single = smallPlan({ seed: [0] });
    // 5 images wrong in both, 3 and 17 in one alone.
    const [one, other] = [firstImages(8), [...firstImages(5), ...firstImages(40).slice(23)]];
    const made = madeRuns(single, (scaling) => (scaling === "normalize" ? one : other));
    const result = compareRuns(identityOf(single), made);
    expect(byName(result, "center").comparison.verdict).toEqual({ kind: "none", reason: "one seed" });
    expect(byName(result, "center").comparison.mcNemar).toBeCloseTo(0.0025768280029296875, 8);
    expect(byName(result, "center").accuracy).toMatchObject({ std: null, interval: null });
    const text = comparisonText(result);
    expect(text).toContain("One seed compares two models, not two scalings; try `seeds: 5`.");
    expect(text).not.toMatch(/worse|as good/);
  });

  it("uses the seeds that both scalings have, and reports how many runs are missing", () => {
    const some = new Map([...runs].filter(([id]) => !/^center.seed-0/.test(id)));
    const partial = compareRuns(identityOf(plan), some);
    expect(byName(partial, "center").comparison.seeds).toBe(2);
    expect(comparisonText(partial)).toContain("8 of 9 runs finished");
    const one = new Map([...runs].filter(([id]) => !/^center.seed-[01]/.test(id)));
    expect(byName(compareRuns(identityOf(plan), one), "center").comparison).toMatchObject({
      ...{ verdict: { kind: "none", reason: "one seed" }, seeds: 1 },
    });
    const none = new Map([...runs].filter(([id]) => !id.startsWith("center")));
    expect(compareRuns(identityOf(plan), none).variants.map(({ name }) => name)).toEqual([
      "normalize",
      "standardize",
    ]);
  });

  it("says better where a scaling is ahead on the shared seeds, though behind on average", () => {
    const four = smallPlan({ seed: [0, 1, 2, 3] });
    const counts = { normalize: [300, 302, 299, 10], center: [250, 251, 250, 0] };
    const all = madeRuns(four, (scaling, seed) => firstImages(counts[scaling as "center"][seed]), 10_000);
    const some = new Map([...all].filter(([id]) => !/^center.seed-3/.test(id)));
    const { best, variants } = compareRuns(identityOf(four), some, SEEDS_ONLY);
    expect(best).toBe("normalize");
    expect(variants[1].comparison.text).toMatch(/^better by 0\.4\d to 0\.5\d points$/);
  });

  it("allows for looks if seeds were added after an answer", () => {
    const counts = {
      normalize: [10, 12, 11, 10, 12, 11, 10, 12, 11],
      center: [40, 42, 40, 40, 42, 40, 40, 42, 40],
    };
    const before = ofCounts(counts, { ...SEEDS_ONLY, firstLook: 9 });
    const after = ofCounts(counts, { ...SEEDS_ONLY, firstLook: 3 });
    expect([before.method.method, after.method.method]).toEqual(["fixed", "anytime"]);
    expect(comparisonText(after)).toContain("valid after every seed");
    const width = (each: Comparison) => {
      const { verdict } = byName(each, "center").comparison;
      return "interval" in verdict ? verdict.interval[1] - verdict.interval[0] : Number.NaN;
    };
    expect(width(after)).toBeGreaterThan(width(before));
  });

  it("compares each scaling at its own learning rate, chosen on validation images", () => {
    const rates = smallPlan({ learningRate: [1e-4, 1e-3, 1e-2], seed: [0, 1] });
    const best: Readonly<Record<string, number>> = { normalize: 1e-2, center: 1e-3 };
    const planned = plannedRuns(rates);
    const validated = new Map(
      [...madeRuns(rates, (_, seed, index) => firstImages(20 + seed + index))].map(([id, run], i) => {
        const { scaling, learningRate } = planned[i].variant;
        const validation = { loss: 1, accuracy: learningRate === best[scaling] ? 0.9 : 0.8 };
        if (!("epochs" in run)) throw new Error(id);
        const epochs = run.epochs.map((epoch) => ({ ...epoch, validation }));
        return [id, { ...run, epochs } satisfies FinishedRun] as const;
      }),
    );
    const compared = compareRuns(identityOf(rates), validated);
    expect(compared.variants.map(({ scaling, learningRate }) => [scaling, learningRate])).toEqual([
      ["normalize", 1e-2],
      ["center", 1e-3],
    ]);
    expect(compared.method.pairs).toBe(1);
    expect(compared.learningRates).toHaveLength(6);
    const text = comparisonText(compared);
    expect(text).toContain("0.01 is the largest rate tried; try larger ones");
    expect(text).not.toContain("smallest rate");
    // Without validation images nothing is chosen, and all variants are compared.
    const plain = compareRuns(
      identityOf(rates),
      madeRuns(rates, (_, seed, index) => firstImages(20 + seed + index)),
    );
    expect([plain.variants.length, plain.method.pairs, plain.learningRates]).toEqual([6, 15, undefined]);
  });

  it("has intervals within 0 and 1", () => {
    const wide = smallPlan({ seed: [0, 1] });
    const made = madeRuns(wide, (scaling, seed) =>
      firstImages(scaling === "center" ? 700 + 100 * seed : 5 + 20 * seed),
    );
    const { variants } = compareRuns(identityOf(wide), made);
    expect(variants.map(({ accuracy }) => accuracy?.interval?.[1])).toContain(1);
    expect(variants.map(({ accuracy }) => accuracy?.interval?.[0])).toContain(0);
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
    expect(lines[1]).toBe(`normalize,0.0001,64,2,wasm,0,0.99,1,0.5,200,${"0".repeat(64)},`);
    const markdown = toMarkdown(found);
    expect(markdown).toContain("| ▼ | center | 3 | 95.83 ± 0.21 % | -3.07 | -3.58 … -2.56 |");
    expect(markdown).toContain("- center: worse by 2.56 to 3.58 points\n");
    const rows = markdown.split("\n").filter((line) => line.startsWith("| "));
    for (const row of rows) expect(row.split("|").length).toBeGreaterThan(3);
  });
});
