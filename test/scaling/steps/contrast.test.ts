import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Split } from "../../../src/data/dataset.ts";
import { parseScaling } from "../../../src/scaling/parse.ts";
import { Scaler } from "../../../src/scaling/scaler.ts";
import type { Axis } from "../../../src/statistics/axis.ts";
import { makeSplit, worstError } from "../support.ts";

interface Recorded {
  readonly images: Record<string, { shape: [number, number, number, number]; pixels: number[] }>;
  /** By scaling, then by images and axis. */
  readonly scaled: Record<string, Record<string, number[]>>;
}

/** Recorded by fixtures/make-contrast.py with the versions that the file names. */
const { images, scaled }: Recorded = JSON.parse(
  readFileSync(new URL("../../../fixtures/contrast.json", import.meta.url), "utf8"),
);

function splitOf(name: string): Split {
  const { pixels, shape } = images[name];
  return makeSplit(Uint8Array.from(pixels), { height: shape[1], width: shape[2], channels: shape[3] });
}

function applied(scaling: string, split: Split, axis: Axis = "global"): Float32Array {
  const out = new Float32Array(split.pixels.length);
  Scaler.fit(parseScaling(scaling), split, { axis }).apply(split.pixels, split.shape, out);
  return out;
}

describe.each(Object.entries(scaled))("%s agrees with scikit-image, SciPy or NumPy", (scaling, expected) => {
  it.each(Object.entries(expected))("on %s", (of, values) => {
    const [name, axis] = of.split(" ");
    expect(worstError(applied(scaling, splitOf(name), axis as Axis), values)).toBeLessThan(2e-7);
  });
});

describe("an image without contrast", () => {
  const shape = { height: 9, width: 10, channels: 3 };
  const steps = [
    ...["samplewise-center", "samplewise-standardize", "samplewise-unit-std", "samplewise-minmax"],
    ...["gcn", "gcn=55:10", "lcn", "histeq", "clahe"],
  ];

  it.each(steps)("becomes zeros under %s, whatever its value and the images beside it", (step) => {
    for (const value of [0, 255, 1 / 3, -2.7e7]) {
      const pixels = Float32Array.from({ length: 540 }, (_, i) => (i < 270 ? value : i % 17));
      for (const axis of ["global", "channel"] as const) {
        const out = applied(step, makeSplit(pixels, shape), axis);
        expect(new Set(out.subarray(0, 270))).toEqual(new Set([0]));
        expect(new Set(out.subarray(270)).size).toBeGreaterThan(1);
      }
    }
  });

  it.each(steps)("is a channel of one value, with axis channel, under %s", (step) => {
    const pixels = Float32Array.from({ length: 270 }, (_, i) => (i % 3 === 1 ? 0.1 : (i * 7) % 31));
    const out = applied(step, makeSplit(pixels, shape), "channel");
    expect(new Set(out.filter((_, i) => i % 3 === 1))).toEqual(new Set([0]));
    expect(new Set(out.filter((_, i) => i % 3 === 2)).size).toBeGreaterThan(1);
  });
});

describe("contrast steps", () => {
  const colour = splitOf("colour");

  it.each(["gcn", "lcn", "histeq", "clahe"])("%s gives the same bits one by one and in any batch", (step) => {
    const scaler = Scaler.fit(parseScaling(step), colour);
    const size = colour.pixels.length / 2;
    const both = applied(step, colour);
    for (const image of [1, 0]) {
      const out = new Float32Array(size);
      scaler.applyTo(colour, Uint32Array.of(image), out);
      expect(out).toEqual(both.subarray(image * size, (image + 1) * size));
    }
    // An image of another size in between changes nothing.
    const gray = splitOf("small");
    scaler.apply(gray.pixels, gray.shape, new Float32Array(gray.pixels.length));
    const again = new Float32Array(colour.pixels.length);
    scaler.apply(colour.pixels, colour.shape, again);
    expect(again).toEqual(both);
  });

  it("clahe keeps the hue: the three channels of a pixel keep their proportions", () => {
    const out = applied("clahe", colour);
    for (let i = 0; i < out.length; i += 3) {
      const [before, after] = [colour.pixels, out].map((of) => Math.max(of[i], of[i + 1], of[i + 2]));
      if (before === 0 || after === 0) continue;
      for (let c = i; c < i + 3; c++) expect(out[c] / after).toBeCloseTo(colour.pixels[c] / before, 6);
    }
  });

  it("clahe and histeq take any range of values to 0 … 1, and the same for a shifted range", () => {
    const floats = Float32Array.from(colour.pixels, (value) => value - 1000);
    const moved = makeSplit(floats, colour.shape);
    expect(applied("histeq@channel", moved)).not.toEqual(applied("histeq@channel", colour));
    for (const step of ["clahe@channel", "clahe"]) {
      const out = applied(step, moved);
      expect(Math.min(...out)).toBe(0);
      expect(Math.max(...out)).toBe(1);
    }
    expect(applied("clahe@channel", moved)).toEqual(applied("clahe@channel", colour));
  });

  it("leave NaN in sight", () => {
    const pixels = Float32Array.from(splitOf("gray").pixels);
    pixels[7] = Number.NaN;
    const broken = makeSplit(pixels, splitOf("gray").shape);
    for (const step of ["gcn", "lcn", "histeq", "clahe"]) {
      expect(applied(step, broken)[7]).toBeNaN();
    }
  });

  it.each([
    ["gcn=0", /gcn takes a scale above 0, and perhaps a bias of 0 or more \(got "0"\); write gcn, gcn=55/],
    ["gcn=1:-1", /got "1:-1"/],
    [
      "clahe=2",
      /the clip limit of clahe must be a number from 0 to 1 \(got "2"\); use a number such as 0.01/,
    ],
    ["lcn=3", /"lcn" takes no value/],
    ["histeq@pixel", /samplewise steps have no axis pixel/],
  ])("%s is refused", (text, message) => {
    expect(() => parseScaling(text)).toThrow(message);
  });
});
