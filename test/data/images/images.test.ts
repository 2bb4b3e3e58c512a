import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { DataOptions } from "../../../src/data/format.ts";
import { understandFolder } from "../../../src/data/images/layout.ts";
import { loadDataset } from "../../../src/data/load.ts";
import { folderEntries } from "../../../src/files/folder-entries.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pixscale-images-"));
});
afterEach(() => rm(folder, { recursive: true }));

const RED = [200, 10, 20];
const BLUE = [5, 15, 250];

/** Writes an image in the format that its name ends in, lossless if the format allows it. */
async function put(name: string, values: readonly number[], height: number, width: number): Promise<void> {
  const channels = (values.length / height / width) as 1 | 3 | 4;
  const image = sharp(Uint8Array.from(values), { raw: { height, width, channels } });
  const lossless = {
    webp: { lossless: true },
    avif: { lossless: true, chromaSubsampling: "4:4:4" },
  } as const;
  const format = name.split(".").pop() as "png" | "webp" | "avif";
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  await image.toFormat(format, lossless[format as "webp" | "avif"]).toFile(path);
}

/** A TIFF file of one gray float32 pixel: header, value, and a directory of tags with their types and values. */
function floatTiff(value: number): Buffer {
  const [SHORT, LONG] = [3, 4];
  const tags = [
    [256, LONG, 1], // width
    [257, LONG, 1], // height
    [258, SHORT, 32], // bits per value
    [259, SHORT, 1], // not compressed
    [262, SHORT, 1], // black is 0
    [273, LONG, 8], // offset of the value
    [277, SHORT, 1], // values per pixel
    [278, LONG, 1], // rows in the strip
    [279, LONG, 4], // bytes in the strip
    [339, SHORT, 3], // floating point
  ];
  const file = Buffer.alloc(12 + 2 + 12 * tags.length + 4);
  file.write("II*\0", "latin1");
  file.writeUInt32LE(12, 4);
  file.writeFloatLE(value, 8);
  file.writeUInt16LE(tags.length, 12);
  tags.forEach(([tag, type, content], i) => {
    const at = 14 + 12 * i;
    file.writeUInt16LE(tag, at);
    file.writeUInt16LE(type, at + 2);
    file.writeUInt32LE(1, at + 4);
    file.writeUInt32LE(content, at + 8);
  });
  return file;
}

/** Writes `train/` and `test/` with one-pixel images. */
async function putSplits(): Promise<void> {
  await put("train/b/1.png", RED, 1, 1);
  await put("train/a/2.png", BLUE, 1, 1);
  await put("train/a/deep/er/0.png", RED, 1, 1);
  await put("test/b/9.png", BLUE, 1, 1);
}

describe("a folder of images", () => {
  it("has one class per subfolder, in the order of names", async () => {
    await putSplits();
    await writeFile(join(folder, "train/a/notes.txt"), "no image");
    await writeFile(join(folder, "train/a/.hidden.png"), "no image");
    const { train, test, classes, classNames } = await loadDataset(folder);
    expect(train).toEqual({
      pixels: Uint8Array.of(...BLUE, ...RED, ...RED),
      labels: Uint8Array.of(0, 0, 1),
      count: 3,
      shape: { height: 1, width: 1, channels: 3 },
    });
    expect([[...test.pixels], [...test.labels]]).toEqual([BLUE, [1]]);
    expect([classes, classNames]).toEqual([2, ["a", "b"]]);
  });

  it.each(["png", "webp", "tiff", "avif", "gif", "jpg"])("may contain %s files", async (ending) => {
    for (const split of ["train", "val"])
      await put(`${split}/x/a.${ending}`, [...RED, ...RED, ...RED, ...RED], 2, 2);
    const { train } = await loadDataset(folder);
    expect(train.shape).toEqual({ height: 2, width: 2, channels: 3 });
    const off = Array.from(train.pixels, (value, i) => Math.abs(value - RED[i % 3]));
    // JPEG and AVIF convert to another colour space.
    expect(Math.max(...off)).toBeLessThanOrEqual(["jpg", "avif"].includes(ending) ? 3 : 0);
  });

  it("may contain links to class folders", async () => {
    await putSplits();
    await rename(join(folder, "train/a"), join(folder, "elsewhere"));
    await symlink(join(folder, "elsewhere"), join(folder, "train/a"), "junction");
    await symlink(join(folder, "nowhere"), join(folder, "train/c"), "junction");
    const { train, classNames } = await loadDataset(folder);
    expect([[...train.pixels], [...train.labels], classNames]).toEqual([
      [...BLUE, ...RED, ...RED],
      [0, 0, 1],
      ["a", "b"],
    ]);
  });

  it("is read once despite circular links, without devices and dangling links", async () => {
    await putSplits();
    for (const name of ["one", "two"]) await symlink("..", join(folder, "train/a/deep", name), "junction");
    await symlink("/dev/zero", join(folder, "train/a/0.png"));
    await symlink(join(folder, "nowhere.png"), join(folder, "train/a/1.png"));
    await symlink("2.png", join(folder, "train/a/3.png"));
    const { train } = await loadDataset(folder);
    // In the order of names: 2.png, its link 3.png, and deep/er/0.png once.
    expect([...train.pixels]).toEqual([...BLUE, ...BLUE, ...RED, ...RED]);
  });

  it("is split by the seed if it has no train and test folders", async () => {
    for (let i = 0; i < 10; i++) await put(`${i % 2 ? "odd" : "even"}/${i}.png`, [i, i, i], 1, 1);
    const values = async (options: DataOptions) => {
      const { train, test } = await loadDataset(folder, options);
      const all = [train, test].map((split) => [...split.pixels].filter((_, i) => i % 3 === 0));
      train.labels.forEach((label, i) => {
        expect(label).toBe(all[0][i] % 2);
      });
      return all;
    };
    const [train, test] = await values({});
    expect([train.length, test.length]).toEqual([8, 2]);
    expect([...train, ...test].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(await values({ splitSeed: 0 })).toEqual([train, test]);
    const others = await Promise.all([1, 2, 3].map((splitSeed) => values({ splitSeed })));
    expect(others).not.toContainEqual([train, test]);
    expect((await values({ testSplit: 0.5 })).map((part) => part.length)).toEqual([5, 5]);
    await expect(loadDataset(folder, { testSplit: 0.01 })).rejects.toThrow(
      /^`testSplit`: 0\.01 of 10 images leaves 10 for training and 0 for testing; /,
    );
  });

  it("is refused with images of different sizes, unless they are resized", async () => {
    const halves = [...RED, ...RED, ...BLUE, ...BLUE];
    for (const split of ["train", "test"]) {
      await put(`${split}/x/a.png`, [...halves, ...halves, ...halves, ...halves], 4, 4);
    }
    await put("train/x/b.png", [...RED, ...RED], 1, 2);
    await expect(loadDataset(folder)).rejects.toThrow(
      /: 3 images of 2 sizes: 2 of 4 by 4, 1 of 2 by 1; resize all images, for example with `size: 4x4`$/,
    );
    const shape = { height: 2, width: 2, channels: 3 };
    const size = { height: 2, width: 2 };
    const { train } = await loadDataset(folder, { size });
    expect([train.shape, train.count]).toEqual([shape, 2]);
    expect([...train.pixels.subarray(12)]).toEqual([...RED, ...RED, ...RED, ...RED]);
    const contained = (await loadDataset(folder, { size: { height: 4, width: 4 }, fit: "contain" })).train;
    expect([...contained.pixels.subarray(48, 51)]).toEqual([0, 0, 0]);
  });

  it("has its EXIF orientation and transparency ignored, as torchvision does, unless they are asked for", async () => {
    const image = sharp(Uint8Array.of(...RED, 0, ...BLUE, 255), {
      raw: { height: 1, width: 2, channels: 4 },
    });
    for (const split of ["train", "test"]) {
      await mkdir(join(folder, split, "x"), { recursive: true });
      // 6: the camera was turned, so that the left of the file is the top of the picture.
      await image
        .clone()
        .withMetadata({ orientation: 6 })
        .png()
        .toFile(join(folder, split, "x", "a.png"));
    }
    const ignored = (await loadDataset(folder)).train;
    expect(ignored.shape).toEqual({ height: 1, width: 2, channels: 3 });
    expect([...ignored.pixels]).toEqual([...RED, ...BLUE]);
    const applied = (await loadDataset(folder, { exif: "apply", alpha: "black" })).train;
    expect(applied.shape).toEqual({ height: 2, width: 1, channels: 3 });
    expect([...applied.pixels]).toEqual([0, 0, 0, ...BLUE]);
  });

  it("is converted to gray, or from gray to colour", async () => {
    for (const split of ["train", "test"]) await put(`${split}/x/a.png`, [7, 77, 177, 255], 2, 2);
    const gray = (await loadDataset(folder, { color: "gray" })).train;
    expect(gray.shape.channels).toBe(1);
    expect([...gray.pixels]).toEqual([7, 77, 177, 255]);
    expect([...(await loadDataset(folder)).train.pixels]).toEqual(
      [7, 77, 177, 255].flatMap((v) => [v, v, v]),
    );
  });

  it.each([
    ["gray", 1],
    ["rgb", 3],
  ] as const)("keeps 16-bit values in %s if asked to, and widens bytes", async (color, channels) => {
    const values = Uint16Array.from({ length: 2 * channels }, (_, i) => [1, 65535, 300, 256, 40000, 255][i]);
    const raw = { height: 2, width: 1, channels };
    for (const split of ["train", "test"]) {
      await mkdir(join(folder, split, "x"), { recursive: true });
      const image = sharp(values, { raw }).toColourspace(channels === 1 ? "grey16" : "rgb16");
      await image.png().toFile(join(folder, split, "x", "a.png"));
    }
    expect((await loadDataset(folder, { color, depth: 16 })).train.pixels).toEqual(values);
    await put("train/x/b.png", [1, 2], 2, 1);
    const mixed = (await loadDataset(folder, { color, depth: 16 })).train.pixels;
    expect([...mixed.subarray(values.length)].filter((_, i) => i % channels === 0)).toEqual([257, 514]);
    // Pillow reads the high bytes of 16-bit colour, and cuts 16-bit gray off.
    const bytes = loadDataset(folder, { color });
    if (channels === 3) expect([...(await bytes).train.pixels.subarray(0, 3)]).toEqual([0, 255, 1]);
    else await expect(bytes).rejects.toThrow(/a\.png: 16-bit gray values, .*; keep them with `depth: 16`$/);
  });

  it("is read by content, not by file names, and unsupported values and formats are skipped", async () => {
    await putSplits();
    await sharp(Uint16Array.of(300, 2, 3), { raw: { height: 1, width: 1, channels: 3 } })
      .toColourspace("rgb16")
      .png()
      .toFile(join(folder, "deep.png"));
    await writeFile(join(folder, "train/b/float.tif"), floatTiff(0.5));
    await writeFile(
      join(folder, "train/b/drawn.jpg"),
      '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>',
    );
    const skipped: string[] = [];
    const observer = {
      onSkipped: (path: string, reason: string) => skipped.push(`${basename(path)}: ${reason}`),
    };
    expect((await loadDataset(folder, { observer })).train.count).toBe(3);
    expect(skipped.sort()).toEqual([
      "drawn.jpg: SVG is not supported, convert to PNG, for example with rsvg-convert",
      'float.tif: values of type "float" are not supported, convert to 8-bit or 16-bit PNG',
    ]);
    await rename(join(folder, "deep.png"), join(folder, "train/b/deep.jpg"));
    expect([...(await loadDataset(folder)).train.pixels.subarray(-3)]).toEqual([1, 0, 0]);
  });

  it("is read without damaged images, which are reported, or refused if strict", async () => {
    await putSplits();
    await writeFile(join(folder, "train/a/1-broken.png"), "no image; at all");
    const noise = Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * i * 31) % 251);
    await put("whole.jpg", noise, 64, 64);
    const jpeg = await sharp(join(folder, "whole.jpg")).toBuffer();
    await rm(join(folder, "whole.jpg"));
    await writeFile(join(folder, "train/b/0-cut.jpg"), jpeg.subarray(0, jpeg.length / 2));
    const skipped: string[] = [];
    const counts: [number, number][] = [];
    const observer = {
      onSkipped: (path: string) => skipped.push(path),
      onImages: (done: number, total: number) => counts.push([done, total]),
    };
    const { train } = await loadDataset(folder, { observer });
    expect(skipped.sort()).toEqual([join(folder, "train/a/1-broken.png"), join(folder, "train/b/0-cut.jpg")]);
    expect([...train.pixels]).toEqual([...BLUE, ...RED, ...RED]);
    expect([...train.labels]).toEqual([0, 0, 1]);
    expect(counts[4]).toEqual([5, 5]);
    await expect(loadDataset(folder, { strict: true })).rejects.toThrow(
      /^[^:;]*1-broken\.png: cannot be decoded \([^\n;]*\), and neither can 1 other; replace or remove them$/,
    );
    // What was left out is in the same error.
    await writeFile(join(folder, "train/b/notes.txt"), "");
    await expect(loadDataset(folder, { strict: true })).rejects.toThrow(
      /and neither can 1 other, and 1 file ignored: \.txt 1; replace or remove them$/,
    );
  });

  it.each<[string, () => Promise<unknown>, RegExp]>([
    [
      "a single training image that cannot be decoded",
      async () => {
        for (const name of ["train/a/1.png", "test/a/2.png"]) {
          await put(name, RED, 1, 1);
          await writeFile(join(folder, name), "x");
        }
      },
      /1\.png: cannot be decoded \(not an image of a known format\); convert to /,
    ],
    [
      "several images that cannot be decoded",
      async () => {
        for (const name of ["train/a/1.png", "train/a/2.png", "test/a/2.png"]) {
          await put(name, RED, 1, 1);
          await writeFile(join(folder, name), floatTiff(0.5));
        }
      },
      /1\.png: cannot be decoded \(values of type "float" are not supported, .*\), and neither can any other training image; convert to /,
    ],
    ["one image only", () => put("a/1.png", RED, 1, 1), /^[^;]*: only 1 image found; /],
    [
      "no test image that can be decoded",
      async () => {
        await putSplits();
        await writeFile(join(folder, "test/b/9.png"), "x");
      },
      /9\.png: neither this nor any other image of its split can be decoded; /,
    ],
    [
      "a class only in test",
      async () => {
        await putSplits();
        await put("test/c/1.png", RED, 1, 1);
      },
      /c: a class without training images; /,
    ],
    ["no images", () => mkdir(join(folder, "a")), /: no images \(jpg, .*\); .* another `format`$/],
    [
      "images of other formats only",
      async () => {
        await mkdir(join(folder, "a"));
        await writeFile(join(folder, "a/1.jp2"), "");
      },
      /: no images \(jpg, .*\), but \.jp2 1; /,
    ],
    [
      "no classes",
      async () => {
        await mkdir(join(folder, "train"));
        await mkdir(join(folder, "test"));
      },
      /: no images \(jpg, /,
    ],
  ])("is refused with %s", async (_, make, message) => {
    await make();
    await expect(loadDataset(folder)).rejects.toThrow(message);
  });

  it("is listed in the same order everywhere", async () => {
    await putSplits();
    const { train } = await understandFolder(await folderEntries(folder), {});
    const paths: string[] = [];
    for await (const { path } of train) paths.push(path);
    expect([paths.length, paths]).toEqual([
      train.count,
      ["a/2.png", "a/deep/er/0.png", "b/1.png"].map((name) => join(folder, "train", name)),
    ]);
  });
});
