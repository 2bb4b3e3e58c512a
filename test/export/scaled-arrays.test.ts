import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { decodeNumbers } from "../../src/data/arrays/element-type.ts";
import { readWhole } from "../../src/data/arrays/named-array.ts";
import { loadDataset } from "../../src/data/load.ts";
import { npyArray } from "../../src/data/numpy/npy.ts";
import { saveNpy, saveNpz } from "../../src/export/scaled-arrays.ts";
import { writeStream } from "../../src/files/write.ts";
import { parseScaling } from "../../src/scaling/parse.ts";
import { Scaler } from "../../src/scaling/scaler.ts";
import { makeSplit } from "../scaling/support.ts";

const SHAPE = { height: 2, width: 3, channels: 3 };
const split = (count: number, seed: number) =>
  makeSplit(
    Uint8Array.from({ length: count * 18 }, (_, i) => (i * seed + (i >> 2)) % 256),
    SHAPE,
  );
/** More than one block, and a last one that is short. */
const train = split(150, 7);
const test = split(65, 11);
const scaler = Scaler.fit(parseScaling("standardize"), train, { axis: "pixel" });

function scaled({ pixels }: typeof train): Float32Array {
  const out = new Float32Array(pixels.length);
  scaler.apply(pixels, SHAPE, out);
  return out;
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pixscale-arrays-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("saveNpy", () => {
  it("writes the header that the format specifies, and the scaled values", async () => {
    const path = join(folder, "a.npy");
    await saveNpy(path, train, scaler);
    const bytes = readFileSync(path);
    const dict = "{'descr': '<f4', 'fortran_order': False, 'shape': (150, 2, 3, 3), }";
    expect(bytes.subarray(0, 128).toString("latin1")).toBe(`\x93NUMPY\x01\x00\x76\x00${dict.padEnd(117)}\n`);
    expect(bytes.length).toBe(128 + 150 * 18 * 4);
    expect(bytes.readFloatLE(128 + 4 * 100)).toBe(scaled(train)[100]);
    const array = await npyArray("a", path, async function* () {
      yield bytes;
    });
    expect([array.shape, array.type.name]).toEqual([[150, 2, 3, 3], "float32"]);
    expect(decodeNumbers(await readWhole(array), array.type)).toEqual(scaled(train));
    expect(readdirSync(folder)).toEqual(["a.npy"]);
  });
});

describe("saveNpz", () => {
  it("writes both splits with their labels, which load back equal", async () => {
    const path = join(folder, "a.npz");
    await saveNpz(path, { train, test }, scaler);
    const dataset = await loadDataset(path);
    expect(dataset.train).toEqual({ ...train, pixels: scaled(train) });
    expect(dataset.test).toEqual({ ...test, pixels: scaled(test) });
    const first = readFileSync(path);
    await saveNpz(path, { train, test }, scaler);
    expect(readFileSync(path).equals(first)).toBe(true);
  });
});

describe("writeStream", () => {
  it("keeps the old file when the stream fails", async () => {
    const path = join(folder, "a.npy");
    writeFileSync(path, "before");
    const broken = function* () {
      yield Buffer.from("after");
      throw new RangeError("no more");
    };
    await expect(writeStream(path, broken())).rejects.toThrow(RangeError);
    expect([readdirSync(folder), readFileSync(path, "utf8")]).toEqual([["a.npy"], "before"]);
    const other = Scaler.fit(parseScaling("zca"), split(30, 3));
    await expect(
      saveNpz(path, { train: { ...train, shape: { height: 6, width: 1, channels: 3 } } }, other),
    ).rejects.toThrow(/^scaler: fitted .* it cannot scale images of 6×1×3; /);
    expect([readdirSync(folder), readFileSync(path, "utf8")]).toEqual([["a.npy"], "before"]);
  });

  it("names the file that cannot be written", async () => {
    await expect(writeStream(folder, [])).rejects.toThrow(`${folder}: a folder, not a file; `);
    const nowhere = join(folder, "no", "a.npy");
    await expect(writeStream(nowhere, [])).rejects.toThrow(`${nowhere}: its folder does not exist; `);
  });
});
