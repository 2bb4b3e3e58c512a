import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readBmp } from "../../../src/data/images/bmp.ts";
import { readGif } from "../../../src/data/images/gif.ts";
import { avifOrientation, jpegHeader, tiffOrientation } from "../../../src/data/images/headers.ts";
import { readJpegFast } from "../../../src/data/images/jpeg-fast.ts";
import { readPnm, roundHalfEven } from "../../../src/data/images/pnm.ts";
import { MAX_PIXELS } from "../../../src/data/images/raster.ts";
import { readTga } from "../../../src/data/images/tga.ts";
import { RandomStream } from "../../../src/random.ts";

const folder = new URL("../../../fixtures/images/", import.meta.url);
const MUTATIONS = 1000;
const LIMIT = { maxPixels: MAX_PIXELS };
/** For CMYK, which TensorFlow's reader leaves to others. */
const NO_RASTER = { height: 0, width: 0, channels: 3, values: new Uint8Array(0) };

/** Files with some bytes changed, and cut off in a quarter of the cases. */
function* mutations(ending: RegExp): Generator<Uint8Array> {
  const names = readdirSync(folder).filter((name) => ending.test(name));
  const random = new RandomStream(7, "split");
  const below = (limit: number) => Math.floor(random.uniform() * limit);
  for (let i = 0; i < MUTATIONS; i++) {
    const file = new Uint8Array(readFileSync(new URL(names[i % names.length], folder)));
    // Headers are hit most.
    for (let k = 0; k <= below(4); k++)
      file[below(below(2) === 0 ? Math.min(64, file.length) : file.length)] = below(256);
    yield below(4) === 0 ? file.slice(0, below(file.length)) : file;
  }
}

describe.each([
  ["BMP", /\.bmp$/, (file: Uint8Array) => readBmp(file, LIMIT)],
  ["PNM", /\.p[bgp]m$/, (file: Uint8Array) => readPnm(file, { depth: 8, ...LIMIT })],
  ["TGA", /\.tga$/, (file: Uint8Array) => readTga(file, LIMIT)],
  ["GIF", /\.gif$/, (file: Uint8Array) => readGif(file, { like: "torchvision", ...LIMIT })],
  [
    "JPEG",
    /\.jpg$/,
    (file: Uint8Array) => ({ raster: readJpegFast(file, { color: "rgb", ...LIMIT }) ?? NO_RASTER }),
  ],
] as const)("a damaged %s", (_, ending, read) => {
  it("is read or refused with a reason, never for long or with other errors", () => {
    let refused = 0;
    const start = performance.now();
    for (const file of mutations(ending)) {
      try {
        const { height, width, channels, values } = read(file).raster;
        expect(values.length).toBe(height * width * channels);
        expect(height * width).toBeLessThanOrEqual(MAX_PIXELS);
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
        expect(error).not.toBeInstanceOf(RangeError);
        expect(error).not.toBeInstanceOf(TypeError);
        expect(String(error)).not.toMatch(/AssertionError/);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(MUTATIONS / 20);
    expect(performance.now() - start).toBeLessThan(60_000);
  });
});

describe("headers", () => {
  it("of any bytes are read or refused", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (tail) => {
        const jpeg = Uint8Array.of(0xff, 0xd8, ...tail);
        try {
          jpegHeader(jpeg);
        } catch (error) {
          expect(String(error)).toMatch(/frame header/);
        }
        for (const start of ["II*\0", "MM\0*"]) {
          const turn = tiffOrientation(Uint8Array.of(...Buffer.from(start, "latin1"), ...tail));
          expect(turn).toBeGreaterThanOrEqual(1);
          expect(turn).toBeLessThanOrEqual(8);
        }
        expect(avifOrientation(tail)).toBe(1);
      }),
    );
  });

  it("of JPEG tell components, profile and orientation", () => {
    const header = (name: string) => jpegHeader(readFileSync(new URL(name, folder)));
    expect(header("444.jpg")).toEqual({ components: 3, icc: false, orientation: 1 });
    expect(header("gray.jpg").components).toBe(1);
    expect(header("cmyk.jpg").components).toBe(4);
    expect(header("p3.jpg").icc).toBe(true);
    for (let turn = 2; turn <= 8; turn++) expect(header(`exif-${turn}.jpg`).orientation).toBe(turn);
  });
});

describe("rounding", () => {
  it("rounds halves to even, as Python does", () => {
    expect([0.5, 1.5, 2.5, 2.4, 2.6, 3].map(roundHalfEven)).toEqual([0, 2, 2, 2, 3, 3]);
  });
});
