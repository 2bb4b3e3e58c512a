import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { pixelType } from "../../../src/data/dataset.ts";
import type { DataOptions } from "../../../src/data/format.ts";
import { loadDataset, openDataset } from "../../../src/data/load.ts";
import { expectReadOrRefused } from "../damage.ts";
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
      ["x_train holds int64 values from 0 to 51000, read as uint16, x_test holds int64 values from"],
      {},
    ],
    ["svhn", ["label 10 means 0, as in SVHN"], {}],
    [
      "several.npz",
      ['y_train.npy" gives images several labels or none, so they are read without labels'],
      {},
    ],
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
      /x_train\.npy: shape \(8, 90\) has a row of values for each image; say what they are with `shape`, such as 1x90$/,
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
      /pixels of type x_train object \(8,\); save one array of numbers, such as numpy\.stack/,
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

describe("damaged files", () => {
  it.each(["half.npz", "sign-digits/X.npy", "svhn/train_32x32.mat", "svhn/test_32x32.mat"])(
    "of %s are read or refused",
    (name) => expectReadOrRefused(fixture(name), 150),
    60_000,
  );

  // The library stops for good at some damage, so that what follows is only refused.
  it("of bool.h5 are read or refused", () => expectReadOrRefused(fixture("bool.h5"), 40), 60_000);
});
