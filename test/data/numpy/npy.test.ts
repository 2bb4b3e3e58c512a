import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadDataset } from "../../../src/data/load.ts";
import { type NpyDtype, npyHeader, parseNpy } from "../../../src/data/numpy/npy.ts";

const fixture = (name: string) => fileURLToPath(new URL(`../../../fixtures/${name}`, import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pixscale-npy-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** As NumPy's `write_array_header_1_0` wrote them: fixtures/make-numpy.py. All are 128 bytes: 10, a dict, spaces, a newline. */
const HEADERS: [NpyDtype, number[], string][] = [
  ["|u1", [5], "{'descr': '|u1', 'fortran_order': False, 'shape': (5,), }"],
  ["<f4", [60000, 28, 28, 1], "{'descr': '<f4', 'fortran_order': False, 'shape': (60000, 28, 28, 1), }"],
  ["<f4", [0, 2], "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 2), }"],
  ["<i8", [3, 1], "{'descr': '<i8', 'fortran_order': False, 'shape': (3, 1), }"],
  ["<f8", [], "{'descr': '<f8', 'fortran_order': False, 'shape': (), }"],
];

/** An .npy file around a dict of one's own. */
function npy(dict: string, data: Uint8Array, version = 1): Buffer {
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  if (version === 1) length.writeUInt16LE(dict.length);
  else length.writeUInt32LE(dict.length);
  const start = Buffer.from([0x93, ...Buffer.from("NUMPY"), version, 0]);
  return Buffer.concat([start, length, Buffer.from(dict), data]);
}

describe("npyHeader", () => {
  it.each(HEADERS)("of %s %j is NumPy's, byte for byte", (dtype, shape, dict) => {
    const expected = `\x93NUMPY\x01\x00\x76\x00${dict.padEnd(117)}\n`;
    expect(Buffer.from(npyHeader(dtype, shape)).toString("latin1")).toBe(expected);
  });

  it("is read back", () => {
    const data = Float32Array.of(1.5, -2, 3e38, 0, 7, 8);
    const bytes = Buffer.concat([npyHeader("<f4", [3, 2]), new Uint8Array(data.buffer)]);
    expect(parseNpy(bytes, "a.npy")).toEqual({ shape: [3, 2], dtype: "<f4", data });
  });
});

describe("parseNpy", () => {
  const good = "{'descr': '<u2', 'fortran_order': False, 'shape': (2,), }\n";
  const bytes = Uint8Array.of(1, 2, 3, 4);

  it.each([1, 2, 3])("reads version %i", (version) => {
    expect(parseNpy(npy(good, bytes, version), "a.npy")).toEqual({
      shape: [2],
      dtype: "<u2",
      data: Uint16Array.of(0x0201, 0x0403),
    });
  });

  it.each<[string, Uint8Array, RegExp]>([
    ["other bytes", Buffer.from("PK\x03\x04"), /is not a NumPy \.npy file; /],
    ["nothing", new Uint8Array(0), /is not a NumPy \.npy file; /],
    ["version 9", npy(good, bytes, 9), /unknown \.npy version 9; /],
    ["a cut header", npy(good, bytes).subarray(0, 30), /truncated in its header; /],
    ["a cut length", npy(good, bytes).subarray(0, 9), /truncated in its header; /],
    ["a dict without shape", npy("{'descr': '<u2', 'fortran_order': False}", bytes), /does not tell type/],
    ["big-endian numbers", npy(good.replace("<u2", ">u2"), bytes), /type >u2; save it as uint8 or float32/],
    ["objects", npy(good.replace("<u2", "|O"), bytes), /numbers of type \|O; /],
    ["Fortran order", npy(good.replace("False", "True").replace("(2,)", "(1, 2)"), bytes), /Fortran order; /],
    [
      "missing numbers",
      npy(good, bytes.subarray(1)),
      /should have 72 bytes \(2 values of <u2\), and has 71; /,
    ],
  ])("refuses %s", (_, file, message) => {
    expect(() => parseNpy(file, "a.npy")).toThrow(message);
    expect(() => parseNpy(file, "a.npy")).toThrow(/^a\.npy: /);
  });
});

describe("an .npz file written by NumPy", () => {
  it("with a changed byte is refused, as NumPy does by the checksum", async () => {
    const whole = readFileSync(fixture("numpy-floats.npz"));
    const at = whole.indexOf("\x93NUMPY", 0, "latin1") + 140;
    whole[at] ^= 1;
    const path = join(folder, "a.npz");
    await writeFile(path, whole);
    await expect(loadDataset(path)).rejects.toThrow(/\.npy has another checksum than it should\); /);
  });

  const shape = { height: 2, width: 3, channels: 3 };

  it("of bytes, stored", async () => {
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

  it("of float64 and float32, compressed", async () => {
    const { train, test } = await loadDataset(fixture("numpy-floats.npz"));
    expect(train.pixels).toEqual(Float32Array.from({ length: 108 }, (_, i) => i / 255));
    expect(test.pixels).toEqual(Float32Array.from({ length: 36 }, (_, i) => (255 - i) / 255));
  });

  it("is damaged, cut, or lacks an array", async () => {
    const whole = readFileSync(fixture("numpy-floats.npz"));
    const path = join(folder, "a.npz");
    await writeFile(path, whole.subarray(0, 600));
    await expect(loadDataset(path)).rejects.toThrow(`${path}: cannot be read as a zip archive (`);
    await writeFile(path, Buffer.from(whole).fill(0xff, 60, 90));
    await expect(loadDataset(path)).rejects.toThrow(`${path}: cannot be read as a zip archive (`);
    await writeFile(
      path,
      Buffer.from(whole.toString("latin1").replaceAll("y_test.npy", "z_test.npy"), "latin1"),
    );
    await expect(loadDataset(path)).rejects.toThrow(`${path}: has no array y_test; save it with numpy.savez`);
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
      "x_test.npy": Buffer.concat([npyHeader("<u2", [1, 1, 2, 1]), Buffer.from(Uint16Array.of(5, 6).buffer)]),
      "y_test.npy": Buffer.concat([npyHeader("<i8", [1, 1]), Buffer.from(BigInt64Array.of(1n).buffer)]),
      ...changes,
    };
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  };

  it("of 16-bit images and more than 256 classes", async () => {
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
      /y_train\.npy: has 3 labels, but .*x_train\.npy has 2 images; /,
    ],
    [
      "other sizes",
      { "x_test.npy": bytes([1, 2, 2]) },
      /x_test\.npy: has images of 2×2×1, but .* has 1×2×1; /,
    ],
    ["flat images", { "x_train.npy": bytes([2, 4]) }, /x_train\.npy: has the shape \(2, 4\); give images as/],
    ["no images", { "x_train.npy": bytes([0, 1, 2]) }, /x_train\.npy: has no values; /],
    ["channels in front", { "x_train.npy": bytes([2, 3, 8, 8]) }, /the channels in front; save x\.transpose/],
    ["one-hot labels", { "y_test.npy": bytes([1, 10]) }, /y_test\.npy: has the shape \(1, 10\); .*argmax/],
    [
      "a negative label",
      { "y_test.npy": Buffer.concat([npyHeader("|i1", [1]), Uint8Array.of(255)]) },
      /y_test\.npy: has the label -1; /,
    ],
    [
      "signed pixels",
      { "x_test.npy": Buffer.concat([npyHeader("|i1", [1, 1, 2]), Uint8Array.of(1, 2)]) },
      /x_test\.npy: has pixels of type \|i1; /,
    ],
  ])("with %s is refused", async (_, changes, message) => {
    await write(changes);
    await expect(loadDataset(folder)).rejects.toThrow(message);
  });

  it("that lacks one", async () => {
    await writeFile(join(folder, "x_train.npy"), bytes([1, 1, 1]));
    await expect(loadDataset(folder)).rejects.toThrow(`${join(folder, "y_train.npy")}: does not exist; `);
  });
});
