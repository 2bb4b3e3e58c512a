import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { listCache, removeEntries } from "../../../src/data/cache/cache-folder.ts";
import { openSplits } from "../../../src/data/cache/open-splits.ts";
import type { Dataset, Pixels } from "../../../src/data/dataset.ts";
import { datasetFingerprint } from "../../../src/data/fingerprint.ts";
import type { DataOptions, Format } from "../../../src/data/format.ts";
import { loadDataset, openDataset } from "../../../src/data/load.ts";
import { npyHeader } from "../../../src/data/numpy/npy.ts";
import { saveNpz } from "../../../src/export/scaled-arrays.ts";
import { parseScaling } from "../../../src/scaling/parse.ts";
import { Scaler } from "../../../src/scaling/scaler.ts";
import { AXES } from "../../../src/statistics/axis.ts";
import { measure } from "../../../src/statistics/measure.ts";
import { train } from "../../../src/training/train.ts";
import { settings } from "../../training/support.ts";

let folder: string;
const at = (name: string) => join(folder, "data", name);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pixscale-cache-"));
  vi.stubEnv("XDG_CACHE_HOME", join(folder, "cache"));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

const SIDE = 12;
/** Forces data onto the disk. */
const ON_DISK = { maxMemory: 1 } as const;

const noise = (length: number, seed: number) =>
  Array.from({ length }, (_, i) => (i * i * 31 + seed * 97 + i) % 251);

/** Two classes of noisy images with 8 bits, or 16. */
async function putImages(count: number, bits: 8 | 16 = 8): Promise<void> {
  for (let i = 0; i < count; i++) {
    const path = at(`${i % 2 ? "b" : "a"}/${String(i).padStart(3, "0")}.png`);
    await mkdir(dirname(path), { recursive: true });
    const values = noise(SIDE * SIDE * 3, i);
    const raw = { height: SIDE, width: SIDE, channels: 3 } as const;
    const image =
      bits === 8
        ? sharp(Uint8Array.from(values), { raw })
        : sharp(
            Uint16Array.from(values, (value) => value * 257),
            { raw },
          ).toColourspace("rgb16");
    await image.png().toFile(path);
  }
}

async function putFloats(count: number): Promise<void> {
  await mkdir(at(""), { recursive: true });
  const write = async (name: string, header: Uint8Array, values: Float32Array | Uint8Array) =>
    writeFile(at(name), Buffer.concat([header, new Uint8Array(values.buffer)]));
  for (const [split, images] of [
    ["train", count],
    ["test", 5],
  ] as const) {
    const pixels = Float32Array.from(noise(images * SIDE * SIDE, images), (value) => value / 251 - 0.3);
    await write(`x_${split}.npy`, npyHeader("<f4", [images, SIDE, SIDE]), pixels);
    await write(
      `y_${split}.npy`,
      npyHeader("|u1", [images]),
      Uint8Array.from({ length: images }, (_, i) => i % 2),
    );
  }
}

async function scaledFile(dataset: Dataset, scaling: string): Promise<Buffer> {
  const scaler = Scaler.fit(parseScaling(scaling), dataset.train, { axis: "channel" });
  const path = join(folder, "scaled.npz");
  await saveNpz(path, { train: dataset.train, test: dataset.test }, scaler);
  return readFile(path);
}

async function entryFiles(): Promise<string[]> {
  const [{ path }] = listCache();
  return (await readdir(path)).sort().map((name) => join(path, name));
}

describe("data on disk", () => {
  it.each<[string, () => Promise<void>, DataOptions]>([
    ["bytes", () => putImages(150), { testSplit: 0.1 }],
    ["16-bit numbers", () => putImages(20, 16), { depth: 16 }],
    ["floats", () => putFloats(150), {}],
  ])("give the bits of %s in memory", async (_, put, options) => {
    await put();
    const memory = await loadDataset(at(""), options);
    const disk = await openDataset(at(""), { ...options, ...ON_DISK });
    expect(disk.train.pixels).toBeUndefined();
    expect(datasetFingerprint(disk)).toBe(datasetFingerprint(memory));
    for (const axis of AXES) expect(measure(disk.train, axis)).toEqual(measure(memory.train, axis));
    for (const scaling of ["standardize", "normalize+samplewise-center+center", "zca"]) {
      expect(await scaledFile(disk, scaling)).toEqual(await scaledFile(memory, scaling));
    }
    const short = settings({
      batchSize: 7,
      validationSplit: 0.2,
      limit: 18,
      limitTest: 5,
      scaling: "standardize",
    });
    const [first, second] = [await train(disk, short), await train(memory, short)];
    expect([first.fingerprint, first.test]).toEqual([second.fingerprint, second.test]);
    // And what fits is read from there.
    const back = await openDataset(at(""), options);
    expect(back.train).toEqual(memory.train);
  });

  it("are decoded once, until a file changes", async () => {
    await putImages(6);
    const notes: string[] = [];
    await writeFile(at("a/000.txt"), "");
    await writeFile(at("a/001.png"), "");
    const open = () =>
      openDataset(at(""), {
        ...ON_DISK,
        observer: { onNote: (note) => notes.push(note), onSkipped: (path) => notes.push(path) },
      });
    const then = new Date(1_700_000_000_000);
    await utimes(at("a/000.png"), then, then);
    const first = datasetFingerprint(await open());
    expect(notes.splice(0)).toEqual([
      "2 classes, 1 test image drawn from them",
      "1 file ignored: .txt 1",
      expect.stringMatching(/^writing 3\.02 kB of pixels to the cache, /),
      at("a/001.png"),
    ]);
    // The same size and time: nobody looks at the content.
    await writeFile(at("a/000.png"), Buffer.alloc((await stat(at("a/000.png"))).size));
    await utimes(at("a/000.png"), then, then);
    expect(datasetFingerprint(await open())).toBe(first);
    expect(notes.splice(0)).toEqual([
      "2 classes, 1 test image drawn from them",
      "1 file ignored: .txt 1",
      at("a/001.png"),
    ]);
    await utimes(at("a/000.png"), then, new Date());
    expect(datasetFingerprint(await open())).not.toBe(first);
    // Other options are another reading.
    await openDataset(at(""), { ...ON_DISK, color: "gray" });
    expect(listCache()).toHaveLength(3);
  });

  it("are refused when their pixels are damaged, and written again when the rest is", async () => {
    await putImages(6);
    const flip = async (path: string) => {
      const bytes = await readFile(path);
      bytes[bytes.length >> 1] ^= 1;
      await writeFile(path, bytes);
    };
    const open = () => openDataset(at(""), { ...ON_DISK, testSplit: 0.5 });
    const whole = datasetFingerprint(await open());
    for (const path of (await entryFiles()).filter((name) => !name.endsWith(".pixels"))) {
      await flip(path);
      expect(datasetFingerprint(await open())).toBe(whole);
    }
    const pixels = (await entryFiles()).filter((name) => name.endsWith(".pixels"));
    expect(pixels).toHaveLength(2);
    for (const path of pixels) {
      const dataset = await open();
      await flip(path);
      expect(() => datasetFingerprint(dataset)).toThrow(`${path}: damaged since it was written; `);
      // Cut off, it is not even opened.
      await writeFile(path, "");
      expect(datasetFingerprint(await open())).toBe(whole);
    }
    removeEntries(listCache());
    expect(listCache()).toEqual([]);
  });

  it("leave nothing behind if they are refused", async () => {
    await putImages(4);
    await sharp({ create: { width: 3, height: 4, channels: 3, background: "red" } }).toFile(at("b/odd.png"));
    await expect(openDataset(at(""), ON_DISK)).rejects.toThrow(/2 sizes/);
    expect(listCache()).toEqual([]);
  });

  it("need a cache", async () => {
    await putImages(4);
    await expect(openDataset(at(""), { ...ON_DISK, cache: false })).rejects.toThrow(
      /its pixels take 1\.73 kB, more than the 1 B of memory that data may take; leave out `cache`, /,
    );
    // In place of the cache's folder is a file.
    await writeFile(join(folder, "cache"), "");
    await expect(openDataset(at(""), ON_DISK)).rejects.toThrow(
      /: the cache cannot be used \(ENOTDIR\); set XDG_CACHE_HOME to another folder$/,
    );
    expect((await openDataset(at(""))).train.count).toBe(3);
  });

  it("may have pieces of any size", async () => {
    const shape = { height: 1, width: 2, channels: 1 };
    const piece = (...values: number[]) => ({
      pixels: Float32Array.from(values) as Pixels,
      labels: Uint8Array.from({ length: values.length / 2 }, (_, i) => i),
      count: values.length / 2,
      shape,
    });
    const split = (...pieces: ReturnType<typeof piece>[]) => ({
      shape,
      type: "float32" as const,
      count: 4,
      subject: "x",
      async *pieces() {
        yield* pieces;
      },
    });
    const source = { train: split(piece(1, 2), piece(3, 4, 5, 6)), test: undefined };
    const format = { name: "npz", open: async () => source } as unknown as Format;
    const place = { path: folder, isFolder: true, names: [], folders: [], files: [] };
    const { train: stored, test } = await openSplits("x", format, place, ON_DISK);
    expect([stored.count, test.count, [...stored.labels]]).toEqual([3, 0, [0, 0, 1]]);
    expect(measure(stored, "pixel").mean).toEqual(Float64Array.of(3, 4));
  });
});
