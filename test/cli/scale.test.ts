import { existsSync, readdirSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { here, jsonHere } from "./here.ts";
import {
  BIN,
  errorLine,
  json,
  pixscale,
  type ScaleDocument,
  type StatsDocument,
  start,
  startProcess,
  temporaryFolder,
} from "./run.ts";

const MINI = "mnist-mini";

describe.concurrent("stats", () => {
  it.each([
    ["global", 1],
    ["channel", 1],
    ["pixel", 784],
  ])("along the axis %s", async (axis, groups) => {
    const { splits } = await jsonHere<StatsDocument>("stats", MINI, "--axis", axis);
    for (const split of [splits.train, splits.test]) {
      expect(split.mean.length).toBe(groups);
      expect(split.valuesPerStatistic * groups).toBe(split.shape.reduce((a, b) => a * b));
      expect(split.labelCounts.reduce((a, b) => a + b)).toBe(split.shape[0]);
    }
  });

  it("per pixel average to the global mean", async () => {
    const pixel = await jsonHere<StatsDocument>("stats", MINI, "--axis", "pixel");
    const global = await jsonHere<StatsDocument>("stats", MINI);
    const mean = pixel.splits.train.mean.reduce((a, b) => a + b) / 784;
    expect(mean).toBeCloseTo(global.splits.train.mean[0], 10);
  });

  it("save the requested scaling, and print the same statistics", async () => {
    const file = join(temporaryFolder(), "scaler.json");
    const saved = await jsonHere<StatsDocument>(
      "stats",
      MINI,
      "--save",
      file,
      "--scaling",
      "normalize+center",
    );
    expect(saved).toEqual(await jsonHere<StatsDocument>("stats", MINI));
    const { steps } = JSON.parse(await readFile(file, "utf8"));
    expect(steps.map((step: { kind: string }) => step.kind)).toEqual(["normalize", "center"]);
    expect(steps[1].mean[0]).toBeCloseTo(saved.splits.train.mean[0] / 255, 10);
  });
});

describe.concurrent("numbers given as options", () => {
  it("scale as the same numbers in a scaling's text", async () => {
    const scalingOf = async (command: string, ...args: string[]) =>
      (await jsonHere<{ scaling: string }>(command, MINI, ...args)).scaling;
    const numbers = ["--rescale", "1/255", "--mean", "0.1307", "--std", "0.3081"];
    expect(await scalingOf("standardize", ...numbers)).toBe("normalize+standardize=0.1307/0.3081");
    expect(await scalingOf("center", "--mean", "1/2")).toBe("center=0.5");
    expect(await scalingOf("normalize", "--rescale", "1/127.5", "--offset", "-1")).toBe("rescale=1/127.5-1");
  });

  it("are refused if they do not go together", async () => {
    const refused = async (...args: string[]) => errorLine(await here(args[0], MINI, ...args.slice(1)), 2);
    expect(await refused("standardize", "--mean", "0.5")).toMatch(
      /^--mean: needs as many numbers as --std; /,
    );
    expect(await refused("standardize", "--mean", "1", "--std", "0")).toMatch(/^--std: must be above 0; /);
    expect(await refused("center", "--mean", "1", "--samplewise")).toMatch(
      /^--mean: --samplewise takes the statistics of each image; /,
    );
    expect(await refused("center", "--mean", "x")).toMatch(/^--mean: must be a number, or one a channel /);
  });
});

describe.concurrent("stats --snippet", () => {
  it("prints the well-known numbers of MNIST", async () => {
    const { status, stdout } = await pixscale("stats", "mnist", "--snippet", "torchvision");
    expect(status).toBe(0);
    const [, mean, std] = /mean=\[([\d.]+)\], std=\[([\d.]+)\]/.exec(stdout)?.map(Number) ?? [];
    expect([mean.toFixed(4), std.toFixed(4)]).toEqual(["0.1307", "0.3081"]);
    expect(stdout).not.toContain("│");
  });

  it("supports other steps, and names those it does not", async () => {
    const code = await here("stats", MINI, "--snippet", "keras", "--scaling", "normalize=1/2");
    expect(code.stdout).toContain("Rescaling(scale=[0.5])");
    const { snippet } = await jsonHere<{ snippet: string }>("stats", MINI, "--snippet", "tfjs");
    expect(snippet).toContain("@tensorflow/tfjs");
    const refused = async (...args: string[]) =>
      errorLine(await here("stats", MINI, "--snippet", "keras", ...args), 2);
    expect(await refused("--axis", "pixel")).toMatch(/^--axis: snippets have no statistic per pixel; /);
    expect(await refused("--scaling", "normalize+zca")).toMatch(
      /^--scaling: no snippet for keras can do "zca"; use a scaling without it, or pixscale apply with a /,
    );
    expect(await refused("--scaling", "histeq")).toMatch(
      /"histeq"; use skimage\.exposure\.equalize_hist in Python, or pixscale apply /,
    );
    expect(await refused("--scaling", "normalize=-1")).toMatch(
      /^--scaling: snippets cannot divide by a negative number; /,
    );
  });
});

describe.concurrent("batches", () => {
  it.each([
    ["1", 2000, 1],
    ["300", 7, 300],
    ["2000", 1, 2000],
    ["5000", 1, 2000],
  ])("of %s", async (size, batches, first) => {
    const { splits } = await jsonHere<ScaleDocument>("normalize", MINI, "--batch-size", size);
    expect([splits.train.batches, splits.train.firstBatch.shape[0]]).toEqual([batches, first]);
  });

  it("hold the same images in another order when shuffled, the same order for the same seed", async () => {
    const run = (...more: string[]) => jsonHere<ScaleDocument>("center", MINI, ...more);
    const plain = (await run()).splits.train;
    const first = (await run("--shuffle", "--seed", "1")).splits.train;
    const again = (await run("--shuffle", "--seed", "1")).splits.train;
    const other = (await run("--shuffle", "--seed", "2")).splits.train;
    expect(again).toEqual(first);
    expect(new Set([plain, first, other].map(({ firstBatch }) => firstBatch.mean)).size).toBe(3);
    for (const { whole } of [first, other]) {
      expect([whole.min, whole.max]).toEqual([plain.whole.min, plain.whole.max]);
      expect(whole.mean).toBeCloseTo(plain.whole.mean, 9);
      expect(whole.std).toBeCloseTo(plain.whole.std, 9);
    }
    expect((await run("--no-shuffle")).splits.train).toEqual(plain);
  });
});

describe.concurrent("scalings", () => {
  it("take a factor as a fraction", async () => {
    const half = await jsonHere<ScaleDocument>("normalize", MINI, "--rescale", "1/510");
    expect(half.splits.train.whole.max).toBe(0.5);
    const { scaling, splits, scaler } = await jsonHere<ScaleDocument>("center", MINI, "--rescale", "1/255");
    expect(scaling).toBe("normalize+center");
    expect(scaler.steps.map(({ kind }) => kind)).toEqual(["normalize", "center"]);
    expect(splits.train.whole.max - splits.train.whole.min).toBeCloseTo(1, 6);
  });

  it("along the axis pixel make each pixel's mean 0", async () => {
    const { scaler, splits, axis } = await jsonHere<ScaleDocument>("center", MINI, "--axis", "pixel");
    expect(axis).toBe("pixel");
    expect(scaler.steps[0].mean?.length).toBe(784);
    expect(Math.abs(splits.train.whole.mean)).toBeLessThan(1e-6);
  });

  it("take each image's own statistics", async () => {
    const { scaling, splits } = await jsonHere<ScaleDocument>(
      "standardize",
      MINI,
      "--samplewise",
      "--batch-size",
      "1",
    );
    expect(scaling).toBe("samplewise-standardize");
    for (const { firstBatch, whole } of [splits.train, splits.test]) {
      for (const figures of [firstBatch, whole]) {
        expect(Math.abs(figures.mean)).toBeLessThan(1e-6);
        expect(figures.std).toBeCloseTo(1, 6);
      }
    }
    const centered = await jsonHere<ScaleDocument>("center", MINI, "--samplewise");
    expect(centered.scaling).toBe("samplewise-center");
  });

  it("whiten, so that what varies has a standard deviation of 1", async () => {
    const { scaling, scaler, splits } = await json<ScaleDocument>("whiten", MINI, "--axis", "pixel");
    expect(scaling).toBe("zca");
    // All but the matrix, which has 307,720 numbers.
    expect(Object.keys(scaler.steps[0])).toEqual(["kind", "epsilon", "mean"]);
    // NumPy finds that 624 of the 784 directions vary in these 2,000 images.
    expect(splits.train.whole.std ** 2 * 784).toBeCloseTo(624, 1);
    expect(Math.abs(splits.train.whole.mean)).toBeLessThan(1e-5);
  });

  it("save the scaled images", async () => {
    const folder = temporaryFolder();
    const { splits } = await jsonHere<ScaleDocument>("center", MINI, "--save", join(folder, "a.npz"));
    const again = await jsonHere<StatsDocument>("stats", join(folder, "a.npz"));
    for (const name of ["train", "test"] as const) {
      expect(again.splits[name].shape).toEqual(splits[name].whole.shape);
      expect(again.splits[name].mean[0]).toBeCloseTo(splits[name].whole.mean, 9);
      expect(again.splits[name].std[0]).toBeCloseTo(splits[name].whole.std, 9);
    }
    const file = join(folder, "test.npy");
    const { status, stderr } = await pixscale("center", MINI, "--save", file, "--split", "test");
    expect({ status, stderr }).toEqual({ status: 0, stderr: `wrote ${file}\n` });
    expect((await readFile(file)).subarray(10, 77).toString()).toContain("'shape': (500, 28, 28, 1)");
    expect(errorLine(await here("center", MINI, "--save", join(folder, "a.csv")), 2)).toMatch(
      /^--save: must end in \.npy or \.npz, or be a folder, as in "out\/" \(got ".*a\.csv"\); /,
    );
  });

  it("never overwrite their input, and write only after everything else has succeeded", async () => {
    const folder = temporaryFolder();
    const file = join(folder, "a.npz");
    await jsonHere<ScaleDocument>("normalize", MINI, "--save", file);
    const before = await readFile(file);
    for (const command of ["normalize", "stats"]) {
      const line = errorLine(await pixscale(command, file, "--save", join(folder, ".", "a.npz")), 1);
      expect(line).toBe(`${file}: would overwrite the input; choose another file`);
    }
    expect(before.equals(await readFile(file))).toBe(true);
    const scaler = join(folder, "scaler.json");
    await writeFile(scaler, "old");
    errorLine(await here("stats", MINI, "--axis", "pixel", "--snippet", "keras", "--save", scaler), 2);
    expect(await readFile(scaler, "utf8")).toBe("old");
  });

  it.skipIf(!existsSync("/dev/full"))("report a full disk in one line", async () => {
    const shell = startProcess("sh", ["-c", `"${process.execPath}" "${BIN}" stats ${MINI} > /dev/full`]);
    expect(await shell.finished).toEqual({
      status: 1,
      stdout: "",
      stderr: "error: stdout: cannot be written (ENOSPC); choose another place\n",
    });
  });

  it("divide pixels that never vary by 1, or as Keras, and say which", async () => {
    const run = (...more: string[]) =>
      jsonHere<ScaleDocument>("standardize", MINI, "--axis", "pixel", ...more);
    const one = await run();
    const keras = await run("--constant", "keras");
    expect([one.scaling, keras.scaling]).toEqual(["standardize", "standardize=keras"]);
    expect(one.splits.test.whole.max).toBeLessThan(1000);
    expect(keras.splits.test.whole.max).toBeGreaterThan(1e6);
    expect(keras.splits.train).toEqual(one.splits.train);
    const file = join(temporaryFolder(), "scaler.json");
    for (const rule of ["one", "keras"]) {
      await here("stats", MINI, "--axis", "pixel", "--constant", rule, "--save", file);
      expect(JSON.parse(await readFile(file, "utf8")).steps[0].constant).toBe(rule);
    }
    const plan = await here(
      ...["compare", MINI, "--plan", "--seeds", "1", "--constant", "keras"],
      ...["--scalings", "normalize,standardize@pixel,normalize+unit-std"],
    );
    const scalings = plan.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).variant.scaling);
    expect(scalings).toEqual(["normalize", "standardize@pixel=keras", "normalize+unit-std=keras"]);
    const twice = ["compare", MINI, "--scalings", "unit-std,unit-std=keras", "--constant", "keras"];
    expect(errorLine(await here(...twice), 2)).toMatch(/^--constant: makes two of the --scalings the same; /);
    const wrong = await here("train", MINI, "--constant", "two");
    expect(errorLine(wrong, 2)).toMatch(/^--constant: "two" is not a choice; use one of one, keras/);
  });

  it("warn of means for pixels from 0 to 1, and refuse wrong numbers", async () => {
    const train = (...more: string[]) => here("stats", MINI, "--snippet", "keras", "--scaling", ...more);
    expect((await train("standardize=0.1307/0.3081")).stderr).toMatch(
      /^warning: means up to 1 are for pixels from 0 to 1[^\n]*; put normalize first\n$/,
    );
    expect((await train("normalize+standardize=0.1307/0.3081")).stderr).toBe("");
    expect(errorLine(await train("center=1:2:3"), 2)).toMatch(
      /^--scaling: center has 3 means, and the images have 1 /,
    );
    expect(errorLine(await train("center@pixel"), 2)).toMatch(
      /^--scaling: snippets have no statistic per pixel; /,
    );
  });

  it("know MNIST's numbers, and warn if earlier steps have changed the bytes", async () => {
    const snippet = async (...more: string[]) => {
      const { stdout, stderr } = await here("stats", MINI, "--snippet", "torchvision", "--scaling", ...more);
      const [, mean, std] = /mean=\[([\d.]+)\], std=\[([\d.]+)\]/.exec(stdout)?.map(Number) ?? [];
      return { mean: mean.toFixed(6), std: std.toFixed(6), stderr };
    };
    const plain = { mean: "0.130700", std: "0.308100", stderr: "" };
    expect(await snippet("mnist")).toEqual(plain);
    expect(await snippet("normalize+standardize=0.1307/0.3081")).toEqual(plain);
    expect((await snippet("normalize+mnist")).stderr).toMatch(
      /^warning: mnist is for pixels from 0 to 255, and earlier /,
    );
  });

  it("warn of pixels that never vary, unless quiet", async () => {
    const loud = await here("standardize", MINI, "--axis", "pixel");
    expect(loud.status).toBe(0);
    expect(loud.stderr).toMatch(/^warning: \d+ of 784 pixels are constant on train[^\n]*\n$/);
    const quiet = await here("standardize", MINI, "--axis", "pixel", "--quiet");
    expect(quiet).toEqual({ ...loud, stderr: "" });
  });
});

// Not concurrent: other tests would keep this process from looking in time.
it("an interrupted --save leaves the old file as it was", async () => {
  const folder = temporaryFolder();
  const file = join(folder, "scaled.npz");
  await writeFile(file, "old");
  const { process, finished } = start(["center", "mnist", "--save", file, "--quiet"]);
  await expect.poll(() => readdirSync(folder).length, { timeout: 60_000, interval: 2 }).toBe(2);
  process.kill("SIGTERM");
  expect((await finished).status).toBe(143);
  expect([readdirSync(folder), await readFile(file, "utf8")]).toEqual([["scaled.npz"], "old"]);
});
