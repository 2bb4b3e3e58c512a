import { beforeAll, describe, expect, it } from "vitest";
import type { Dataset, Split } from "../../src/data/dataset.ts";
import { loadDataset } from "../../src/data/load.ts";
import { compareRuns } from "../../src/experiment/comparison.ts";
import { failureOf } from "../../src/experiment/failures.ts";
import { type TrainedRun, trainedRun } from "../../src/experiment/finished-run.ts";
import { plannedRuns } from "../../src/experiment/plan.ts";
import { train } from "../../src/training/train.ts";
import { settings } from "../training/support.ts";
import { identityOf, smallPlan } from "./support.ts";

/** Small real trainings whose truth is known; each experiment has two scalings and three seeds. */
const EXPERIMENTS = 100;
const GROUPS = 50;
const SEEDS = 3;
const SMALL = { limit: 160, limitTest: 100, batchSize: 8, epochs: 1, threads: 1 };

let mini: Dataset<Split>;
/** Runs of the same scaling, each with a seed of its own. */
let normalized: TrainedRun[];

async function trained(scaling: string, seed: number): Promise<TrainedRun> {
  const chosen = settings({ ...SMALL, scaling, seed });
  const result = await train(mini, chosen, { learningCurve: true });
  const origin = { data: "mnist-mini", dataset: "", initialWeights: undefined };
  return trainedRun("", origin, result, mini.test.labels);
}

/** The verdict on the second of two scalings whose runs are given. */
function isToldApart(first: readonly TrainedRun[], second: readonly TrainedRun[]): boolean {
  const plan = smallPlan({ scaling: ["normalize", "center"], epochs: [1] });
  const runs = plannedRuns(plan).map(({ id, variant, seed }) => {
    const from = variant.scaling === "normalize" ? first : second;
    return [id, { ...from[seed], id }] as const;
  });
  const { variants, best } = compareRuns(identityOf(plan), new Map(runs));
  return variants.some(({ name, comparison }) => name !== best && comparison.verdict.kind === "worse");
}

beforeAll(async () => {
  mini = await loadDataset("mnist-mini");
  normalized = [];
  for (let seed = 0; seed < GROUPS * SEEDS; seed++) normalized.push(await trained("normalize", seed));
});

const of = (runs: readonly TrainedRun[], group: number) =>
  Array.from({ length: SEEDS }, (_, i) => runs[(group * SEEDS + i) % runs.length]);

describe("real trainings", () => {
  it("of the same scaling differ significantly in at most 5 of 100 experiments", () => {
    // The same scaling under two names, with seeds of its own for each: all there is, is chance. Every pair is another one.
    const alarms = Array.from({ length: EXPERIMENTS }, (_, experiment) => {
      const distance = experiment < GROUPS ? 1 : 7;
      return isToldApart(of(normalized, experiment), of(normalized, experiment + distance));
    }).filter(Boolean);
    expect(new Set(normalized.map(({ test }) => test.accuracy)).size).toBeGreaterThan(10);
    expect(alarms.length).toBeLessThanOrEqual(5);
  });

  it("of a scaling that destroys the data fail", async () => {
    for (let seed = 0; seed < 10; seed++) {
      const failures = [await trained("normalize=1e-30", seed), normalized[seed]].map(failureOf);
      expect(failures).toEqual(["not above the commonest class", undefined]);
    }
  });
});
