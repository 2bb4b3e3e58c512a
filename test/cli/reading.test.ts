import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { here, jsonHere } from "./here.ts";
import { type EvaluateDocument, errorLine, json, type StatsDocument, temporaryFolder } from "./run.ts";

const FILES = fileURLToPath(new URL("../../fixtures/images", import.meta.url));
const HEIGHT = 14;
const WIDTH = 18;

/** Means of the pixels that fixtures/make-images.py draws, per channel. */
const MEANS = [0, 1, 2].map((channel) => {
  let sum = 0;
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) sum += [x * 13 + y * 3, y * 17 + x * 2, x * y * 5][channel] % 256;
  }
  return sum / (HEIGHT * WIDTH);
});

function folderOf(...names: string[]): string {
  const folder = temporaryFolder();
  for (const label of ["a", "b"]) {
    mkdirSync(join(folder, label));
    for (const name of names) cpSync(join(FILES, name), join(folder, label, name));
  }
  return folder;
}

/** Images with the same pixels that carry what torchvision ignores. */
let carrying: string;
beforeAll(() => {
  carrying = folderOf("rgb.png", "rgba.png", "p3.png", "exif-6.png");
});

describe.concurrent("a folder of images", () => {
  it("is read as torchvision does, and says what that ignores", async () => {
    const { splits, reading } = await jsonHere<StatsDocument & { reading: unknown }>(
      ...["stats", carrying, "--test-split", "0", "--axis", "channel"],
    );
    expect(splits.train.mean).toEqual(MEANS.map((mean) => expect.closeTo(mean, 10)));
    expect(reading).toEqual({
      like: "torchvision",
      icc: "ignore",
      exif: "ignore",
      alpha: "drop",
      color: "rgb",
      depth: 8,
      resize: null,
    });
    const { stderr } = await here("stats", carrying, "--test-split", "0");
    expect(stderr.split("\n").slice(0, -1)).toEqual([
      "2 classes",
      "2 images have a colour profile, which torchvision ignores; --icc apply converts them to sRGB",
      "2 images have an EXIF orientation, which torchvision ignores; --exif apply turns them upright",
      "2 images have transparency, which torchvision ignores; --alpha black or --alpha white lays them over that colour",
    ]);
  });

  it.each([
    ["--alpha", "black"],
    ["--icc", "apply"],
    ["--like", "keras", "--size", "7x9"],
    ["--interpolation", "box", "--size", "7x9"],
    ["--no-antialias", "--size", "7x9"],
    ["--fit", "contain", "--size", "18x18"],
  ])("has other numbers with %s %s", async (...options) => {
    const read = ["stats", carrying, "--test-split", "0"];
    const [plain, changed] = [
      await jsonHere<StatsDocument>(...read),
      await jsonHere<StatsDocument>(...read, ...options),
    ];
    expect(changed.splits.train.mean[0]).not.toBeCloseTo(plain.splits.train.mean[0], 3);
  });

  it("of several sizes must be resized to be scaled, and EXIF is named if it is the reason", async () => {
    const error = errorLine(
      await here("compare", carrying, "--exif", "apply", "--scalings", "none", "--quiet"),
      1,
    );
    expect(error).toBe(
      `${carrying}: 8 images of 2 sizes: 6 of 18 by 14, 2 of 14 by 18, as the EXIF orientation of 2 swaps height and width; ` +
        "resize all images, for example with --size 14x18, or keep them as stored with --exif ignore",
    );
  });

  it("may have 8 and 16 bits if --depth says which to keep", async () => {
    const mixed = folderOf("gray.png", "gray-16-bit.png");
    expect(errorLine(await here("stats", mixed, "--quiet"), 1)).toMatch(
      /gray-16-bit\.png: 16-bit gray values, which torchvision cuts off at 255; keep them with --depth 16$/,
    );
    const { splits } = await jsonHere<StatsDocument>("stats", mixed, "--depth", "16", "--test-split", "0");
    expect(splits.train.max[0]).toBeGreaterThan(60_000);
    expect(errorLine(await here("stats", mixed, "--depth", "12"), 2)).toBe(
      '--depth: "12" is not a choice; use one of 8, 16',
    );
  });

  it("names all damaged files before --strict refuses them", async () => {
    const folder = folderOf("rgb.png");
    for (const name of ["a/1.png", "b/2.png"]) writeFileSync(join(folder, name), "no image");
    const { status, stderr } = await here("stats", folder, "--strict", "--test-split", "0");
    expect(status).toBe(1);
    const reason = "cannot be decoded (not an image of a known format)";
    expect(stderr.split("\n").slice(1, -1)).toEqual([
      expect.stringMatching(new RegExp(`^warning: .*[12]\\.png: ${reason.replace(/[()]/g, "\\$&")}$`)),
      expect.stringMatching(/^warning: /),
      `error: ${join(folder, "a/1.png")}: ${reason}, and neither can 1 other; replace or remove them`,
    ]);
  });

  it("counts the files of folders that are no classes", async () => {
    const folder = folderOf("rgb.png");
    mkdirSync(join(folder, "notes"));
    writeFileSync(join(folder, "notes", "why.md"), "");
    const { stderr } = await here("stats", folder, "--test-split", "0");
    expect(stderr).toBe("2 classes\n1 file ignored: .md 1\n");
  });

  it("is not resized without a size", async () => {
    expect(errorLine(await here("stats", carrying, "--fit", "cover"), 2)).toBe(
      "--fit: says how images are resized; choose a --size too",
    );
  });

  it("is evaluated as it was decoded in training", async () => {
    const saved = join(temporaryFolder(), "run");
    const options = ["--alpha", "white", "--size", "12x12", "--test-split", "1/2", "--epochs", "1"];
    const run = await json<{ test: { loss: number } }>("train", carrying, ...options, "--save", saved);
    const evaluation = await jsonHere<EvaluateDocument>("evaluate", saved);
    expect(evaluation.loss).toBe(run.test.loss);
  });
});

describe.concurrent("the snippet of a folder of images", () => {
  it("resizes as the pipeline, and is per channel unless --axis global is given", async () => {
    const snippet = async (...options: string[]) =>
      (await here("stats", carrying, "--size", "7x9", "--snippet", "torchvision", ...options)).stdout;
    const code = await snippet();
    expect(code).toContain(
      "v2.Resize((7, 9), interpolation=v2.InterpolationMode.BILINEAR),\n    v2.ToImage()",
    );
    expect(code).toContain("# A mean and std for each channel.\n");
    const [first, second] = JSON.parse(/mean=(\[[^\]]*\])/.exec(code)?.[1] ?? "[]");
    expect(first).not.toBe(second);
    const together = await snippet("--axis", "global");
    expect(together).toContain("# One mean and std of all channels together.\n");
    const means = JSON.parse(/mean=(\[[^\]]*\])/.exec(together)?.[1] ?? "[]");
    expect(new Set(means).size).toBe(1);
  });
});
