import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { DataOptions } from "../../src/data/format.ts";
import { loadDataset } from "../../src/data/load.ts";
import { expectDataset, fixturesOf } from "./found.ts";

const { path: fixture, expected } = fixturesOf("tables");

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pixscale-tables-"));
});
afterEach(() => rm(folder, { recursive: true }));

describe("pickles, tables, Parquet and archives", () => {
  it.each(Object.entries(expected))("are read as Python reads %s", (name, what) =>
    expectDataset(fixture(name), what).then(() => {}));

  it.each<[string, string[], DataOptions]>([
    [
      "kaggle",
      [
        /the images in .*test\.csv have no labels and are ignored/.source,
        "classes 0 to 2 from train\\.csv, 1 test image drawn from them$",
      ],
      {},
    ],
    ["no-header.csv", ["without a header, column 1 is read as the class"], { testSplit: 0 }],
    ["hub", ["^3 classes from column label, test images from test$"], {}],
    ["fine.parquet", ["classes are fine_label; `labelColumn` chooses another column"], { testSplit: 0 }],
    ["shards", ["^3 classes from \\.cls files, test images from validation$"], {}],
    ["photos.zip", ["^reading .*photos\\.zip.photos$", "^2 classes, 2 test images drawn from them$"], {}],
  ])("say what was understood of %s", async (name, texts, options) => {
    const notes: string[] = [];
    await loadDataset(fixture(name), { ...options, observer: { onNote: (note) => notes.push(note) } });
    for (const text of texts) expect(notes).toContainEqual(expect.stringMatching(new RegExp(text)));
  });

  it.each<[string, DataOptions, RegExp]>([
    [
      "colour.csv",
      {},
      /colour\.csv: 60 pixel values per image, whose height, width and channels are not certain; name them, such as `shape: /,
    ],
    [
      "colour.csv",
      { shape: { height: 2, width: 2, channels: 3 } },
      /`shape`: 2 × 2 × 3 is 12 values, but the images of ".*" have 60; /,
    ],
    [
      "kaggle/train.csv",
      { labelColumn: "klass" },
      /train\.csv: no column "klass"; use one of label, pixel0, /,
    ],
    [
      "two.parquet",
      {},
      /two\.parquet: "image" and "mask" could both be the column of images; choose one with `imageColumn`$/,
    ],
    [
      "no-images.parquet",
      {},
      /no column of encoded images among pixels \{list\}, label int64; use a table with a column of images/,
    ],
    [
      "two.parquet",
      { imageColumn: "image", labelColumn: "mask" },
      /two\.parquet: column "mask" is of type bytes, which holds no classes; choose another one with `labelColumn`$/,
    ],
    ["elsewhere.parquet", {}, /row 1 has no image, only the path of one \("ant\/1\.png"\); save it again/],
    ["missing-shard", {}, /missing-shard: train-00000-of-00002\.parquet is missing; download it/],
    [
      "fine.parquet",
      { labelColumn: "fine" },
      /fine\.parquet: no column "fine"; use one of img, fine_label, coarse_label$/,
    ],
  ])("are refused if they are %s with %j", async (name, options, message) => {
    await expect(loadDataset(fixture(name), { testSplit: 0, ...options })).rejects.toThrow(message);
  });

  it.each<[string, string, RegExp]>([
    ["a short line", "label,a,b\n0,1\n", /line 2|cells/],
    [
      "an empty cell",
      `label${",p".repeat(25)}\n0${",1".repeat(25)}\n0${",1".repeat(24)},\n`,
      /line 3: cell 26 is empty; /,
    ],
    [
      "text",
      `label${",p".repeat(25)}\n0${",1".repeat(25)}\n1${",1".repeat(24)},x\n`,
      /line 3: cell 26 is "x", not a number; correct or remove the line$/,
    ],
    ["nothing", "", /an empty file; /],
  ])("are refused if a table has %s", async (_, text, message) => {
    await writeFile(join(folder, "train.csv"), text);
    await expect(loadDataset(join(folder, "train.csv"), { testSplit: 0 })).rejects.toThrow(message);
  });
});

describe("Parquet files", () => {
  it("of no split are left out beside those of splits, and named", async () => {
    await cp(fixture("hub"), folder, { recursive: true });
    const data = join(folder, "data");
    await cp(join(data, "test-00000-of-00001.parquet"), join(data, "extra-00000-of-00001.parquet"));
    const notes: string[] = [];
    const { train } = await loadDataset(folder, { observer: { onNote: (note) => notes.push(note) } });
    expect(train.count).toBe(7);
    expect(notes).toContain("extra-00000-of-00001.parquet is of no split and ignored");
  });

  it.each([
    ["train/0000.parquet", "test/0000.parquet"],
    ["default/train/0000.parquet", "default/test/0000.parquet"],
    ["mnist/train-00000.parquet", "mnist/validation-00000.parquet"],
  ])("may be laid out as %s", async (...names) => {
    const data = join(fixture("hub"), "data");
    await cp(join(data, "train-00001-of-00002.parquet"), join(folder, names[0]));
    await cp(join(data, "test-00000-of-00001.parquet"), join(folder, names[1]));
    const found = await loadDataset(folder);
    expect([found.train.count, found.test.count]).toEqual([3, 2]);
  });

  it.each([
    ["nothing", "", /: an empty file; /],
    ["other bytes", "PK\x03\x04", /: not a Parquet file; /],
    ["its start only", "PAR1", /: not a readable Parquet file \(/],
    [
      "a pointer of Git LFS",
      "version https://git-lfs.github.com/spec/v1",
      /: a pointer of Git LFS, not the file itself; run git lfs pull$/,
    ],
  ])("are refused with %s", async (_, content, message) => {
    await writeFile(join(folder, "a.parquet"), content);
    await expect(loadDataset(join(folder, "a.parquet"))).rejects.toThrow(message);
  });
});

describe("a pickle", () => {
  it("runs nothing", async () => {
    const log = vi.spyOn(console, "log");
    await expect(loadDataset(fixture("evil"), { format: "cifar100-python" })).rejects.toThrow(
      /evil.train: .*(print|builtin).*; /,
    );
    expect(log).not.toHaveBeenCalled();
    log.mockRestore();
  });
});

describe("damaged files", () => {
  it("of a pickle are read or refused", async () => {
    await cp(fixture("cifar-100-python"), folder, { recursive: true });
    const whole = await readFile(join(folder, "train"));
    // The numbers of the images are most of it, and any are right.
    for (let at = 0; at < whole.length; at += at < 200 || at > whole.length - 300 ? 1 : 997) {
      const damaged = Buffer.from(whole);
      damaged[at] ^= 1 << (at % 8);
      await writeFile(join(folder, "train"), damaged);
      const outcome = await loadDataset(folder).catch((error: Error) => error.message);
      if (typeof outcome === "string") expect(outcome).toMatch(/^[^\n]+: [^\n;]+; [^\n]+$/);
    }
  }, 60_000);
});
