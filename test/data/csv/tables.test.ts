import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { DataOptions } from "../../../src/data/format.ts";
import { loadDataset } from "../../../src/data/load.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pixscale-csv-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** Writes files and loads one of them, or the folder. */
async function load(
  files: Readonly<Record<string, string | Uint8Array>>,
  options: DataOptions = {},
  name = "",
) {
  for (const [file, content] of Object.entries(files)) await writeFile(join(folder, file), content);
  const notes: string[] = [];
  const observer = { onNote: (note: string) => notes.push(note) };
  return { ...(await loadDataset(join(folder, name), { ...options, observer })), notes };
}

const PIXELS = Array.from({ length: 16 }, (_, i) => i);
const NAMES = PIXELS.map((i) => `pixel${i}`).join(",");
/** A row of 4 × 4 pixels that count up from a value. */
const row = (from: number, separator = ",") => PIXELS.map((i) => from + i).join(separator);
const LABELLED = `label,${NAMES}\n3,${row(0)}\n0,${row(100)}\n1,${row(240)}\n`;
const ALL = { testSplit: 0 };

describe("a table of pixels", () => {
  it("has an image and its class in each row, under a header", async () => {
    const { train, test, classes, classNames } = await load({ "a.csv": LABELLED }, ALL, "a.csv");
    expect(train.shape).toEqual({ height: 4, width: 4, channels: 1 });
    expect(train.pixels).toEqual(
      Uint8Array.from([0, 100, 240].flatMap((from) => PIXELS.map((i) => from + i))),
    );
    expect([[...train.labels], classes, classNames, test.count]).toEqual([[3, 0, 1], 4, undefined, 0]);
  });

  it.each<[string, string, DataOptions]>([
    ["a byte order mark and CRLF", `\ufeff${LABELLED.replaceAll("\n", "\r\n")}`, {}],
    ["blank lines, and none at its end", `\n${LABELLED.replaceAll("\n", "\n\n").trim()}`, {}],
    ["tabs", LABELLED.replaceAll(",", "\t"), {}],
    ["semicolons and spaces", LABELLED.replaceAll(",", " ; "), {}],
    ["quotes", LABELLED.replace(/[^,\n]+/g, '"$&"'), {}],
    ["a header in quotes", LABELLED.replace(/^.*$/m, (head) => head.replace(/[^,]+/g, '"$&"')), {}],
    ["no header", LABELLED.slice(LABELLED.indexOf("\n") + 1), {}],
    [
      "a header of numbers",
      `${[0, ...PIXELS.map((i) => i + 1)].join(",")}${LABELLED.slice(LABELLED.indexOf("\n"))}`,
      {},
    ],
    [
      "a column that numbers the rows",
      LABELLED.replace(/^/gm, "7,").replace("7,label", "id,label").replace(/7,$/, ""),
      {},
    ],
    ["another name for the classes", LABELLED.replace("label", "Digit"), { labelColumn: "digit" }],
    ["the number of their column", LABELLED.replace("label", "digit"), { labelColumn: "1" }],
    [
      "FER-2013's columns",
      `emotion,pixels,Usage\n${[
        [3, 0],
        [0, 100],
        [1, 240],
      ]
        .map(([label, from]) => `${label},${row(from, " ")},Training\n`)
        .join("")}`,
      {},
    ],
  ])("may have %s", async (_, content, options) => {
    const { train } = await load({ "a.csv": content }, { ...ALL, ...options }, "a.csv");
    expect([...train.labels]).toEqual([3, 0, 1]);
    expect([...train.pixels.slice(14, 18), train.pixels[47]]).toEqual([14, 15, 100, 101, 255]);
    expect(train.pixels).toBeInstanceOf(Uint8Array);
  });

  it("has its classes last, if so named, and names of classes", async () => {
    const content = `${NAMES},class\n${row(0)},newt\n${row(1)},cat\n${row(2)},newt\n`;
    const { train, classNames } = await load({ "a.csv": content }, ALL, "a.csv");
    expect([[...train.labels], classNames, train.pixels[16]]).toEqual([[1, 0, 1], ["cat", "newt"], 1]);
  });

  it.each<[string, string, string, readonly number[]]>([
    ["uint16", "65535", "Uint16Array", [65535]],
    ["float32 for fractions", "0.25", "Float32Array", [0.25]],
    ["float32 for negative numbers", "-3", "Float32Array", [-3]],
    ["float32 above 65535", "65536", "Float32Array", [65536]],
    ["uint8 for numbers in other forms", "2.5e1", "Uint8Array", [25]],
  ])("is of type %s", async (_, value, type, values) => {
    const { train } = await load({ "a.csv": LABELLED.replace(/240(?=,)/, value) }, ALL, "a.csv");
    expect(train.pixels.constructor.name).toBe(type);
    expect([...train.pixels.slice(32, 33)]).toEqual(values);
  });

  it("may be gzipped and have any shape that is given", async () => {
    const content = gzipSync(`label,${[...PIXELS, 16, 17].map((i) => `p${i}`)}\n1,${row(0)},16,17\n`);
    const shape = { height: 2, width: 3, channels: 3 };
    const { train } = await load({ "a.csv.gz": content }, { ...ALL, shape }, "a.csv.gz");
    expect([train.shape, [...train.pixels]]).toEqual([shape, [...PIXELS, 16, 17]]);
  });

  it("of many blocks is read whole", async () => {
    const rows = Array.from({ length: 120_000 }, (_, i) => `${i % 7},${row(i % 200)}\n`);
    const { train, test } = await load({ "a.csv": `label,${NAMES}\n${rows.join("")}` }, {}, "a.csv");
    expect([train.count, test.count]).toEqual([96_000, 24_000]);
    const sums = [train, test].map(({ pixels }) =>
      (pixels as Uint8Array).reduce((sum, value) => sum + value, 0),
    );
    expect(sums[0] + sums[1]).toBe(rows.reduce((sum, _, i) => sum + 16 * (i % 200) + 120, 0));
  });

  it.each<[string, string | Uint8Array, RegExp, DataOptions?]>([
    ["a missing cell", LABELLED.replace("240,", ""), /a\.csv: line 4: 16 cells instead of 17; correct or /],
    ["a cell too many", LABELLED.replace("240,", "240,240,"), /a\.csv: line 4: 18 cells instead of 17; /],
    ["an empty cell", LABELLED.replace("240,", ","), /a\.csv: line 4: cell 2 is empty; /],
    ["NaN", LABELLED.replace("240,", "NaN,"), /a\.csv: line 4: cell 2 is "NaN", not a number; /],
    ["an infinite number", LABELLED.replace("240,", "1e999,"), /line 4: cell 2 is "1e999", not a number; /],
    ["a quoted word", LABELLED.replace("240,", '"x",'), /a\.csv: line 4: cell 2 is "x", not a number; /],
    ["a row without a class", LABELLED.replace("\n1,", "\n,"), /a\.csv: line 4: cell 1 is empty; /],
    ["nothing", "", /a\.csv: an empty file; /],
    ["a header only", `label,${NAMES}\n`, /a\.csv: no rows under its header; /],
    ["one column", "label\n1\n", /a\.csv: no columns in its first line; /],
    ["UTF-16", Buffer.from(LABELLED, "utf16le"), /a\.csv: not UTF-8 text; save it as UTF-8/],
    ["an open quote", LABELLED.replace("240,", '"240,'), /a\.csv: .*; quote cells as in RFC 4180/],
    [
      "text among its pixels",
      `label,name,${NAMES}\n1,x,${row(0)}\n`,
      /column "name" holds "x", which is no pixel/,
    ],
    [
      "two columns of classes",
      `label,class,${NAMES}\n1,1,${row(0)}\n`,
      /"label" and "class" could both .*`labelColumn`/,
    ],
    [
      "a number of pixels that is no square",
      `label,a,b,${NAMES}\n1,1,1,${row(0)}\n`,
      /18 pixel values per image, .*`shape: /,
    ],
    [
      "one column more than a square",
      `a,${NAMES}\n1,${row(0)}\n`,
      /17 columns of numbers, one more than 4 × 4 .*`labelColumn`/,
    ],
    [
      "values of 3 × 4 × 4",
      `label,${"a,".repeat(47)}b\n1${",1".repeat(48)}\n`,
      /48 pixel values .*`shape: 4x4x3`/,
    ],
    [
      "a header with other cells than its rows",
      `x,label,${NAMES}\n1,${row(0)}\n`,
      /17 cells under a header of 18; /,
    ],
    [
      "fractions in its first line only",
      `${row(0).replaceAll(",", ".5,")}\n${row(1)}\n`,
      /line 1 has fractions, .*could be a header/,
    ],
    [
      "another shape than is given",
      LABELLED,
      /`shape`: 5 × 5 × 1 is 25 values, but the images of .* have 16/,
      { shape: { height: 5, width: 5, channels: 1 } },
    ],
    [
      "a column that is not there",
      LABELLED,
      /no column "digit"; use one of label, pixel0, /,
      { labelColumn: "digit" },
    ],
    [
      "a pointer of Git LFS",
      "version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
      /Git LFS, .*; run git lfs pull/,
    ],
    ["values too large for float32", LABELLED.replace("240,", "1e300,"), /values too large for float32; /],
  ])("is refused with %s", async (_, content, message, options = {}) => {
    await expect(load({ "a.csv": content }, options, "a.csv")).rejects.toThrow(message);
  });

  it("with damaged gzip data is refused", async () => {
    const whole = gzipSync(LABELLED);
    await expect(load({ "a.csv.gz": whole.subarray(0, 40) }, ALL, "a.csv.gz")).rejects.toThrow(
      /truncated gzip data/,
    );
    await expect(load({ "b.csv.gz": LABELLED }, ALL, "b.csv.gz")).rejects.toThrow(/damaged gzip data/);
  });

  it("has the values that JavaScript reads in each cell", async () => {
    const value = fc.oneof(
      fc.integer({ min: -70000, max: 70000 }).map(String),
      fc.double({ noNaN: true, min: -1e30, max: 1e30 }).map((number) => String(Math.fround(number))),
      fc.constantFrom("007", "+5", "1.", ".5", "1e3", "123456789012345678"),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(value, { minLength: 16, maxLength: 16 }), async (cells) => {
        const { train } = await load({ "a.csv": `label,${NAMES}\n0,${cells.join(",")}\n` }, ALL, "a.csv");
        expect([...train.pixels]).toEqual([...Float32Array.from(cells, Number)]);
      }),
      { numRuns: 100 },
    );
  });
});

describe("the splits of tables", () => {
  const test = LABELLED.replaceAll("label,", "").replace(/^\d,/gm, "");

  it("are drawn from train.csv if test.csv has no classes, and other files are ignored", async () => {
    const files = {
      "train.csv": LABELLED,
      "test.csv": test,
      "sample_submission.csv": "ImageId,Label\n1,0\n",
    };
    const { train, test: tested, notes } = await load(files, { testSplit: 0.4 });
    expect([train.count, tested.count]).toEqual([2, 1]);
    expect(notes).toEqual([
      "1 file ignored: sample_submission.csv",
      "the images in test.csv have no labels and are ignored",
      "images of 4 × 4 × 1, classes 0 to 3 from train.csv, 1 test image drawn from them",
    ]);
  });

  it("are the files that are named so, with one type of values", async () => {
    const files = {
      "fashion-mnist_train.csv": LABELLED,
      "fashion-mnist_test.csv": LABELLED.replace("240,", "300,"),
      "a.png": "",
    };
    const { train, test: tested, notes } = await load(files);
    expect([train.count, tested.count, tested.pixels[32]]).toEqual([3, 3, 300]);
    expect(train.pixels).toBeInstanceOf(Uint16Array);
    expect(notes).toContain("1 file ignored: a.png");
  });

  it("are those of FER-2013's column", async () => {
    const rows = ["Training", "PublicTest", "PrivateTest", "Training"];
    const content = `emotion,pixels,Usage\n${rows.map((usage, i) => `${i},${row(i, " ")},${usage}\n`).join("")}`;
    const { train, validation, test: tested } = await load({ "fer2013.csv": content });
    expect([train, validation, tested].map((split) => [...(split?.labels ?? [])])).toEqual([
      [0, 3],
      [1],
      [2],
    ]);
    expect([...(validation?.pixels ?? [])]).toEqual(PIXELS.map((i) => i + 1));
  });

  it("may have a column of classes given that only the training table has", async () => {
    const files = { "train.csv": LABELLED.replace("label", "digit"), "test.csv": test };
    for (const labelColumn of ["digit", "1"]) {
      expect((await load(files, { labelColumn, testSplit: 0.4 })).train.count).toBe(2);
    }
  });

  it("are the same for the same seed, and drawn as those of folders", async () => {
    const rows = Array.from({ length: 20 }, (_, i) => `${i},${row(i)}\n`).join("");
    const files = { "a.csv": `label,${NAMES}\n${rows}` };
    const drawn = async (splitSeed: number) => [...(await load(files, { splitSeed }, "a.csv")).test.labels];
    expect(await drawn(1)).toEqual(await drawn(1));
    expect(await drawn(1)).not.toEqual(await drawn(2));
    expect(await drawn(0)).toHaveLength(4);
  });

  it.each<[string, Readonly<Record<string, string>>, RegExp, DataOptions?]>([
    [
      "two training tables",
      { "train.csv": LABELLED, "train_2.csv": LABELLED },
      /both "train\.csv" and "train_2\.csv" could be the train images/,
    ],
    [
      "none for training",
      { "a.csv": LABELLED, "b.csv": LABELLED },
      /"a\.csv", "b\.csv", but none is named as the training images/,
    ],
    [
      "images of other sizes",
      { "train.csv": LABELLED, "test.csv": `label,${"a,".repeat(24)}b\n1${",1".repeat(25)}\n` },
      /test\.csv: 25 pixel values per image, but ".*train\.csv" has 16/,
    ],
    [
      "a class that is not trained",
      { "train.csv": LABELLED.replace(/^\d/gm, "a"), "test.csv": LABELLED.replace(/^\d/gm, "b") },
      /train\.csv: no row of the class "b", which other splits have/,
    ],
    [
      "a test split although there is one",
      { "train.csv": LABELLED, "test.csv": LABELLED },
      /`testSplit`: .* has test images of its own/,
      { testSplit: 0.5 },
    ],
    [
      "an unknown split",
      { "a.csv": `label,pixels,split\n1,${row(0, " ")},folds\n` },
      /a\.csv: unknown split "folds"; /,
    ],
  ])("are refused with %s", async (_, files, message, options = {}) => {
    await expect(load(files, options)).rejects.toThrow(message);
  });

  it("of a folder of images with a table of classes are not those of the table", async () => {
    await mkdir(join(folder, "train"));
    await writeFile(join(folder, "train", "1.png"), "");
    await expect(load({ "labels.csv": "id,label\n1,pug\n" })).rejects.toThrow(/1\.png: .*the file is empty/);
  });
});
