import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { crop, Fitter, geometry } from "../../../src/data/images/fit.ts";
import { addIgnored, countIgnored, ignoredNotes, NOTHING_IGNORED } from "../../../src/data/images/ignored.ts";
import { describeReading, resolveReading } from "../../../src/data/images/reading.ts";

const size = (height: number, width: number) => ({ height, width });
const sizes = fc.record({
  height: fc.integer({ min: 1, max: 600 }),
  width: fc.integer({ min: 1, max: 600 }),
});

describe("fitting", () => {
  it.each([
    // As v2.Resize(224) and v2.CenterCrop(224) of torchvision 0.2x.
    ["cover", size(375, 500), size(224, 224), size(224, 298), 0, 37],
    ["cover", size(500, 375), size(224, 224), size(298, 224), 37, 0],
    // Half a pixel is rounded to even: 75 / 2 = 37.5 → 38, 73 / 2 = 36.5 → 36.
    ["cover", size(100, 175), size(100, 100), size(100, 175), 0, 38],
    ["cover", size(100, 173), size(100, 100), size(100, 173), 0, 36],
    ["fill", size(375, 500), size(224, 224), size(224, 224), 0, 0],
    // As ImageOps.pad of Pillow.
    ["contain", size(375, 500), size(224, 224), size(168, 224), -28, 0],
    ["contain", size(100, 31), size(50, 50), size(50, 16), 0, -17],
    ["contain", size(1, 600), size(10, 10), size(1, 10), -4, 0],
  ] as const)("%s of %o in %o resizes to %o", (fit, from, to, resized, top, left) => {
    expect(geometry(from, to, fit)).toEqual({ resized, top, left });
  });

  it("covers all of the result, or shows all of the image", () => {
    fc.assert(
      fc.property(sizes, sizes, (from, to) => {
        const cover = geometry(from, to, "cover");
        expect(cover.resized.height).toBeGreaterThanOrEqual(to.height);
        expect(cover.resized.width).toBeGreaterThanOrEqual(to.width);
        const contain = geometry(from, to, "contain");
        expect(contain.resized.height).toBeLessThanOrEqual(to.height);
        expect(contain.resized.width).toBeLessThanOrEqual(to.width);
        for (const { resized, top, left } of [cover, contain]) {
          expect(resized.height === to.height || resized.width === to.width).toBe(true);
          expect(Math.abs(2 * top - (resized.height - to.height))).toBeLessThanOrEqual(1);
          expect(Math.abs(2 * left - (resized.width - to.width))).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it("cuts and pads with black", () => {
    const image = {
      height: 2,
      width: 3,
      channels: 1,
      space: "gray",
      values: Uint8Array.of(1, 2, 3, 4, 5, 6),
    } as const;
    expect([...crop(image, size(1, 2), 1, 1).values]).toEqual([5, 6]);
    expect([...crop(image, size(3, 2), -1, 1).values]).toEqual([0, 0, 2, 3, 5, 6]);
    expect([...crop(image, size(2, 5), 0, -1).values]).toEqual([0, 1, 2, 3, 0, 0, 4, 5, 6, 0]);
    expect(crop(image, size(2, 3), 0, 0)).toBe(image);
  });

  it("gives the size, channels and depth that it should", () => {
    for (const depth of [8, 16] as const) {
      const values = depth === 8 ? new Uint8Array(5 * 7).fill(9) : new Uint16Array(5 * 7).fill(999);
      for (const fit of ["fill", "cover", "contain"] as const) {
        const reading = resolveReading({ size: size(4, 4), fit, color: "gray", depth });
        const found = new Fitter(reading).apply({ height: 5, width: 7, channels: 1, space: "gray", values });
        expect(found).toMatchObject({ height: 4, width: 4, channels: 1 });
        expect(found.values.length).toBe(16);
        expect(Math.max(...found.values)).toBe(values[0]);
      }
    }
  });
});

describe("a reading", () => {
  it("has the settings of its pipeline, and those that are given", () => {
    const decoding = { icc: "ignore", exif: "ignore", alpha: "drop", color: "rgb", depth: 8, fit: "fill" };
    expect(resolveReading({})).toEqual({
      ...decoding,
      like: "torchvision",
      size: undefined,
      interpolation: "bilinear",
      antialias: true,
    });
    expect(resolveReading({ like: "keras" })).toMatchObject({ ...decoding, interpolation: "nearest" });
    expect(resolveReading({ like: "tensorflow" })).toMatchObject({
      interpolation: "bilinear",
      antialias: false,
    });
    expect(resolveReading({ like: "keras", icc: "apply", fit: "cover", depth: 16 })).toMatchObject({
      icc: "apply",
      fit: "cover",
      depth: 16,
      interpolation: "nearest",
    });
  });

  it.each([
    [{ like: "tensorflow", interpolation: "bicubic" }, "`interpolation`: "],
    [{ like: "tensorflow", antialias: true }, "`antialias`: "],
    [{ interpolation: "lanczos", antialias: false }, "`interpolation`: "],
  ] as const)("refuses a resizing that no library's would be: %o", (options, start) => {
    expect(() => resolveReading(options)).toThrow(new RegExp(`^${start}`));
    expect(resolveReading({ like: "tensorflow", interpolation: "nearest" }).interpolation).toBe("nearest");
  });

  it("is described as JSON, with what matters for resizing only if images are resized", () => {
    const described = describeReading(resolveReading({ size: size(3, 4) }));
    expect(JSON.parse(JSON.stringify(described))).toEqual({
      like: "torchvision",
      icc: "ignore",
      exif: "ignore",
      alpha: "drop",
      color: "rgb",
      depth: 8,
      resize: { height: 3, width: 4, fit: "fill", interpolation: "bilinear", antialias: true },
    });
    expect(describeReading(resolveReading({})).resize).toBeNull();
  });
});

describe("notes on what was ignored", () => {
  it("count the images, and name the setting that changes it", () => {
    expect(ignoredNotes(NOTHING_IGNORED, "torchvision")).toEqual([]);
    expect(ignoredNotes({ icc: 12, exif: 1, alpha: 2, avif: 3 }, "torchvision")).toEqual([
      "12 images have a colour profile, which torchvision ignores; `icc: apply` converts them to sRGB",
      "1 image has an EXIF orientation, which torchvision ignores; `exif: apply` turns it upright",
      "2 images have transparency, which torchvision ignores; `alpha: black` or `alpha: white` lays them over that colour",
      "3 AVIF images are decoded by another library than torchvision's; means may differ by 0.3 of 255",
    ]);
  });

  it("are added up over images and parts", () => {
    const one = countIgnored(NOTHING_IGNORED, { icc: true, exif: false, alpha: true, avif: true });
    expect(addIgnored(one, one)).toEqual({ icc: 2, exif: 0, alpha: 2, avif: 2 });
  });
});
