import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { pixelType } from "../../../src/data/dataset.ts";
import type { DataOptions } from "../../../src/data/format.ts";
import { loadDataset, openDataset } from "../../../src/data/load.ts";
import { expectDataset, fixturesOf } from "../found.ts";

const { path: fixture, expected } = fixturesOf("arrays");

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pixscale-arrays-"));
});
afterEach(() => rm(folder, { recursive: true }));

describe("arrays as people save them", () => {
  it.each(Object.entries(expected))("are read as NumPy reads %s", async (name, what) => {
    const { train } = await expectDataset(fixture(name), {
      ...what,
      options: { ...(what.test ? {} : { testSplit: 0 }), ...what.options },
    });
    expect(pixelType(train)).toBe(what.type);
  });

  it.each<[string, string[], DataOptions]>([
    ["channels-first.npz", ["x_train (8, 3, 6, 5) is read with its channels first"], {}],
    ["big-endian.npz", ["labels 1 … 4 become 0 … 3"], {}],
    [
      "wide.npz",
      ["x_train holds int64 values from 0 to 51000, x_test holds int64 values from 2 to 254; read as uint16"],
      {},
    ],
    ["svhn", ["label 10 means 0, as in SVHN"], {}],
    [
      "several.npz",
      ['y_train.npy" gives images several labels or none, so they are read without labels'],
      {},
    ],
    ["beside.npz", ["arrays ignored: image_names str (8,)", "2 test images drawn from x"], {}],
    ["faces.npz", ["by shape: faces uint8 (8, 6, 5) as images"], {}],
    [
      "numbered.npz",
      [
        "by shape: arr_0 uint8 (8, 6, 5) as train images, arr_1 float64 (8, 4) as train labels, arr_2 uint8 (4, 6, 5) as test",
      ],
      {},
    ],
    ["no-test-labels.npz", ["the images in x_test have no labels and are ignored"], {}],
    ["pixel-labels.npz", ['y.npy" gives images several labels or none, so they are read without labels'], {}],
    [
      "two-types.npz",
      ["x_train uint8 (8, 6, 5, 3), x_test float32 (4, 6, 5, 3) differ in type; read as float32"],
      {},
    ],
    ["links.h5", ["arrays ignored: notes bytes (2,)"], {}],
    ["doubles.mat", ["labels 1 … 4 become 0 … 3", "2 test images drawn from images"], {}],
  ])("say what was understood of %s", async (name, texts, options) => {
    const notes: string[] = [];
    await loadDataset(fixture(name), { ...options, observer: { onNote: (note) => notes.push(note) } });
    for (const text of texts) expect(notes.join("\n")).toContain(text);
  });

  it.each<[string, DataOptions, RegExp]>([
    [
      "flat.npz",
      {},
      /x_train\.npy: shape \(8, 90\) has a row of values for each image; say what they are with `shape` \(90 values in all\)$/,
    ],
    [
      "flat.npz",
      { shape: { height: 3, width: 3, channels: 3 } },
      /`shape`: has 27 values, but an image of ".*" has 90; /,
    ],
    [
      "numbered.npz",
      { shape: { height: 6, width: 5, channels: 1 } },
      /`shape`: is for flat images, but arr_0 uint8 \(8, 6, 5\) has rows and columns; /,
    ],
    [
      "bands.npz",
      {},
      /shape \(8, 7, 6, 5\) is not that of images with 1, 3 or 4 channels; say which dimension they are with `layout: channels-first` or /,
    ],
    ["bands.npz", { channels: 8 }, /`channels: 8`: does not fit shape \(8, 7, 6, 5\) of /],
    ["volumes.npz", {}, /shape \(8, 6, 6, 6\) is not that of images with 1, 3 or 4 channels; /],
    [
      "unclear.npz",
      {},
      /shape \(8, 3, 10, 3\) could have its channels last or first; say which with `layout: channels-last` or /,
    ],
    [
      "objects.npz",
      {},
      /x_train\.npy: pixels of type object; save one array of numbers, such as numpy\.stack/,
    ],
    [
      "flat.npz",
      { shape: { height: 6, width: 5, channels: 3 }, channels: 1 },
      /`channels: 1`: `shape` says 3 channels; leave it out$/,
    ],
    [
      "columns.npz",
      {},
      /x_train\.npy: shape \(8, 30, 1\) has a row of values for each image; say what they are with `shape` \(30 values in all\)$/,
    ],
    [
      "colour.npy",
      {},
      /colour\.npy: shape \(6, 5, 3\) could be one image in colour, or 6 in gray; say that they are gray with `channels: 1`, or /,
    ],
    [
      "lzf.h5",
      {},
      /lzf\.h5\/x: compressed with lzf, which is not part of HDF5; save it with compression="gzip", or /,
    ],
    [
      "names.npz",
      { layout: "flat" },
      /`layout: flat`: says how a folder of images is read, and these are arrays; /,
    ],
  ])("are refused if they are %s with %j", async (name, options, message) => {
    await expect(loadDataset(fixture(name), options)).rejects.toThrow(message);
  });

  it("are refused if test images should be drawn though there are some", async () => {
    await expect(loadDataset(fixture("names.npz"), { testSplit: 0.2 })).rejects.toThrow(
      "`testSplit`: there are test images in test_images; leave the option out",
    );
  });

  it("are read either way if that is said", async () => {
    const shapeOf = async (layout: "channels-last" | "channels-first") =>
      (await loadDataset(fixture("unclear.npz"), { layout, testSplit: 0 })).train.shape;
    expect(await shapeOf("channels-last")).toEqual({ height: 3, width: 10, channels: 3 });
    expect(await shapeOf("channels-first")).toEqual({ height: 10, width: 3, channels: 3 });
  });

  it("lists the arrays where none can be images", async () => {
    await cp(fixture("kmnist/kmnist-train-labels.npz"), join(folder, "y.npz"));
    await expect(loadDataset(join(folder, "y.npz"))).rejects.toThrow(
      /y\.npz: no images for training among arr_0 int64 \(8,\); name the arrays x_train, y_train, x_test and y_test$/,
    );
    await cp(fixture("names.npz"), join(folder, "names.npz"));
    await cp(fixture("wide.npz"), join(folder, "wide.npz"));
    await expect(loadDataset(folder)).rejects.toThrow(
      /both "names\/train_images" and "wide\/x_train" could be the train images; name one of the files/,
    );
  });

  it("lists the first of many arrays", async () => {
    for (let i = 0; i < 10; i++) await cp(fixture("colour.npy"), join(folder, `${i}.npy`));
    await expect(loadDataset(folder)).rejects.toThrow(
      /: no images for training among 0 uint8 \(6, 5, 3\), 1 uint8 .*, 7 uint8 \(6, 5, 3\) and 2 more; name /,
    );
  });

  it.each([
    [
      "x.npz",
      "version https://git-lfs.github.com/spec/v1\noid sha256:0",
      "a Git LFS pointer, not the file itself; ",
    ],
    [
      "x.npy",
      "version https://git-lfs.github.com/spec/v1\noid sha256:0",
      "a Git LFS pointer, not the file itself; ",
    ],
    ["x.h5", "\n\n<!DOCTYPE html>\n<html lang=en>", "a web page, not data; "],
    ["x.mat", "<html>", "a web page, not data; "],
  ])("are not expected in what stands in for %s", async (name, content, problem) => {
    const path = join(folder, name);
    await writeFile(path, content);
    await expect(loadDataset(path)).rejects.toThrow(`${path}: ${problem}`);
  });

  it("in a folder of .npz files are a dataset of that format", async () => {
    expect((await loadDataset(fixture("kmnist"), { format: "npz" })).train.count).toBe(8);
  });

  it("are gone through in pieces", async () => {
    process.env.XDG_CACHE_HOME = folder;
    try {
      const disk = await openDataset(fixture("catvnoncat"), { maxMemory: 1 });
      expect([disk.train.pixels, disk.train.count]).toEqual([undefined, 8]);
    } finally {
      delete process.env.XDG_CACHE_HOME;
    }
  });
});
