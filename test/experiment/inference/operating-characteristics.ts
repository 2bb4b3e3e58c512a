import { describe, expect, it } from "vitest";
import {
  Accuracies,
  fixedExperiment,
  isTold,
  judge,
  rate,
  ruleOf,
  slack,
  type Truth,
  untilDecided,
} from "./simulation.ts";

const equal = (scalings: number, std: number): Truth => ({
  means: new Array<number>(scalings).fill(0),
  stds: new Array<number>(scalings).fill(std),
});
/**
 * Like `standardize`, `normalize` and `center` on MNIST after one epoch. Runs of one seed are alike there, and the differences from
 * `standardize` deviate by 0.22 and 0.36 points.
 */
const MNIST: Truth = { means: [0, -0.25, -0.85], stds: [0.05, 0.215, 0.357] };

/** The operating characteristics that docs/statistics.md states, from so many simulated experiments each. */
export function checkOperatingCharacteristics(experiments: number): void {
  const slackBelow = slack(experiments, 0.05);

  describe.each([3, 9])("%i equal scalings", (scalings) => {
    it.each([3, 5, 10])("are told apart in at most 5 %% of experiments with %i seeds", (seeds) => {
      const outcomes = Array.from({ length: experiments }, (_, i) =>
        fixedExperiment(equal(scalings, 0.2), seeds, i),
      );
      const alarms = outcomes.filter(({ verdicts }) => verdicts.some(isTold)).length / experiments;
      const coverage = outcomes.filter(({ covers }) => covers).length / experiments;
      expect(alarms).toBeLessThanOrEqual(Math.max(0.065, 0.05 + slackBelow));
      expect(coverage).toBeGreaterThanOrEqual(Math.min(0.935, 0.95 - slackBelow));
    });

    it("are hardly ever told apart by looking after every seed up to 100", () => {
      const looks = experiments / (scalings === 9 ? 10 : 2);
      const truth = equal(scalings, 0.2);
      const rule = ruleOf(scalings, { method: "anytime" });
      const alarms = rate(looks, (i) => {
        const accuracies = new Accuracies(truth, i);
        const drawn = truth.means.map((_, scaling) =>
          Array.from({ length: 100 }, () => accuracies.draw(scaling)),
        );
        // What was excluded at any look stays excluded.
        return !judge(truth, drawn, rule).covers;
      });
      expect(alarms).toBeLessThanOrEqual(0.05);
    });
  });

  it("differences as on MNIST are decided in 99 % of experiments, with at most 38 runs on average", () => {
    const outcomes = Array.from({ length: experiments / 4 }, (_, i) => untilDecided(MNIST, 40, i));
    const decided = outcomes.filter(({ verdicts }) => verdicts.every(({ kind }) => kind !== "undecided"));
    expect(decided.length / outcomes.length).toBeGreaterThanOrEqual(0.99);
    expect(outcomes.reduce((sum, { runs }) => sum + runs, 0) / outcomes.length).toBeLessThanOrEqual(38);
    const wrong = outcomes.filter(({ best, verdicts }) => best !== 0 || isTold(verdicts[0]));
    expect(wrong.length / outcomes.length).toBeLessThanOrEqual(0.05);
  });

  it("equal scalings with differences of deviation 0.10 are decided in 99 %, with at most ten seeds on average", () => {
    const still = equal(3, 0.1 / Math.SQRT2);
    const outcomes = Array.from({ length: experiments / 4 }, (_, i) => untilDecided(still, 40, i));
    const decided = outcomes.filter(({ verdicts }) => verdicts.every(({ kind }) => kind !== "undecided"));
    expect(decided.length / outcomes.length).toBeGreaterThanOrEqual(0.99);
    expect(outcomes.reduce((sum, { seeds }) => sum + seeds, 0) / outcomes.length).toBeLessThanOrEqual(10);
  });

  it("a gap as large as the margin is seldom called as good", () => {
    const gap: Truth = { means: [0, -0.201], stds: [0.1, 0.1] };
    const wrong = rate(experiments, (i) =>
      untilDecided(gap, 40, i).verdicts.some(({ kind }) => kind === "as good"),
    );
    expect(wrong).toBeLessThanOrEqual(0.05);
  });
}
