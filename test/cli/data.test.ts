import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { encodeIdx, ramp } from "../data/idx/idx-encode.ts";
import { here, jsonHere } from "./here.ts";
import {
  type EvaluateDocument,
  errorLine,
  json,
  pixscale,
  type RunDocument,
  type ScaleDocument,
  type StatsDocument,
  temporaryFolder,
} from "./run.ts";

const HEIGHT = 12;
const WIDTH = 10;
const CLASSES = 3;

/** RGB images with a bright channel, which is the label, under a pattern. */
function coloured(count: number, phase: number): { images: Buffer; labels: Buffer; pixels: Uint8Array } {
  const size = HEIGHT * WIDTH * 3;
  const pixels = Uint8Array.from({ length: count * size }, (_, i) => {
    const label = Math.floor(i / size) % CLASSES;
    return (i % 3 === label ? 150 : 20) + ((i * 7 + Math.floor(i / size) * 13 + phase) % 90);
  });
  return {
    pixels,
    images: gzipSync(encodeIdx([count, HEIGHT, WIDTH, 3], pixels)),
    labels: gzipSync(
      encodeIdx(
        [count],
        Uint8Array.from({ length: count }, (_, i) => i % CLASSES),
      ),
    ),
  };
}

let folder: string;
let train: Uint8Array;

beforeAll(() => {
  folder = temporaryFolder();
  const splits = { train: coloured(90, 0), t10k: coloured(31, 5) };
  train = splits.train.pixels;
  for (const [name, { images, labels }] of Object.entries(splits)) {
    writeFileSync(join(folder, `${name}-images-idx4-ubyte.gz`), images);
    writeFileSync(join(folder, `${name}-labels-idx1-ubyte.gz`), labels);
  }
});

describe.concurrent("a folder of compressed colour images", () => {
  it("is measured per channel", async () => {
    const { splits, classes } = await jsonHere<StatsDocument>("stats", folder, "--axis", "channel");
    expect(classes).toBe(3);
    expect([splits.train.shape, splits.test.shape]).toEqual([
      [90, 12, 10, 3],
      [31, 12, 10, 3],
    ]);
    for (const channel of [0, 1, 2]) {
      const values = Array.from(train).filter((_, i) => i % 3 === channel);
      const mean = values.reduce((a, b) => a + b) / values.length;
      const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
      expect(splits.train.mean[channel]).toBeCloseTo(mean, 10);
      expect(splits.train.std[channel]).toBeCloseTo(Math.sqrt(variance), 10);
      expect(splits.train.min[channel]).toBe(Math.min(...values));
      expect(splits.train.max[channel]).toBe(Math.max(...values));
    }
    expect(splits.test.labelCounts).toEqual([11, 10, 10]);
  });

  it("is measured as a whole and per channel", async () => {
    const { splits } = await jsonHere<StatsDocument>("stats", folder);
    const byChannel = await jsonHere<StatsDocument>("stats", folder, "--axis", "channel");
    const { all, channel, ...global } = splits.train;
    expect(global).toMatchObject(all ?? {});
    expect(byChannel.splits.train).toMatchObject(channel ?? {});
    expect(channel?.mean.length).toBe(3);
    expect(all?.mean[0]).toBeCloseTo((channel?.mean ?? []).reduce((a, b) => a + b) / 3, 10);
    const { stdout } = await pixscale("stats", folder);
    for (const what of ["all", "channel 0", "channel 1", "channel 2"]) expect(stdout).toContain(`│ ${what} `);
  });

  it("shows the effect of each axis on each channel", async () => {
    const { splits } = await jsonHere<StatsDocument>("stats", folder);
    const { all, channel } = splits.train;
    const [mean, std] = [channel?.mean ?? [], channel?.std ?? []];
    const near = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 4));
    const center = await jsonHere<ScaleDocument>("center", folder);
    expect(center.axes).toEqual([
      { mean: near(mean), std: near(std) },
      { axis: "global", mean: near(mean.map((value) => value - (all?.mean[0] ?? 0))), std: near(std) },
      { axis: "channel", mean: near([0, 0, 0]), std: near(std) },
      { axis: "pixel", mean: near([0, 0, 0]), std: center.axes?.[3].std },
    ]);
    const standardize = await jsonHere<ScaleDocument>("standardize", folder, "--axis", "channel");
    expect(standardize.axes?.slice(1)).toEqual([
      {
        axis: "global",
        mean: near(mean.map((value) => (value - (all?.mean[0] ?? 0)) / (all?.std[0] ?? 1))),
        std: near(std.map((value) => value / (all?.std[0] ?? 1))),
      },
      { axis: "channel", mean: near([0, 0, 0]), std: near([1, 1, 1]) },
      { axis: "pixel", mean: near([0, 0, 0]), std: near([1, 1, 1]) },
    ]);
    const { stdout } = await pixscale("standardize", folder, "--axis", "channel");
    expect(stdout).toMatch(/^│ channel ★ +│/m);
    expect((await jsonHere<ScaleDocument>("center", "mnist-mini")).axes).toBeUndefined();
    expect((await jsonHere<ScaleDocument>("normalize", folder)).axes).toBeUndefined();
  });

  it("is standardized per channel", async () => {
    const { splits } = await jsonHere<ScaleDocument>("standardize", folder, "--axis", "channel");
    expect(splits.train.batches).toBe(2);
    expect(splits.train.whole.mean).toBeCloseTo(0, 6);
    expect(splits.train.whole.std).toBeCloseTo(1, 6);
  });

  it("is trained on, and the saved model is evaluated and trained further", async () => {
    const saved = join(temporaryFolder(), "run");
    const args = [folder, "--scaling", "standardize", "--axis", "channel", "--batch-size", "16"];
    const run = await json<RunDocument>("train", ...args, "--epochs", "4", "--save", saved);
    expect(run.images).toEqual({ train: 90, validation: 0, test: 31 });
    expect(run.test.accuracy).toBeGreaterThan(0.9);
    expect(run.test.confusion.map((row) => row.reduce((a, b) => a + b))).toEqual([11, 10, 10]);
    const evaluated = await jsonHere<EvaluateDocument>("evaluate", saved, folder);
    expect(evaluated.confusion).toEqual(run.test.confusion);
    const more = await json<RunDocument>("train", ...args, "--epochs", "1", "--init-from", saved);
    expect(more.epochs[0].loss).toBeLessThan(run.epochs[0].loss);
    const line = errorLine(await here("evaluate", saved, "mnist-mini"), 1);
    expect(line).toContain(join(saved, "model.json"));
    expect(line).toMatch(/12×10×3.*28×28×1/);
  });

  it.each([
    "normalize+zca",
    "samplewise-standardize",
    "unit-std",
  ])("is trained on with %s, and evaluated with the scaler saved beside the model", async (scaling) => {
    const saved = join(temporaryFolder(), "run");
    const args = [folder, "--scaling", scaling, "--axis", "channel", "--epochs", "1", "--batch-size", "16"];
    const run = await json<RunDocument>("train", ...args, "--save", saved);
    expect(run.settings.scaling).toBe(scaling);
    const { loss, confusion } = await jsonHere<EvaluateDocument>("evaluate", saved, folder);
    expect({ loss, confusion }).toEqual({ loss: run.test.loss, confusion: run.test.confusion });
  });
});

describe.concurrent("a sample", () => {
  it("is estimated from, with standard errors, and the exact figures are offered", async () => {
    const { stdout, stderr } = await pixscale("stats", "mnist-mini", "--sample", "200");
    expect(stdout).toContain("SE of mean");
    expect(stderr).toBe(
      "200 of 2,000 training images and 200 of 500 test images, drawn at random, class by class; " +
        "for the exact figures leave --sample out\n",
    );
  });

  it("of a folder decodes only what it draws, and has the figures of all images once it draws all", async () => {
    const folder = temporaryFolder();
    for (const name of ["a", "b"]) {
      mkdirSync(join(folder, name));
      for (let i = 0; i < 20; i++) {
        const pixels = Uint8Array.from(
          { length: 16 },
          (_, at) => (at * 31 + i * 17 + name.charCodeAt(0)) % 256,
        );
        writeFileSync(join(folder, name, `${i}.pgm`), Buffer.concat([Buffer.from("P5 4 4 255\n"), pixels]));
      }
    }
    const exact = await json<StatsDocument>("stats", folder);
    const whole = await json<StatsDocument>("stats", folder, "--sample", "99");
    expect(whole.splits.train).toMatchObject({ drawn: 32, meanStandardError: [0] });
    expect(whole.splits.train.mean[0]).toBeCloseTo(exact.splits.train.mean[0], 10);
    expect(whole.splits.train.std[0]).toBeCloseTo(exact.splits.train.std[0], 10);
    const some = await json<StatsDocument>("stats", folder, "--sample", "10");
    expect(some.splits.train).toMatchObject({ drawn: 10, skipped: 0 });
  });

  it.each([
    [["--sample", "9", "--precision", "1%"], /^error: --precision: reads as many images as it takes; /],
    [["--sample", "9", "--axis", "pixel"], /^error: --sample: does not estimate statistics per pixel; /],
    [["--sample", "9", "--plot"], /^error: --plot: needs every image, not a sample; /],
    [["--precision", "1%", "--shard", "1/2", "--save", "x"], /^error: --shard: needs every image, /],
    [
      ["--sample", "9", "--scaling", "minmax", "--save", "x"],
      /^error: --sample: does not know the extremes /,
    ],
    [["--seed", "9"], /^error: --seed: is the seed of a sample; /],
  ])("is refused where it cannot give what is asked for: %s", async (options, message) => {
    const { stderr, status } = await pixscale("stats", "mnist-mini", ...options);
    expect(stderr).toMatch(message);
    expect(status).toBe(2);
  });
});

describe.concurrent("bad data end with status 1, one line and no output:", () => {
  it.each(["stats", "center", "train"])("%s of nothing", async (command) => {
    const nowhere = join(temporaryFolder(), "nowhere");
    expect(errorLine(await here(command, nowhere), 1)).toBe(
      `dataset: "${nowhere}" is neither a known dataset nor an existing path; use mnist, mnist-mini, fashion-mnist, a path, or a name that pixscale datasets lists`,
    );
  });

  it("evaluate of nothing", async () => {
    const nowhere = join(temporaryFolder(), "nowhere");
    expect(errorLine(await here("evaluate", nowhere, "mnist-mini"), 1)).toContain(nowhere);
  });

  it("an empty name", async () => {
    expect(errorLine(await here("stats", ""), 1)).toMatch(/^dataset: "" is neither /);
  });

  const good: Readonly<Record<string, Uint8Array>> = {
    "train-images-idx3-ubyte": encodeIdx([3, 2, 2], ramp(12)),
    "train-labels-idx1-ubyte": encodeIdx([3], Uint8Array.of(0, 2, 1)),
    "t10k-images-idx3-ubyte": encodeIdx([2, 2, 2], ramp(8)),
    "t10k-labels-idx1-ubyte": encodeIdx([2], Uint8Array.of(1, 0)),
  };
  const write = (changes: Readonly<Record<string, Uint8Array>> = {}) => {
    const target = temporaryFolder();
    for (const [name, bytes] of Object.entries({ ...good, ...changes })) {
      writeFileSync(join(target, name), bytes);
    }
    return target;
  };

  it.each<[string, string, Uint8Array]>([
    ["a truncated file", "train-images-idx3-ubyte", good["train-images-idx3-ubyte"].subarray(0, 20)],
    ["trailing bytes", "t10k-images-idx3-ubyte", Buffer.concat([good["t10k-images-idx3-ubyte"], ramp(3)])],
    ["a wrong magic number", "train-labels-idx1-ubyte", encodeIdx([3], ramp(3), 0x0d01)],
    ["too few labels", "t10k-labels-idx1-ubyte", encodeIdx([1], ramp(1))],
    ["an empty file", "t10k-labels-idx1-ubyte", new Uint8Array(0)],
  ])("%s", async (_, name, bytes) => {
    expect(errorLine(await here("stats", write({ [name]: bytes })), 1)).toContain(name);
  });

  it("images too small for the reference CNN, naming the data", async () => {
    const tiny = write();
    expect(errorLine(await here("train", tiny), 1)).toContain(tiny);
    expect((await here("stats", tiny)).status).toBe(0);
  });
});
