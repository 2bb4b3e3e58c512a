import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import sharp, { type PngOptions, type Raw } from "sharp";
import { describe, expect, it } from "vitest";
import { readPlainPng } from "../../../src/data/images/png.ts";
import { MAX_PIXELS } from "../../../src/data/images/raster.ts";
import { RandomStream } from "../../../src/random.ts";
import { damaged } from "../damage.ts";

const random = new RandomStream(5, "shuffle");

/** Smooth colours with noise, so that all filters are chosen. */
function pixels(height: number, width: number, channels: number): Uint8Array {
  return Uint8Array.from({ length: height * width * channels }, (_, i) => {
    const at = Math.floor(i / channels);
    return (at % width) * 3 + Math.floor(at / width) * 2 + random.below(24) + 40 * (i % channels);
  });
}

function encoded(values: Uint8Array, raw: Raw, options: PngOptions): Promise<Buffer> {
  const image = sharp(values, { raw });
  if (raw.channels === 1) image.toColourspace("b-w");
  return image.png(options).toBuffer();
}

/** sharp's own reading, to which the same settings apply as in the product. */
async function decoded(file: Uint8Array, channels: number): Promise<Buffer> {
  const image = sharp(file, { failOn: "error" });
  return image
    .toColourspace(channels === 1 ? "b-w" : "srgb")
    .raw()
    .toBuffer();
}

describe("a plain PNG has sharp's pixels", () => {
  it.each([1, 3, 4] as const)("with %i channels, any size and every filter", async (channels) => {
    for (const [height, width] of [
      [1, 1],
      [1, 9],
      [7, 1],
      [16, 16],
      [33, 17],
      [61, 80],
    ]) {
      const values = pixels(height, width, channels);
      for (const adaptiveFiltering of [false, true]) {
        const options = { adaptiveFiltering, palette: false } as const;
        const file = await encoded(values, { height, width, channels }, options);
        const found = readPlainPng(file, MAX_PIXELS);
        expect(found?.raster).toMatchObject({ height, width, channels });
        expect(Buffer.compare(Buffer.from(found?.raster.values ?? []), Buffer.from(values))).toBe(0);
      }
    }
  });

  it("undoes each filter as the specification says", async () => {
    const { deflateSync, crc32 } = await import("node:zlib");
    const [height, width, step] = [5, 6, 3];
    const stride = width * step;
    const values = pixels(height, width, step);
    const byte = (row: number, i: number) => (row < 0 || i < 0 ? 0 : values[row * stride + i]);
    // The plain forms of section 9.2.
    const paeth = (a: number, b: number, c: number) => {
      const p = a + b - c;
      const [pa, pb, pc] = [Math.abs(p - a), Math.abs(p - b), Math.abs(p - c)];
      return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
    };
    const expects = [
      () => 0,
      (row: number, i: number) => byte(row, i - step),
      (row: number, i: number) => byte(row - 1, i),
      (row: number, i: number) => (byte(row, i - step) + byte(row - 1, i)) >> 1,
      (row: number, i: number) =>
        paeth(byte(row, i - step), byte(row - 1, i), i < step ? 0 : byte(row - 1, i - step)),
    ];
    for (let first = 0; first < 5; first++) {
      const rows = Buffer.alloc(height * (stride + 1));
      for (let row = 0; row < height; row++) {
        const filter = (first + row) % 5;
        rows[row * (stride + 1)] = filter;
        for (let i = 0; i < stride; i++)
          rows[row * (stride + 1) + 1 + i] = byte(row, i) - expects[filter](row, i);
      }
      const chunk = (type: string, content: Buffer) => {
        const body = Buffer.concat([Buffer.from(type), content]);
        const ends = [Buffer.alloc(4), Buffer.alloc(4)];
        ends[0].writeUInt32BE(content.length);
        ends[1].writeUInt32BE(crc32(body));
        return Buffer.concat([ends[0], body, ends[1]]);
      };
      const head = Buffer.from([0, 0, 0, width, 0, 0, 0, height, 8, 2, 0, 0, 0]);
      const file = Buffer.concat([
        Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
        chunk("IHDR", head),
        chunk("IDAT", deflateSync(rows)),
        chunk("IEND", Buffer.alloc(0)),
      ]);
      expect([...(readPlainPng(file, MAX_PIXELS)?.raster.values ?? [])]).toEqual([...values]);
    }
  });

  it("and what is not plain is left to sharp", () => {
    for (const name of ["palette-4-bit", "gray-16-bit", "gray-4-bit", "gray-transparent", "exif-6"]) {
      const path = fileURLToPath(new URL(`../../../fixtures/images/${name}.png`, import.meta.url));
      expect([name, readPlainPng(readFileSync(path), MAX_PIXELS)]).toEqual([name, undefined]);
    }
  });

  it("or is left to sharp if it is damaged: 1,000 mutations", async () => {
    let read = 0;
    for (let i = 0; i < 1000; i++) {
      const channels = ([1, 3, 4] as const)[i % 3];
      const raw = { height: 9, width: 13, channels };
      const whole = await encoded(pixels(9, 13, channels), raw, { adaptiveFiltering: true });
      const file = damaged(whole, new RandomStream(9, "shuffle", i));
      const found = readPlainPng(file, MAX_PIXELS);
      if (found === undefined) continue;
      read++;
      const other = await decoded(file, found.raster.channels);
      expect([i, Buffer.compare(other, Buffer.from(found.raster.values))]).toEqual([i, 0]);
    }
    expect(read).toBeLessThan(200);
  });
});
