import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { decodeJpeg } from "../../../../src/data/images/jpeg/decode-jpeg.ts";
import { readJpegFast } from "../../../../src/data/images/jpeg-fast.ts";
import { MAX_PIXELS } from "../../../../src/data/images/raster.ts";
import { RandomStream } from "../../../../src/random.ts";
import { bySharp, decodeAccurate, FIXTURES, fixture, readDamaged, segmentAt } from "./jpeg-support.ts";

/** What fixtures/make-jpegs.py recorded. */
interface Answers {
  readonly files: Readonly<
    Record<string, { height: number; width: number; channels: number; sha256: string }>
  >;
}

const { files }: Answers = JSON.parse(
  readFileSync(new URL("../../../../fixtures/jpeg.json", import.meta.url), "utf8"),
);

const random = new RandomStream(11, "split");
const below = (limit: number) => Math.floor(random.uniform() * limit);

/** A picture of noise, or of few different colours. */
function picture(height: number, width: number, channels: 1 | 3): ReturnType<typeof sharp> {
  const levels = [2, 5, 256][below(3)];
  const values = Uint8Array.from({ length: height * width * channels }, () =>
    Math.floor((255 * below(levels)) / (levels - 1)),
  );
  const image = sharp(values, { raw: { height, width, channels } });
  return channels === 1 ? image.toColourspace("b-w") : image;
}

describe("a baseline JPEG", () => {
  it.each(Object.entries(files))("%s has the bits of Pillow", (name, { sha256, ...shape }) => {
    const raster = decodeAccurate(fixture(name));
    expect(raster).toMatchObject(shape);
    expect(
      createHash("sha256")
        .update(raster?.values ?? "")
        .digest("hex"),
    ).toBe(sha256);
  });

  it("of any size, sampling and quality has the bits of sharp", async () => {
    for (let i = 0; i < 400; i++) {
      const [height, width] = i < 200 ? [1 + below(20), 1 + below(20)] : [1 + below(70), 1 + below(70)];
      const file = await picture(height, width, i % 5 === 0 ? 1 : 3)
        .jpeg({
          quality: 1 + below(100),
          chromaSubsampling: i % 2 === 0 ? "4:2:0" : "4:4:4",
          optimiseCoding: i % 3 === 0,
        })
        .toBuffer();
      const raster = decodeAccurate(file);
      expect(raster).toMatchObject({ height, width });
      expect(Buffer.compare(raster?.values as Uint8Array, await bySharp(file))).toBe(0);
    }
  });

  it("with samples above each other has the bits of sharp", async () => {
    const names = FIXTURES.filter((name) => name.startsWith("422"));
    for (const [i, name] of names.entries()) {
      const file = fixture(name);
      const at = segmentAt(file, 0xc0);
      const { height, width } = files[name];
      // The same MCUs, now 8 wide and 16 high. What is cut off them may be any part.
      file[at + 11] = 0x12;
      file[at + 6] = Math.ceil(height / 8) * 16 - i;
      file[at + 8] = Math.ceil(width / 16) * 8 - (i % 8);
      const raster = decodeAccurate(file);
      expect(raster?.height).toBe(file[at + 6]);
      expect(Buffer.compare(raster?.values as Uint8Array, await bySharp(file))).toBe(0);
    }
  });

  it("whose codes are long has the bits of sharp", async () => {
    // Codes of 1 to 16 bits: ones, then a zero. Blocks have a difference of DC coefficients and the AC coefficients given.
    const segment = (marker: number, ...content: readonly number[]) => [
      ...[0xff, marker, 0, content.length + 2],
      ...content,
    ];
    const dcSymbols = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0];
    const acSymbols = [
      0x01, 0x11, 0x02, 0x21, 0x12, 0x31, 0x03, 0x41, 0x22, 0x51, 0x04, 0x13, 0x61, 0xf0, 0x0a, 0,
    ];
    const code = (symbols: readonly number[], symbol: number) => `${"1".repeat(symbols.indexOf(symbol))}0`;
    const number = (value: number, length: number) =>
      length === 0 ? "" : (value > 0 ? value : value + 2 ** length - 1).toString(2).padStart(length, "0");
    const length = (value: number) => (value === 0 ? 0 : Math.floor(Math.log2(Math.abs(value))) + 1);
    const block = (difference: number, ...pairs: readonly (readonly [symbol: number, value: number])[]) =>
      code(dcSymbols, length(difference)) +
      number(difference, length(difference)) +
      pairs.map(([symbol, value]) => code(acSymbols, symbol) + number(value, symbol & 15)).join("") +
      code(acSymbols, 0);
    const bits = [
      block(90, [0x04, -9], [0x01, 1]),
      block(0, [0x0a, 600], [0xf0, 0], [0x13, 7], [0x61, -1]),
      block(-1200, [0x0a, -1023]),
      block(0),
      block(1, [0xf0, 0], [0xf0, 0], [0x51, 1], [0x22, -3], [0x41, 1]),
      block(0, [0x03, 5], [0x0a, 512]),
    ].join("");
    const data = bits.padEnd(8 * Math.ceil(bits.length / 8), "1").match(/.{8}/g) ?? [];
    const scan = data.flatMap((byte) => (byte === "11111111" ? [255, 0] : [Number.parseInt(byte, 2)]));
    const counts = (count: number) => Array.from({ length: 16 }, (_, i) => Number(i < count));
    const file = Uint8Array.of(
      ...[0xff, 0xd8],
      ...segment(0xdb, 0, ...new Array(64).fill(2)),
      ...segment(0xc0, 8, 0, 16, 0, 24, 1, 1, 0x11, 0),
      ...segment(0xc4, 0, ...counts(12), ...dcSymbols),
      ...segment(0xc4, 16, ...counts(16), ...acSymbols),
      ...segment(0xda, 1, 1, 0, 0, 63, 0),
      ...scan,
      ...[0xff, 0xd9],
    );
    const raster = decodeAccurate(file);
    expect(raster).toMatchObject({ height: 16, width: 24, channels: 1 });
    expect(raster?.values).toEqual(await bySharp(file));
  });

  it("by the fast transform has the bits of the plain decoder", () => {
    for (const name of FIXTURES) {
      const file = fixture(name);
      const plain = readJpegFast(file, { color: "rgb", maxPixels: MAX_PIXELS })?.values as Uint8Array;
      expect(
        Buffer.compare(decodeJpeg(file, { dct: "fast", luma: false })?.values as Uint8Array, plain),
      ).toBe(0);
      const luma = decodeJpeg(file, { dct: "fast", luma: true });
      if (name.startsWith("rgb")) expect(luma).toBeUndefined();
      else expect(luma).toEqual(readJpegFast(file, { color: "gray", maxPixels: MAX_PIXELS }));
    }
  });

  it("is read again after a larger and a damaged one", async () => {
    const small = fixture("420-17x33.jpg");
    const before = decodeAccurate(small);
    const large = await picture(300, 400, 3).jpeg().toBuffer();
    expect(decodeAccurate(large)).toMatchObject({ height: 300, width: 400 });
    expect(decodeAccurate(large.subarray(0, 20_000))).toBeUndefined();
    expect(decodeAccurate(small)).toEqual(before);
  });
});

describe("other and damaged JPEGs", () => {
  it.each(["progressive.jpg", "cmyk.jpg", "ycck.jpg"])("%s is left to others", (name) => {
    const file = readFileSync(new URL(`../../../../fixtures/images/${name}`, import.meta.url));
    expect(decodeAccurate(file)).toBeUndefined();
  });

  it("are left to others wherever they are cut off", () => {
    for (const name of ["420-17x33.jpg", "gray-31x15.jpg", "444-9x8.jpg"]) {
      const file = fixture(name);
      for (let length = 0; length < file.length; length++) {
        expect(decodeAccurate(file.subarray(0, length))).toBeUndefined();
      }
    }
  });

  it("reserve no memory for a size that the file cannot have", () => {
    const file = fixture("420-17x33.jpg");
    const at = segmentAt(file, 0xc0);
    file.set([0x20, 0, 0x10, 0], at + 5);
    expect(decodeAccurate(file)).toBeUndefined();
  });

  it("have the bits of sharp or are left to it", async () => {
    const { read, wrong } = await readDamaged(1, 1000);
    expect(wrong).toEqual([]);
    expect(read).toBeGreaterThan(100);
  });
});
