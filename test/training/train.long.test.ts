import { describe, expect, it } from "vitest";
import { loadDataset } from "../../src/data/load.ts";
import { train } from "../../src/training/train.ts";
import { settings } from "./support.ts";

describe("training on all of MNIST", () => {
  it.each(["normalize", "standardize"])("reaches 98 % in two epochs with %s", async (scaling) => {
    const whole = settings({ scaling, epochs: 2, limit: undefined, limitTest: undefined, threads: 2 });
    const { epochs, test, trained } = await train(await loadDataset("mnist"), whole);
    expect([trained, test.count]).toEqual([60_000, 10_000]);
    expect(epochs[1].loss).toBeLessThan(epochs[0].loss);
    expect(test.accuracy).toBeGreaterThan(0.98);
  });
});
