import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseIdx, parseIdxHeader } from "../../../src/data/idx/idx.ts";
import { PixscaleError } from "../../../src/errors.ts";
import { encodeIdx, ramp } from "./idx-encode.ts";

const product = (dims: readonly number[]) => dims.reduce((a, b) => a * b, 1);

const dimsOf = (rank: number) =>
  fc.array(fc.integer({ min: 1, max: 6 }), { minLength: rank, maxLength: rank });
const anyDims = fc.constantFrom(1, 3, 4).chain(dimsOf);

/** The message of the error that `parseIdx` must throw. */
function messageOf(bytes: Uint8Array): string {
  try {
    parseIdx(bytes, "some-file");
  } catch (error) {
    expect(error).toBeInstanceOf(PixscaleError);
    expect((error as PixscaleError).exitStatus).toBe(1);
    return (error as PixscaleError).message;
  }
  throw new Error("parsed without an error");
}

describe("parseIdx", () => {
  it.each([[[5]], [[2, 3, 4]], [[2, 3, 4, 3]]])("reads dimensions %j", (dims) => {
    const data = ramp(product(dims));
    const parsed = parseIdx(encodeIdx(dims, data), "some-file");
    expect(parsed.dims).toEqual(dims);
    expect(parsed.data).toEqual(data);
  });

  it("keeps every value from 0 to 255", () => {
    expect(parseIdx(encodeIdx([256], ramp(256)), "some-file").data).toEqual(ramp(256));
  });

  it("returns a plain Uint8Array that shares the memory of the file", () => {
    const bytes = encodeIdx([4], ramp(4));
    const { data } = parseIdx(bytes, "some-file");
    bytes[8] = 99;
    expect(data[0]).toBe(99);
    expect(data.constructor).toBe(Uint8Array);
  });

  it("reads back encoded arrays", () => {
    const files = anyDims.chain((dims) => {
      const length = product(dims);
      return fc.tuple(fc.constant(dims), fc.uint8Array({ minLength: length, maxLength: length }));
    });
    fc.assert(
      fc.property(files, fc.nat(9), ([dims, data], offset) => {
        // At an odd offset in a larger buffer, like small Node.js buffers.
        const bytes = Buffer.concat([Buffer.alloc(offset), encodeIdx(dims, data)]).subarray(offset);
        const parsed = parseIdx(bytes, "some-file");
        expect(parsed.dims).toEqual(dims);
        expect(Buffer.compare(parsed.data, data)).toBe(0);
      }),
    );
  });
});

describe("parseIdx refuses", () => {
  const good = encodeIdx([2, 2, 2], ramp(8));
  const use =
    "use an IDX file of unsigned bytes (0x00000803 or 0x00000804 for images, 0x00000801 for labels)";
  const again = "download the file again";
  const withStart = (...start: number[]) => Buffer.concat([Buffer.from(start), ramp(40)]);

  it.each<[string, Uint8Array, string]>([
    ["an empty file", new Uint8Array(0), `empty file; ${again}`],
    [
      "part of a magic number",
      good.subarray(0, 3),
      `truncated in its header (expected 4 bytes, found 3); ${again}`,
    ],
    [
      "half a header",
      good.subarray(0, 15),
      `truncated in its header (expected 16 bytes, found 15); ${again}`,
    ],
    [
      "missing data",
      good.subarray(0, 20),
      `truncated file or wrong header (2 × 2 × 2 values: expected 24 bytes, found 20); ${again}`,
    ],
    [
      "trailing bytes",
      Buffer.concat([good, ramp(3)]),
      `trailing bytes or wrong header (2 × 2 × 2 values: expected 24 bytes, found 27); ${again}`,
    ],
    [
      "dimensions beyond any memory",
      encodeIdx([0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff], ramp(8)),
      "truncated file or wrong header (4294967295 × 4294967295 × 4294967295 × 4294967295 values: " +
        `expected 3.402823666040258e+38 bytes, found 28); ${again}`,
    ],
    [
      "dimensions with a 32-bit product that is right only by overflow",
      encodeIdx([0x10001, 0x10000, 1], ramp(0x10000)),
      "truncated file or wrong header (65537 × 65536 × 1 values: " +
        `expected 4295032848 bytes, found 65552); ${again}`,
    ],
    ["no images", encodeIdx([0, 28, 28], ramp(0)), `no values (its dimensions are 0 × 28 × 28); ${again}`],
    ["no width", encodeIdx([3, 28, 0], ramp(0)), `no values (its dimensions are 3 × 28 × 0); ${again}`],
    ["no labels", encodeIdx([0], ramp(0)), `no values (its dimensions are 0); ${again}`],
    [
      "int8",
      encodeIdx([4], ramp(4), 0x0901),
      `int8 values, not unsigned bytes (magic number 0x00000901); ${use}`,
    ],
    [
      "int16",
      encodeIdx([4], ramp(8), 0x0b01),
      `int16 values, not unsigned bytes (magic number 0x00000b01); ${use}`,
    ],
    [
      "int32",
      encodeIdx([4], ramp(16), 0x0c01),
      `int32 values, not unsigned bytes (magic number 0x00000c01); ${use}`,
    ],
    [
      "float32",
      encodeIdx([4], ramp(16), 0x0d01),
      `float32 values, not unsigned bytes (magic number 0x00000d01); ${use}`,
    ],
    [
      "float64",
      encodeIdx([4], ramp(32), 0x0e01),
      `float64 values, not unsigned bytes (magic number 0x00000e01); ${use}`,
    ],
    ["rank 0", encodeIdx([], ramp(1), 0x0800), `rank 0 (magic number 0x00000800); ${use}`],
    ["rank 2", encodeIdx([2, 2], ramp(4)), `rank 2 (magic number 0x00000802); ${use}`],
    ["rank 5", encodeIdx([1, 1, 1, 1, 1], ramp(1)), `rank 5 (magic number 0x00000805); ${use}`],
    ["rank 255", encodeIdx([], ramp(99), 0x08ff), `rank 255 (magic number 0x000008ff); ${use}`],
    ["a wrong magic number", withStart(3, 8, 0, 0), `not an IDX file (it starts with 0x03080000); ${use}`],
    ["zeros", Buffer.alloc(40), `not an IDX file (it starts with 0x00000000); ${use}`],
    [
      "gzip data under a plain name",
      withStart(0x1f, 0x8b, 8, 0),
      "not an IDX file (it starts with 0x1f8b0800: gzip data); decompress it, or add .gz to its name",
    ],
    [
      "a PNG image",
      withStart(0x89, 0x50, 0x4e, 0x47),
      `not an IDX file (it starts with 0x89504e47: a PNG image); ${use}`,
    ],
    [
      "a JPEG image",
      withStart(0xff, 0xd8, 0xff, 0xe0),
      `not an IDX file (it starts with 0xffd8ffe0: a JPEG image); ${use}`,
    ],
    [
      "a zip archive",
      withStart(0x50, 0x4b, 3, 4),
      "not an IDX file (it starts with 0x504b0304: a zip archive); unpack it first",
    ],
    [
      "a NumPy file",
      withStart(0x93, 0x4e, 0x55, 0x4d),
      `not an IDX file (it starts with 0x934e554d: a NumPy .npy file); ${use}`,
    ],
    [
      "a web page",
      Buffer.from("<!DOCTYPE html><title>404</title>"),
      `not an IDX file (it starts with 0x3c21444f: HTML or XML, perhaps an error page); ${again}`,
    ],
    [
      "a Git LFS pointer",
      Buffer.from("version https://git-lfs.github.com/spec/v1\n"),
      "not an IDX file (it starts with 0x76657273: perhaps a Git LFS pointer); fetch the real file with git lfs pull",
    ],
  ])("%s", (_, bytes, problem) => {
    expect(messageOf(bytes)).toBe(`some-file: ${problem}`);
  });

  it("any truncation", () => {
    fc.assert(
      fc.property(anyDims, fc.nat(), (dims, cut) => {
        const bytes = encodeIdx(dims, ramp(product(dims)));
        expect(messageOf(bytes.subarray(0, cut % bytes.length))).toMatch(/^some-file: [^\n;]+; [^\n;]+$/);
      }),
    );
  });

  it("any changed header byte", () => {
    fc.assert(
      fc.property(anyDims, fc.nat(), fc.integer({ min: 1, max: 255 }), (dims, at, flip) => {
        const bytes = encodeIdx(dims, ramp(product(dims)));
        bytes[at % (4 + 4 * dims.length)] ^= flip;
        expect(messageOf(bytes)).toMatch(/^some-file: [^\n;]+; [^\n;]+$/);
      }),
    );
  });

  it("anything that is not IDX, with a one-line error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(messageOf(bytes)).toMatch(/^some-file: [^\n]+$/);
      }),
    );
  });
});

describe("parseIdxHeader", () => {
  it("needs only the header", () => {
    const header = parseIdxHeader(encodeIdx([60000, 28, 28], ramp(4)), "some-file");
    expect(header).toEqual({ dims: [60000, 28, 28], headerBytes: 16, totalBytes: 47040016 });
  });
});
