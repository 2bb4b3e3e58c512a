import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { imageSize } from "../../src/data/dataset.ts";
import { measure } from "../../src/statistics/measure.ts";
import { PixelTally } from "../../src/statistics/pixel-tally.ts";
import { AXES, byteSplits, makeSplit, plainMean, plainStd, valuesByGroup } from "../scaling/support.ts";

describe("PixelTally", () => {
  it("equals measuring all bytes at once, bit for bit, image by image in any order", () => {
    fc.assert(
      fc.property(byteSplits, fc.constantFrom(...AXES), fc.boolean(), (split, axis, backwards) => {
        const tally = new PixelTally(split.shape.channels, 256, axis === "pixel" ? split.shape : undefined);
        const size = imageSize(split.shape);
        const order = Array.from({ length: split.count }, (_, i) => i);
        for (const image of backwards ? order.reverse() : order) {
          tally.add((split.pixels as Uint8Array).subarray(image * size, (image + 1) * size));
        }
        expect(tally.moments(axis)).toEqual(measure(split, axis));
        const { height, width } = split.shape;
        expect(tally.pixels).toBe(split.count * height * width);
      }),
    );
  });

  it("equals it after merging parts that were written and read", () => {
    fc.assert(
      fc.property(byteSplits, fc.constantFrom(...AXES), fc.nat(), (split, axis, at) => {
        const [{ shape }, pixels] = [split, split.pixels as Uint8Array];
        const cut = (at % (split.count + 1)) * imageSize(shape);
        const parts = [pixels.subarray(0, cut), pixels.subarray(cut)].map((part) => {
          const positions = axis === "pixel" ? shape : undefined;
          const tally = new PixelTally(shape.channels, 256, positions);
          tally.add(part);
          const json = JSON.parse(JSON.stringify(tally));
          return PixelTally.fromJSON(json, shape.channels, 256, positions) as PixelTally;
        });
        parts[0].merge(parts[1]);
        expect(parts[0].moments(axis)).toEqual(measure(split, axis));
      }),
    );
  });

  it.each(AXES)("agrees with plain arithmetic on 16-bit numbers along the axis %s", (axis) => {
    const shape = { height: 2, width: 3, channels: 3 };
    const pixels = Uint16Array.from({ length: 5 * 18 }, (_, i) => (i * i * 7919 + i) % 65536);
    const { mean, std, min, max } = measure(makeSplit(pixels, shape), axis);
    valuesByGroup(pixels, shape, axis).forEach((values, group) => {
      expect(mean[group]).toBeCloseTo(plainMean(values), 8);
      expect(std[group]).toBeCloseTo(plainStd(values), 8);
      expect([min[group], max[group]]).toEqual([Math.min(...values), Math.max(...values)]);
    });
  });

  it("stays exact where doubles are not", () => {
    const pixels = 2 ** 40;
    const n = BigInt(pixels);
    const sum = n * 65535n - 1n;
    const squares = n * 65535n ** 2n - 65535n ** 2n + 65534n ** 2n;
    const sums = [{ sum: String(sum), squares: String(squares), min: 65534, max: 65535 }];
    const tally = PixelTally.fromJSON({ pixels, sums }, 1, 65536, undefined);
    // The variance is p(1 − p) for p = 2^−40; the sum of the squares reaches 2^72.
    expect(tally?.moments("global").std[0]).toBe(Math.sqrt(2 ** -40 * (1 - 2 ** -40)));
    expect(tally?.moments("global").mean[0]).toBe(65535 - 2 ** -40);
  });

  const shape = { height: 1, width: 2, channels: 1 };
  const sums = [{ sum: "1", squares: "1", min: 0, max: 1 }];
  const positions = { sum: [0, 1], squares: [0, 1], min: [0, 1], max: [0, 1] };
  it.each<[string, unknown]>([
    ["nothing", null],
    ["no sums", { pixels: 2, positions }],
    ["sums of other channels", { pixels: 2, sums: [...sums, ...sums], positions }],
    ["a negative sum", { pixels: 2, sums: [{ ...sums[0], sum: "-1" }], positions }],
    ["a sum that is too large", { pixels: 2, sums: [{ ...sums[0], sum: "3" }], positions }],
    ["squares that are too small", { pixels: 2, sums: [{ ...sums[0], squares: "0" }], positions }],
    ["squares that are too large", { pixels: 2, sums: [{ ...sums[0], squares: "2" }], positions }],
    ["another level", { pixels: 2, sums: [{ ...sums[0], max: 256 }], positions }],
    ["no pixels", { pixels: 0, sums, positions }],
    ["no positions", { pixels: 2, sums }],
    ["positions of other images", { pixels: 2, sums, positions: { ...positions, sum: [0] } }],
  ])("cannot be restored from %s", (_, json) => {
    const whole = { pixels: 2, sums, positions };
    expect(PixelTally.fromJSON(whole, 1, 256, shape)).toBeDefined();
    expect(PixelTally.fromJSON(json, 1, 256, shape)).toBeUndefined();
  });

  it("has no mean before the first image", () => {
    const { count, mean, std } = new PixelTally(1, 256, undefined).moments("global");
    expect([count, ...mean, ...std]).toEqual([0, Number.NaN, Number.NaN]);
  });

  it("refuses parts of images, and positions that were not counted", () => {
    const tally = new PixelTally(2, 256, undefined);
    expect(() => tally.add(new Uint8Array(3))).toThrow(RangeError);
    expect(() => new PixelTally(1, 256, shape).add(new Uint8Array(3))).toThrow(RangeError);
    expect(() => tally.moments("pixel")).toThrow(RangeError);
  });
});
