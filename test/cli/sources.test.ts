import { cpSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { beforeAll, describe, expect, it } from "vitest";
import { here, jsonHere } from "./here.ts";
import {
  type EvaluateDocument,
  errorLine,
  json,
  pixscale,
  type RunDocument,
  type StatsDocument,
  start,
  temporaryFolder,
} from "./run.ts";

const NPZ = fileURLToPath(new URL("../../fixtures/numpy-bytes.npz", import.meta.url));
const COUNT = 12;

let folder: string;
/** Values of the images of both classes, in the order of names. */
const images: Uint8Array[] = [];

beforeAll(async () => {
  folder = temporaryFolder();
  for (const [label, name] of ["dark", "light"].entries()) {
    mkdirSync(join(folder, name));
    for (let i = 0; i < COUNT; i++) {
      const values = Uint8Array.from(
        { length: 12 * 10 * 3 },
        (_, k) => 100 * label + ((k * 7 + i * 13) % 90),
      );
      images.push(values);
      const path = join(folder, name, `${String(i).padStart(2, "0")}.png`);
      await sharp(values, { raw: { height: 12, width: 10, channels: 3 } })
        .png()
        .toFile(path);
    }
  }
});

describe.concurrent("a folder of images", () => {
  it("is measured, and damaged files are named and counted", async () => {
    const damaged = temporaryFolder();
    cpSync(folder, damaged, { recursive: true });
    writeFileSync(join(damaged, "light", "broken.png"), "no image");
    const { status, stdout, stderr } = await pixscale("stats", damaged, "--json");
    expect(status).toBe(0);
    const { splits, classes, classNames } = JSON.parse(stdout) as StatsDocument;
    expect([classes, classNames]).toEqual([2, ["dark", "light"]]);
    expect(splits.train.shape[0] + splits.test.shape[0]).toBe(2 * COUNT);
    const sum = images.reduce((total, values) => total + values.reduce((a, b) => a + b), 0);
    const found = [splits.train, splits.test].map(
      ({ mean, valuesPerStatistic }) => mean[0] * valuesPerStatistic,
    );
    expect(found[0] + found[1]).toBeCloseTo(sum, 5);
    expect(stderr).toBe(
      "2 classes, 5 test images drawn from them\n" +
        `warning: ${join(damaged, "light", "broken.png")}: cannot be decoded (not an image of a known format); skipped\n` +
        "warning: 1 image skipped\n",
    );
    expect(errorLine(await here("stats", damaged, "--strict", "--quiet"), 1)).toContain(
      "broken.png: cannot be decoded",
    );
  });

  it("is resized, converted to gray, and trained on", async () => {
    const args = ["--size", "10x12", "--color-mode", "gray", "--test-split", "1/4", "--split-seed", "3"];
    const { shape } = (await json<StatsDocument>("stats", folder, ...args)).splits.train;
    expect(shape.slice(1)).toEqual([10, 12, 1]);
    const run = await json<RunDocument & { reading: unknown }>("train", folder, ...args, "--epochs", "1");
    expect(run.images.train + run.images.test).toBe(2 * COUNT);
    expect(run.reading).toEqual({
      like: "torchvision",
      size: { height: 10, width: 12 },
      fit: "fill",
      interpolation: "bilinear",
      antialias: true,
      color: "gray",
      depth: 8,
      icc: "ignore",
      exif: "ignore",
      alpha: "drop",
      testSplit: 0.25,
      splitSeed: 3,
    });
  });

  it("is read for evaluation as it was in training, so never evaluated on training images", async () => {
    const reading = ["--size", "10x12", "--color", "gray", "--test-split", "1/4", "--split-seed", "3"];
    const saved = join(temporaryFolder(), "run");
    const run = await json<RunDocument>("train", folder, ...reading, "--epochs", "1", "--save", saved);
    for (const data of [[], [folder]]) {
      const evaluation = await jsonHere<EvaluateDocument>("evaluate", saved, ...data);
      expect(evaluation).toMatchObject({
        data: folder,
        images: run.images.test,
        classNames: ["dark", "light"],
      });
      expect(evaluation.confusion).toEqual(run.test.confusion);
    }
    const other = join(temporaryFolder(), "other");
    cpSync(folder, other, { recursive: true });
    renameSync(join(other, "light"), join(other, "bright"));
    const { status, stderr } = await pixscale("evaluate", saved, other, "--split-seed", "4");
    expect(status).toBe(0);
    expect(stderr).toContain(
      'class 0 is "bright", but the model was trained on "dark"; classes match by order\n',
    );
  });

  it("is read with --color gray, the former name of --color-mode, which does not colour the output", async () => {
    const { stdout } = await pixscale("stats", folder, "--color", "gray");
    expect(stdout).toContain("12, 10, 1)");
    expect(stdout).not.toContain("\x1b");
  });
});

describe.concurrent("--format", () => {
  it("overrides the detected format", async () => {
    expect((await jsonHere<StatsDocument>("stats", NPZ)).splits.train.shape).toEqual([6, 2, 3, 3]);
    expect((await jsonHere<StatsDocument>("stats", NPZ, "--format", "npz")).classes).toBe(3);
    expect(errorLine(await here("stats", folder, "--format", "cifar10"), 1)).toContain("no training batches");
    expect(errorLine(await here("stats", NPZ, "--format", "zip"), 2)).toMatch(
      /^--format: "zip" is not a choice; use one of /,
    );
  });

  it.each([
    ["--size", "32"],
    ["--size", "0x5"],
    ["--fit", "crop"],
    ["--color", "cmyk"],
    ["--test-split", "1"],
    ["--split-seed", "-1"],
  ])("%s %s is refused", async (flag, value) => {
    expect(errorLine(await here("stats", folder, flag, value), 2).startsWith(`${flag}: `)).toBe(true);
  });

  it.each([
    ["--transpose", [], '"DATA" has the format images', "IDX files"],
    ["--channels", ["13"], '"DATA" has the format images', "arrays"],
    ["--shape", ["28x28"], '"DATA" has the format images', "rows of pixels in arrays and tables"],
  ])("%s names what it is for", async (flag, values, what, use) => {
    expect(errorLine(await here("stats", folder, flag, ...values), 2)).toBe(
      `${flag}: is for ${use}, and ${what.replace("DATA", folder)}; leave the option out`,
    );
  });

  it("--layout channels-first is for arrays", async () => {
    expect(errorLine(await here("stats", "mnist-mini", "--layout", "channels-first"), 2)).toBe(
      '--layout: is for arrays, and "mnist-mini" is a known dataset; leave the option out',
    );
  });

  it.each([
    ["--size", "32x32"],
    ["--strict"],
  ])("%s is refused for anything but a folder of images", async (...args) => {
    expect(errorLine(await here("stats", "mnist-mini", ...args), 2)).toBe(
      `${args[0]}: "mnist-mini" is not a folder of images; leave the option out`,
    );
  });
});

it("fashion-mnist is read from the folder in PIXSCALE_DATA", async () => {
  const env = { ...process.env, PIXSCALE_DATA: folder };
  const line = errorLine(await start(["stats", "fashion-mnist"], { env }).finished, 1);
  expect(line).toBe(
    `fashion-mnist: not found in "${join(folder, "fashion-mnist")}"; install Debian's dataset-fashion-mnist, ` +
      "or put its four files in a folder fashion-mnist and set PIXSCALE_DATA to the folder that contains it",
  );
});
