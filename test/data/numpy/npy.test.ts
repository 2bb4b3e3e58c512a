import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { decodeNumbers } from "../../../src/data/arrays/element-type.ts";
import { readWhole } from "../../../src/data/arrays/named-array.ts";
import { loadDataset } from "../../../src/data/load.ts";
import {
  type NpyDtype,
  type NpyHeader,
  npyArray,
  npyHeader,
  parseNpyHeader,
} from "../../../src/data/numpy/npy.ts";

const fixture = (name: string) => fileURLToPath(new URL(`../../../fixtures/${name}`, import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pixscale-npy-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** Written by NumPy's `write_array_header_1_0` (fixtures/make-numpy.py). Each has 128 bytes: 10, a dict, spaces, a newline. */
const HEADERS: [NpyDtype, number[], string][] = [
  ["|u1", [5], "{'descr': '|u1', 'fortran_order': False, 'shape': (5,), }"],
  ["<f4", [60000, 28, 28, 1], "{'descr': '<f4', 'fortran_order': False, 'shape': (60000, 28, 28, 1), }"],
  ["<f4", [0, 2], "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 2), }"],
  ["<i8", [3, 1], "{'descr': '<i8', 'fortran_order': False, 'shape': (3, 1), }"],
  ["<f8", [], "{'descr': '<f8', 'fortran_order': False, 'shape': (), }"],
];

/** An .npy file with any dict in its header. */
function npy(dict: string, data: Uint8Array, version = 1): Buffer {
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  if (version === 1) length.writeUInt16LE(dict.length);
  else length.writeUInt32LE(dict.length);
  const start = Buffer.from([0x93, ...Buffer.from("NUMPY"), version, 0]);
  return Buffer.concat([start, length, Buffer.from(dict), data]);
}

describe("npyHeader", () => {
  it.each(HEADERS)("writes the header of %s %j like NumPy, byte for byte", (dtype, shape, dict) => {
    const expected = `\x93NUMPY\x01\x00\x76\x00${dict.padEnd(117)}\n`;
    expect(Buffer.from(npyHeader(dtype, shape)).toString("latin1")).toBe(expected);
  });

  it("writes headers that parseNpyHeader reads", () => {
    const { start, ...header } = parseNpyHeader(npyHeader("<f4", [3, 2]), "a.npy") as NpyHeader;
    expect([start, header.shape, header.type.name, header.isFortran]).toEqual([
      128,
      [3, 2],
      "float32",
      false,
    ]);
  });
});

/** An array in chunks of a few bytes. */
const inChunks = (file: Uint8Array, size: number) =>
  npyArray("a", "a.npy", async function* () {
    for (let at = 0; at < file.length; at += size) yield file.subarray(at, at + size);
  });

async function numbers(file: Uint8Array, size = 7) {
  const array = await inChunks(file, size);
  return [array.shape, ...decodeNumbers(await readWhole(array), array.type)];
}

describe("npyArray", () => {
  const good = "{'descr': '<u2', 'fortran_order': False, 'shape': (2,), }\n";
  const bytes = Uint8Array.of(1, 2, 3, 4);

  it.each([1, 2, 3])("reads version %i", async (version) => {
    expect(await numbers(npy(good, bytes, version))).toEqual([[2], 0x0201, 0x0403]);
    expect(await numbers(npy(good.replace("<", ">"), bytes, version), 1000)).toEqual([[2], 0x0102, 0x0304]);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ["other bytes", Buffer.from("PK\x03\x04"), /^a\.npy: not a NumPy \.npy file; /],
    ["nothing", new Uint8Array(0), /^a\.npy: not a NumPy \.npy file; /],
    ["version 9", npy(good, bytes, 9), /unknown \.npy version 9; /],
    ["a truncated header", npy(good, bytes).subarray(0, 30), /truncated in its header; /],
    ["a truncated length", npy(good, bytes).subarray(0, 9), /truncated in its header; /],
    ["a header of gigabytes", npy(good, bytes, 2).fill(255, 8, 12), /a header of 4294967295 bytes; /],
    [
      "a dict without shape",
      npy("{'descr': '<u2', 'fortran_order': False}", bytes),
      /: no simple type, order and shape in its header; /,
    ],
    ["missing numbers", npy(good, bytes.subarray(1)), /: not the 4 bytes of \(2,\) values of type uint16; /],
    ["further numbers", npy(good, Uint8Array.of(1, 2, 3, 4, 5)), /: not the 4 bytes of \(2,\) values of /],
  ])("refuses %s", async (_, file, message) => {
    await expect(numbers(file)).rejects.toThrow(message);
    await expect(numbers(file)).rejects.toThrow(/^a\.npy: /);
  });
});

describe("an .npz file written by NumPy", () => {
  it("is refused if a byte has changed, by its checksum", async () => {
    const whole = readFileSync(fixture("numpy-bytes.npz"));
    const at = whole.indexOf("\x93NUMPY", 0, "latin1") + 140;
    whole[at] ^= 1;
    const path = join(folder, "a.npz");
    await writeFile(path, whole);
    await expect(loadDataset(path)).rejects.toThrow(/\(".*\.npy" has a wrong checksum\); /);
  });

  const shape = { height: 2, width: 3, channels: 3 };

  it("is read if it stores bytes uncompressed", async () => {
    const { train, test, classes } = await loadDataset(fixture("numpy-bytes.npz"));
    expect(train).toEqual({
      pixels: Uint8Array.from({ length: 108 }, (_, i) => i),
      labels: Uint8Array.of(0, 1, 2, 0, 1, 2),
      count: 6,
      shape,
    });
    expect(test.pixels).toEqual(Uint8Array.from({ length: 36 }, (_, i) => 255 - i));
    expect([[...test.labels], classes]).toEqual([[2, 0], 3]);
  });

  it("is read if it has compressed float64 and float32 arrays", async () => {
    const { train, test } = await loadDataset(fixture("numpy-floats.npz"));
    expect(train.pixels).toEqual(Float32Array.from({ length: 108 }, (_, i) => i / 255));
    expect(test.pixels).toEqual(Float32Array.from({ length: 36 }, (_, i) => (255 - i) / 255));
  });

  it("is refused if it is truncated or damaged", async () => {
    const whole = readFileSync(fixture("numpy-floats.npz"));
    const path = join(folder, "a.npz");
    await writeFile(path, whole.subarray(0, 600));
    await expect(loadDataset(path)).rejects.toThrow(`${path}: not a readable zip archive (`);
    await writeFile(path, Buffer.from(whole).fill(0xff, 60, 90));
    await expect(loadDataset(path)).rejects.toThrow(`${path}: not a readable zip archive (`);
  });
});

describe("a folder of .npy files", () => {
  const write = async (changes: Readonly<Record<string, Uint8Array>> = {}) => {
    const files: Record<string, Uint8Array> = {
      "x_train.npy": Buffer.concat([
        npyHeader("<u2", [2, 1, 2]),
        Buffer.from(Uint16Array.of(1, 65535, 7, 300).buffer),
      ]),
      "y_train.npy": Buffer.concat([npyHeader("<f4", [2]), Buffer.from(Float32Array.of(0, 299).buffer)]),
      "x_test.npy": Buffer.concat([npyHeader("<u2", [1, 1, 2]), Buffer.from(Uint16Array.of(5, 6).buffer)]),
      "y_test.npy": Buffer.concat([npyHeader("<i8", [1, 1]), Buffer.from(BigInt64Array.of(1n).buffer)]),
      ...changes,
    };
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  };

  it("is read with 16-bit images and more than 256 classes", async () => {
    await write();
    const { train, test, classes } = await loadDataset(folder);
    expect(train).toEqual({
      pixels: Uint16Array.of(1, 65535, 7, 300),
      labels: Uint16Array.of(0, 299),
      count: 2,
      shape: { height: 1, width: 2, channels: 1 },
    });
    expect([...test.pixels, ...test.labels, classes]).toEqual([5, 6, 1, 300]);
  });

  const bytes = (dims: number[]) =>
    Buffer.concat([npyHeader("|u1", dims), new Uint8Array(dims.reduce((a, b) => a * b, 1))]);
  it.each<[string, Record<string, Uint8Array>, RegExp]>([
    [
      "too few labels",
      { "y_train.npy": bytes([3]) },
      /x_train\.npy: shape \(2, 1, 2\), but there are 3 labels; use arrays of the same dataset$/,
    ],
    [
      "other sizes",
      { "x_test.npy": bytes([1, 2, 2]) },
      /x_test\.npy: images of 2 × 2 × 1, but ".*" has 1 × 2 × 1 \(height × width × channels\); /,
    ],
    [
      "flat images",
      { "x_train.npy": bytes([2, 4]) },
      /x_train\.npy: shape \(2, 4\) has a row of values for each image; say what they are with `shape` \(such as 2x2\)$/,
    ],
    ["no images", { "x_train.npy": bytes([0, 1, 2]) }, /x_train\.npy: no values; /],
    [
      "a negative label",
      { "y_test.npy": Buffer.concat([npyHeader("<i8", [1]), new Uint8Array(8).fill(255)]) },
      /y_test\.npy: label -1 is not a whole number from 0 to 65535; /,
    ],
  ])("is refused with %s", async (_, changes, message) => {
    await write(changes);
    await expect(loadDataset(folder)).rejects.toThrow(message);
  });

  it("is read without labels if there are none", async () => {
    await writeFile(join(folder, "x_train.npy"), bytes([2, 1, 1]));
    const { unlabelled, train, test } = await loadDataset(folder);
    expect([unlabelled, train.count, test.count]).toEqual([true, 2, 0]);
  });

  it("leaves out test images with masks instead of labels", async () => {
    await write({ "y_test.npy": bytes([1, 2, 2]) });
    const notes: string[] = [];
    const options = { testSplit: 0, observer: { onNote: (note: string) => notes.push(note) } };
    expect((await loadDataset(folder, options)).test.count).toBe(0);
    expect(notes).toEqual(["the images in x_test have several labels or none and are ignored"]);
  });
});
