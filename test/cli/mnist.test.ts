import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { json, pixscale, type ScaleDocument, type StatsDocument, temporaryFolder } from "./run.ts";

const MEAN = 33.318421449829934;
const STD = 78.56748998339798;
const TEST_MEAN = 33.791224489795916;
const TEST_STD = 79.17246322228644;

const near = (actual: number, expected: number, error: number) =>
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(error);

describe.concurrent("the statistics of MNIST", () => {
  it("are the published ones", async () => {
    const { splits, classes, data, axis } = await json<StatsDocument>("stats");
    expect({ classes, data, axis }).toEqual({ classes: 10, data: "mnist", axis: "global" });
    const { train, test } = splits;
    expect([train.shape, train.min, train.max]).toEqual([[60000, 28, 28, 1], [0], [255]]);
    expect([test.shape, test.min, test.max]).toEqual([[10000, 28, 28, 1], [0], [255]]);
    near(train.mean[0], MEAN, 1e-12);
    near(train.std[0], STD, 1e-12);
    near(test.mean[0], TEST_MEAN, 1e-12);
    near(test.std[0], TEST_STD, 1e-12);
    expect(train.labelCounts).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
    expect(test.labelCounts).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
  });

  it("are shown as a table", async () => {
    const { status, stdout, stderr } = await pixscale("stats", "mnist");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(/train │ \(60000, 28, 28, 1\) │ +0\.000 │ 255\.000 │ 33\.318 │ 78\.567 │/);
    expect(stdout).toMatch(/test +│ \(10000, 28, 28, 1\) │ +0\.000 │ 255\.000 │ 33\.791 │ 79\.172 │/);
  });

  it("are saved as a scaler", async () => {
    const file = join(temporaryFolder(), "scaler.json");
    const { status, stderr } = await pixscale("stats", "--save", file);
    expect({ status, stderr }).toEqual({ status: 0, stderr: `wrote ${file}\n` });
    const scaler = JSON.parse(await readFile(file, "utf8"));
    expect(scaler.format).toBe("pixscale-scaler");
    expect(scaler.steps.length).toBe(1);
    near(scaler.steps[0].mean[0], MEAN, 1e-12);
    near(scaler.steps[0].std[0], STD, 1e-12);
  });
});

describe.concurrent("MNIST in batches of 64", () => {
  const check = ({ splits: { train, test }, batchSize }: ScaleDocument) => {
    expect(batchSize).toBe(64);
    expect([train.batches, test.batches]).toEqual([938, 157]);
    expect([train.firstBatch.shape, train.whole.shape]).toEqual([
      [64, 28, 28, 1],
      [60000, 28, 28, 1],
    ]);
    expect([test.firstBatch.shape, test.whole.shape]).toEqual([
      [64, 28, 28, 1],
      [10000, 28, 28, 1],
    ]);
  };

  it("normalized: from 0 to 1", async () => {
    const document = await json<ScaleDocument>("normalize");
    check(document);
    const { train, test } = document.splits;
    for (const figures of [train.firstBatch, train.whole, test.whole]) {
      expect([figures.min, figures.max]).toEqual([0, 1]);
    }
    near(train.whole.mean, MEAN / 255, 1e-7);
    near(train.whole.std, STD / 255, 1e-7);
    near(test.whole.mean, TEST_MEAN / 255, 1e-7);
  });

  it("centred: the training mean is subtracted from both splits", async () => {
    const document = await json<ScaleDocument>("center");
    check(document);
    const { train, test } = document.splits;
    const [step] = document.scaler.steps;
    expect(step.kind).toBe("center");
    near(step.mean?.[0] ?? Number.NaN, MEAN, 1e-12);
    near(train.whole.mean, 0, 1e-4);
    near(train.whole.std, STD, 1e-4);
    for (const { min, max } of [train.whole, test.whole]) {
      near(min, -MEAN, 1e-4);
      near(max, 255 - MEAN, 1e-4);
    }
    near(test.whole.mean, TEST_MEAN - MEAN, 1e-4);
  });

  it("standardized: with the training mean and deviation on both splits", async () => {
    const document = await json<ScaleDocument>("standardize");
    check(document);
    const { train, test } = document.splits;
    const [step] = document.scaler.steps;
    expect(step.kind).toBe("standardize");
    near(step.mean?.[0] ?? Number.NaN, MEAN, 1e-12);
    near(step.std?.[0] ?? Number.NaN, STD, 1e-12);
    near(train.whole.mean, 0, 1e-6);
    near(train.whole.std, 1, 1e-6);
    // Not the test split's own: then these would be 0 and 1.
    near(test.whole.mean, (TEST_MEAN - MEAN) / STD, 1e-6);
    near(test.whole.std, TEST_STD / STD, 1e-6);
  });

  it("are shown as a table", async () => {
    const { status, stdout, stderr } = await pixscale("normalize", "mnist");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(/train │ first batch +│ \(64, 28, 28, 1\) +│ 0\.000 │ 1\.000 │/);
    expect(stdout).toMatch(
      /train │ all \(938 batches\) │ \(60000, 28, 28, 1\) │ 0\.000 │ 1\.000 │ 0\.131 │ 0\.308 │/,
    );
    expect(stdout).toMatch(/test +│ all \(157 batches\) │ \(10000, 28, 28, 1\) │/);
  });
});

it("train uses some images of MNIST, and all of its test images", async () => {
  const { status, stdout, stderr } = await pixscale("train", "--epochs", "1", "--limit", "1280");
  expect(status).toBe(0);
  expect(stderr).toMatch(
    /^1,280 of 60,000 training images, drawn [^\n]+\nEpoch 1\/1 {2}20\/20 {2}\d+s [\d.]+ms\/step {2}loss: [\d.]+ {2}accuracy: 0\.\d{4}\n$/,
  );
  expect(stdout).toContain("1,280 to train, 10,000 to test");
  const accuracy = Number(/test accuracy ([\d.]+) %/.exec(stdout)?.[1]);
  expect(accuracy).toBeGreaterThan(60);
});
