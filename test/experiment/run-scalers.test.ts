import { expect, it } from "vitest";
import { loadDataset } from "../../src/data/load.ts";
import { RunScalers } from "../../src/experiment/run-scalers.ts";
import { train } from "../../src/training/train.ts";
import { settings } from "../training/support.ts";

it("runs of all seeds share one fitted scaling, unless each holds out images of its own", async () => {
  const mini = await loadDataset("mnist-mini");
  const scalers = new RunScalers(mini);
  const of = (changes: Parameters<typeof settings>[0]) =>
    scalers.of(settings({ scaling: "standardize", ...changes }));
  const first = of({ seed: 0 });
  expect(of({ seed: 1 })).toBe(first);
  expect(of({ seed: 0, learningRate: 1e-2, epochs: 9 })).toBe(first);
  expect(of({ seed: 0, scaling: "center" })).not.toBe(first);
  expect(of({ seed: 0, limit: 64 })).not.toBe(first);
  expect(of({ seed: 0, axis: "pixel" })).not.toBe(first);
  // Each is what the run itself would fit.
  for (const changes of [
    { seed: 1 },
    { seed: 1, validationSplit: 0.25 },
    { seed: 2, validationSplit: 0.25 },
  ]) {
    const own = await train(mini, settings({ scaling: "standardize", limit: 64, ...changes }));
    expect(await of({ limit: 64, ...changes })).toEqual(own.scaler.toJSON());
  }
});
