import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/errors.ts";
import {
  experimentPlan,
  type PlanChoices,
  plannedRuns,
  runSettings,
  shardOfRuns,
  variantName,
} from "../../src/experiment/plan.ts";
import { smallPlan } from "./support.ts";

describe("a plan", () => {
  it("has every combination with every seed, each under its own name", () => {
    const plan = smallPlan({ learningRate: [1e-4, 1e-3], epochs: [1, 2] });
    const runs = plannedRuns(plan);
    expect(runs).toHaveLength(2 * 2 * 2 * 3);
    expect(new Set(runs.map(({ id }) => id)).size).toBe(runs.length);
    expect(runs.map(({ seed }) => seed)).toEqual([...runs.map(({ seed }) => seed)].sort());
    for (const { id } of runs) expect(id).toMatch(/^[a-z0-9.+_-]+$/);
  });

  it("names a run by its settings alone, whatever else is planned", () => {
    const [first] = plannedRuns(smallPlan());
    expect(plannedRuns(smallPlan({ seed: [5, 0], epochs: [1, 2] })).map(({ id }) => id)).toContain(first.id);
  });

  it("gives each run its settings", () => {
    const plan = smallPlan({ scaling: ["normalize=1/2+center"] });
    expect(runSettings(plan, plannedRuns(plan)[1])).toEqual({
      ...{ axis: "global", shuffle: true, validationSplit: 0, limit: undefined, limitTest: undefined },
      ...{ learningRate: 1e-3, batchSize: 64, epochs: 2, backend: "wasm", seed: 1 },
      scaling: [{ kind: "normalize", factor: 0.5 }, { kind: "center" }],
    });
  });

  it("names variants by the settings that vary", () => {
    const [{ variant }] = plannedRuns(smallPlan());
    expect(variantName(smallPlan(), variant)).toBe("normalize");
    expect(variantName(smallPlan({ learningRate: [1e-4, 1e-3] }), variant)).toBe(
      "normalize, learning-rate 0.001",
    );
  });
});

describe("shards", () => {
  it.each([1, 2, 3, 4, 7, 20])("hold each run once, with %i of them", (of) => {
    const runs = plannedRuns(smallPlan({ seed: [0, 1, 2, 3, 4, 5] }));
    const parts = Array.from({ length: of }, (_, i) => shardOfRuns(runs, { part: i + 1, of }));
    expect(
      parts
        .flat()
        .map(({ id }) => id)
        .sort(),
    ).toEqual(runs.map(({ id }) => id).sort());
    const sizes = parts.map(({ length }) => length);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
  });
});

describe("a plan from choices", () => {
  it("has a value or several of each setting, and the defaults of compare", () => {
    const steps = [{ kind: "normalize", factor: 1 / 255 } as const];
    expect(experimentPlan({ scalings: [steps, "center@pixel"], epochs: [1, 2], seeds: 3, limit: 9 })).toEqual(
      {
        shared: { axis: "global", shuffle: true, validationSplit: 0, limit: 9, limitTest: undefined },
        dimensions: {
          scaling: ["normalize", "center@pixel"],
          learningRate: [1e-3],
          batchSize: [64],
          epochs: [1, 2],
          backend: ["wasm"],
          seed: [0, 1, 2],
        },
      },
    );
    expect(experimentPlan({ scalings: ["none"] }).dimensions.seed).toEqual([0, 1, 2, 3, 4]);
  });

  it.each<[PlanChoices, RegExp]>([
    [{ scalings: [] }, /`scalings`: none are given/],
    [{ scalings: ["none"], seeds: [] }, /`seeds`: none are given/],
    [{ scalings: ["normalise"] }, /`scalings`: "normalise" is not a known step/],
    [{ scalings: ["none"], seeds: [0.5] }, /`seed`: must be a whole number/],
    [{ scalings: ["none"], epochs: [1, 0] }, /`epochs`/],
    [{ scalings: ["none"], learningRate: Number.NaN }, /`learningRate`/],
    [{ scalings: ["none"], axis: "rows" as never }, /`axis`/],
  ])("refuses %o", (choices, message) => {
    expect(() => experimentPlan(choices)).toThrow(UsageError);
    expect(() => experimentPlan(choices)).toThrow(message);
  });
});
