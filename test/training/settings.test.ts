import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/errors.ts";
import { completeSettings, type TrainChoices } from "../../src/training/settings.ts";

describe("settings", () => {
  it("have the defaults of the command line", () => {
    expect(completeSettings()).toMatchObject({
      scaling: [{ kind: "normalize", factor: 1 / 255 }],
      axis: "global",
      epochs: 5,
      batchSize: 64,
      learningRate: 0.001,
      seed: 0,
      shuffle: true,
      validationSplit: 0,
      backend: "wasm",
    });
    expect(completeSettings({ epochs: undefined }).epochs).toBe(5);
  });

  it("take a scaling as text or as steps", () => {
    const steps = completeSettings({ scaling: "normalize+center" }).scaling;
    expect(completeSettings({ scaling: steps }).scaling).toEqual(steps);
  });

  it.each<[TrainChoices, RegExp]>([
    [{ epochs: Number.NaN }, /`epochs`: must be a whole number, 1 or more \(got "NaN"\)/],
    [{ epochs: "3" as never }, /`epochs`/],
    [{ threads: 0 }, /`threads`/],
    [{ batchSize: 1.5 }, /`batchSize`/],
    [{ seed: -1 }, /`seed`: must be a whole number, 0 or more/],
    [{ limit: 0 }, /`limit`/],
    [{ learningRate: Number.POSITIVE_INFINITY }, /`learningRate`: must be a number above 0/],
    [{ validationSplit: 2 }, /`validationSplit`: must be a number from 0 to below 1/],
    [{ validationSplit: Number.NaN }, /`validationSplit`/],
    [{ axis: "channels" as never }, /`axis`: must be one of global, channel, pixel/],
    [{ backend: "cuda" as never }, /`backend`: must be one of wasm, tensorflow/],
    [{ shuffle: "no" as never }, /`shuffle`: must be true or false/],
    [{ scaling: "standardise" }, /"standardise" is not a known step; did you mean standardize\?/],
    [{ scaling: [{ kind: "whiten" }] as never }, /"whiten" is not a known step/],
    [{ scaling: 7 as never }, /must be a text or a list of steps/],
  ])("are refused if wrong: %o", (choices, message) => {
    expect(() => completeSettings(choices)).toThrow(UsageError);
    expect(() => completeSettings(choices)).toThrow(message);
  });
});
