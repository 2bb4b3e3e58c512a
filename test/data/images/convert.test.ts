import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  cmykToRgb,
  grayToRgb,
  highBytes,
  orient,
  rgbToGray,
  toColor,
  widen,
  withoutAlpha,
} from "../../../src/data/images/convert.ts";
import type { Raster } from "../../../src/data/images/raster.ts";
import { resolveReading } from "../../../src/data/images/reading.ts";

const pixelsOf = (channels: number) =>
  fc
    .uint8Array({ minLength: channels, maxLength: 50 * channels })
    .map((v) => v.slice(0, v.length - (v.length % channels)));

/** Pillow's MULDIV255. */
function muldiv255(a: number, b: number): number {
  const product = a * b + 128;
  return ((product >> 8) + product) >> 8;
}

describe("colours", () => {
  it("of CMYK are Pillow's, for all values of an ink and black", () => {
    for (let ink = 0; ink < 256; ink++) {
      const cmyk = Uint8Array.from({ length: 1024 }, (_, i) => (i % 4 === 3 ? i >> 2 : ink));
      const expected = Uint8Array.from({ length: 768 }, (_, i) => {
        const light = 255 - Math.floor(i / 3);
        return Math.max(0, light - muldiv255(ink, light));
      });
      expect(cmykToRgb(cmyk)).toEqual(expected);
    }
  });

  it("become gray with Pillow's weights, and gray stays gray", () => {
    fc.assert(
      fc.property(pixelsOf(3), (rgb) => {
        const gray = rgbToGray(rgb);
        gray.forEach((value, i) => {
          const [r, g, b] = rgb.subarray(3 * i);
          expect(value).toBe(Math.floor((19595 * r + 38470 * g + 7471 * b + 32768) / 65536));
        });
        expect(rgbToGray(grayToRgb(gray))).toEqual(gray);
        expect(highBytes(widen(rgb))).toEqual(rgb);
      }),
    );
    expect([...rgbToGray(Uint16Array.of(65535, 65535, 65535, 0, 0, 0))]).toEqual([65535, 0]);
  });
});

describe("transparency", () => {
  it("is dropped, or laid over a colour and rounded to nearest", () => {
    fc.assert(
      fc.property(pixelsOf(4), (rgba) => {
        const [dropped, black, white] = (["drop", "black", "white"] as const).map((a) =>
          withoutAlpha(rgba, 4, a),
        );
        dropped.forEach((value, i) => {
          const opacity = rgba[4 * Math.floor(i / 3) + 3];
          expect(value).toBe(rgba[4 * Math.floor(i / 3) + (i % 3)]);
          expect(Math.abs(black[i] - (value * opacity) / 255)).toBeLessThanOrEqual(0.5);
          expect(Math.abs(white[i] - 255 + ((255 - value) * opacity) / 255)).toBeLessThanOrEqual(0.5);
        });
      }),
    );
  });
});

describe("orientation", () => {
  const raster: Raster = {
    height: 2,
    width: 3,
    channels: 1,
    space: "gray",
    values: Uint8Array.of(1, 2, 3, 4, 5, 6),
  };

  it.each([
    [1, 2, [1, 2, 3, 4, 5, 6]],
    [2, 2, [3, 2, 1, 6, 5, 4]],
    [3, 2, [6, 5, 4, 3, 2, 1]],
    [4, 2, [4, 5, 6, 1, 2, 3]],
    [5, 3, [1, 4, 2, 5, 3, 6]],
    [6, 3, [4, 1, 5, 2, 6, 3]],
    [7, 3, [6, 3, 5, 2, 4, 1]],
    [8, 3, [3, 6, 2, 5, 1, 4]],
  ])("%i is turned upright", (orientation, height, values) => {
    const turned = orient(raster, orientation);
    expect([turned.height, turned.width, [...turned.values]]).toEqual([height, 6 / height, values]);
  });
});

describe("colours and depth of a reading", () => {
  it("are those that it names, from any kind of pixels", () => {
    const kinds = [
      ["gray", 1],
      ["gray", 2],
      ["rgb", 3],
      ["rgb", 4],
      ["cmyk", 4],
    ] as const;
    for (const [space, channels] of kinds) {
      for (const Values of [Uint8Array, Uint16Array]) {
        const values = new Values(Array.from({ length: 6 * channels }, (_, i) => (37 * i) % 251));
        for (const color of ["rgb", "gray"] as const) {
          for (const depth of [8, 16] as const) {
            const raster = { height: 2, width: 3, channels, space, values };
            const found = toColor(raster, resolveReading({ color, depth }));
            expect(found).toMatchObject({ space: color, channels: color === "gray" ? 1 : 3 });
            expect(found.values.length).toBe(6 * found.channels);
            expect(found.values).toBeInstanceOf(depth === 8 ? Uint8Array : Uint16Array);
          }
        }
      }
    }
  });
});
