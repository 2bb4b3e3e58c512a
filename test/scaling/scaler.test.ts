import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { imageSize, type Split } from "../../src/data/dataset.ts";
import { PixscaleError, UsageError } from "../../src/errors.ts";
import { parseScaling } from "../../src/scaling/parse.ts";
import { Scaler } from "../../src/scaling/scaler.ts";
import type { ScalingStep } from "../../src/scaling/steps/step-kinds.ts";
import type { Axis } from "../../src/statistics/axis.ts";
import {
  AXES,
  asFloats,
  byteSplits,
  makeSplit,
  plainMean,
  plainStd,
  valuesByGroup,
  worstError,
} from "./support.ts";

function applied(scaler: Scaler, split: Split): Float32Array {
  const out = new Float32Array(split.pixels.length);
  scaler.apply(split.pixels, split.shape, out);
  return out;
}

/** Every step on the data the one before left, in double precision, with nothing folded. */
function plainScaling(steps: readonly ScalingStep[], split: Split, axis: Axis, samplewise = false): number[] {
  let values = Array.from(split.pixels);
  for (const step of steps) {
    if (step.kind === "zca") throw new Error("see whitening.test.ts");
    if (step.kind === "normalize") {
      values = values.map((value) => value * step.factor);
      continue;
    }
    if (step.kind.startsWith("samplewise-")) {
      const whole = [{ kind: step.kind.slice("samplewise-".length) } as ScalingStep];
      const size = values.length / split.count;
      values = Array.from({ length: split.count }, (_, image) =>
        values.slice(image * size, (image + 1) * size),
      )
        .map((pixels) => ({ ...split, pixels: pixels as unknown as Float32Array, count: 1 }))
        .flatMap((image) => plainScaling(whole, image, axis, true));
      continue;
    }
    const groups = valuesByGroup(values, split.shape, axis);
    const means = groups.map(plainMean);
    const stds = groups.map(plainStd);
    const size = values.length / split.count;
    values = values.map((value, i) => {
      const group = { global: 0, channel: i % split.shape.channels, pixel: i % size }[axis];
      // An image of one value becomes 0.
      if (samplewise && stds[group] === 0) return 0;
      const centered = step.kind === "unit-std" ? value : value - means[group];
      return step.kind === "center" ? centered : centered / (stds[group] + 1e-6);
    });
  }
  return values;
}

interface Mode {
  output: number[];
  mean_per_channel?: number[];
  std_per_channel?: number[];
}

interface Fixture {
  datasets: Record<
    string,
    { shape: [number, number, number, number]; pixels: number[]; modes: Record<string, Mode> }
  >;
}

function readFixture(name: string): Fixture {
  return JSON.parse(readFileSync(new URL(`../../fixtures/${name}`, import.meta.url), "utf8"));
}

const keras = readFixture("keras-scaling.json");
/** Keras with centring switched off after its constructor has turned it on. */
const unitStd = readFixture("keras-unit-std.json");

/** What Keras' modes are here, where it is not the name itself. */
const SCALINGS: Readonly<Record<string, string>> = {
  // Keras centres where only a division was asked for.
  "std-only": "standardize",
  "samplewise-std-only": "samplewise-standardize",
  "zca-eps-0.1": "zca=0.1",
};

const kerasCases = Object.entries(keras.datasets).flatMap(([name, { shape, pixels, modes }]) => {
  const [, height, width, channels] = shape;
  const split = makeSplit(Uint8Array.from(pixels), { height, width, channels });
  return Object.entries({ ...modes, ...unitStd.datasets[name].modes }).flatMap(([mode, expected]) => {
    const scaling = SCALINGS[mode] ?? mode;
    // Keras' samplewise statistics are of the whole image, its featurewise ones of a channel.
    const own: Axis = scaling.includes("samplewise") ? "global" : "channel";
    const axes: Axis[] = channels === 1 ? ["channel", "global"] : [own];
    return axes.map((axis) => ({ name, mode, scaling, axis, split, expected }));
  });
});

/** Keras divides an image of one value by 0 + 1e-6; here it is 0. */
function withFlatImagesAtZero({ pixels, shape }: Split, { output }: Mode): number[] {
  const size = imageSize(shape);
  return output.map((value, i) => {
    const image = pixels.subarray(i - (i % size), i - (i % size) + size);
    return image.every((pixel) => pixel === image[0]) ? 0 : value;
  });
}

describe("agreement with Keras", () => {
  it.each(kerasCases)("$name, $mode, axis $axis", ({ scaling, axis, split, expected }) => {
    const scaler = Scaler.fit(parseScaling(scaling), split, { axis });
    const tolerance = scaling.startsWith("zca") ? 1e-4 : 1e-6;
    const output = scaling.includes("samplewise") ? withFlatImagesAtZero(split, expected) : expected.output;
    expect(worstError(applied(scaler, split), output)).toBeLessThan(tolerance);
    const last = scaler.steps[scaler.steps.length - 1];
    const mean = "mean" in last ? last.mean : [];
    const std = "std" in last ? last.std : [];
    if (expected.mean_per_channel !== undefined) {
      expect(worstError(mean, expected.mean_per_channel)).toBeLessThan(1e-12);
    }
    if (expected.std_per_channel !== undefined) {
      expect(worstError(std, expected.std_per_channel)).toBeLessThan(1e-12);
    }
  });

  it("covers every recorded mode", () => {
    // 12 + 3 modes of 4 datasets, those of the 2 gray ones along both axes.
    expect(kerasCases).toHaveLength((12 + 3) * (4 + 2));
  });
});

const stepLists: fc.Arbitrary<ScalingStep[]> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant("normalize" as const), factor: fc.constantFrom(1 / 255, -0.5, 3) }),
    fc.constant({ kind: "center" as const }),
    fc.constant({ kind: "standardize" as const }),
    fc.constant({ kind: "unit-std" as const }),
  ),
  { maxLength: 3 },
);

/** Steps and an axis that goes with them. */
const anyScaling = fc
  .tuple(
    fc.array(
      fc.oneof(
        stepLists,
        fc
          .constantFrom(...parseScaling("samplewise-center+samplewise-standardize+samplewise-unit-std"))
          .map((step) => [step]),
      ),
      { maxLength: 2 },
    ),
    fc.constantFrom("global" as const, "channel" as const),
  )
  .map(([lists, axis]) => ({ steps: lists.flat(), axis }));

/** Whether no step divides by a deviation of (nearly) 0, which would magnify the rounding of either side. */
function isTame(values: readonly number[]): boolean {
  return values.every((value) => Math.abs(value) < 1e4);
}

/** Whether every group varies: otherwise division by 1e-6 magnifies the rounding of either side. */
function varies(split: Split, axis: Axis): boolean {
  return valuesByGroup(split.pixels, split.shape, axis).every((values) => plainStd(values) > 0);
}

describe("Scaler", () => {
  it("agrees with plain double-precision arithmetic for any steps and axis", () => {
    fc.assert(
      fc.property(byteSplits, stepLists, fc.constantFrom(...AXES), (split, steps, axis) => {
        fc.pre(varies(split, axis));
        const scaler = Scaler.fit(steps, split, { axis });
        expect(worstError(applied(scaler, split), plainScaling(steps, split, axis))).toBeLessThan(1e-6);
      }),
    );
  });

  it("agrees with plain arithmetic for samplewise steps, and fits later steps on their output", () => {
    fc.assert(
      fc.property(byteSplits, anyScaling, (split, { steps, axis }) => {
        fc.pre(varies(split, axis));
        const expected = plainScaling(steps, split, axis);
        fc.pre(isTame(expected));
        expect(worstError(applied(Scaler.fit(steps, split, { axis }), split), expected)).toBeLessThan(1e-5);
      }),
    );
  });

  it("makes a constant image 0 if samplewise, and leaves the others alone", () => {
    const split = makeSplit(Uint8Array.of(9, 9, 9, 9, 0, 0, 10, 10), { height: 2, width: 2, channels: 1 });
    expect([...applied(Scaler.fit(parseScaling("samplewise-center"), split), split)]).toEqual([
      0, 0, 0, 0, -5, -5, 5, 5,
    ]);
    const out = applied(Scaler.fit(parseScaling("normalize+samplewise-standardize"), split), split);
    expect(worstError(out, [0, 0, 0, 0, -1, -1, 1, 1])).toBeLessThan(1e-4);
  });

  it("makes a pixel that never varies 0", () => {
    const split = makeSplit(Uint8Array.of(7, 1, 7, 3, 7, 9), { height: 1, width: 2, channels: 1 });
    const out = applied(Scaler.fit(parseScaling("standardize"), split, { axis: "pixel" }), split);
    expect([out[0], out[2], out[4]]).toEqual([0, 0, 0]);
  });

  it("divides a pixel that never varies by 1, or by 1e-6 as Keras, and scalers of 0.1.0 by 1e-6", () => {
    const split = makeSplit(Uint8Array.of(7, 1, 7, 3, 7, 9), { height: 1, width: 2, channels: 1 });
    const other = { ...split, pixels: Uint8Array.of(9, 0), count: 1 };
    const first = (scaler: Scaler) => applied(scaler, other)[0];
    for (const [name, one] of [
      ["standardize", 2],
      ["unit-std", 9],
    ] as const) {
      expect(first(Scaler.fit(parseScaling(name), split, { axis: "pixel" }))).toBe(one);
      const keras = Scaler.fit(parseScaling(`${name}=keras`), split, { axis: "pixel" });
      expect(first(keras)).toBe(one * 1e6);
      const { steps, ...json } = JSON.parse(JSON.stringify(keras));
      delete steps[0].constant;
      expect(first(Scaler.fromJSON({ ...json, steps }, "old.json"))).toBe(one * 1e6);
    }
  });

  it("sees that float pixels never vary, whatever their mean is rounded to", () => {
    const pixels = Float32Array.from({ length: 70 }, (_, i) => (i % 2 === 0 ? 0.1 : i));
    const split = makeSplit(pixels, { height: 1, width: 2, channels: 1 });
    const scaler = Scaler.fit(parseScaling("normalize=1/3+unit-std@pixel"), split);
    expect([...applied(scaler, { ...split, pixels: Float32Array.of(0.3, 0), count: 1 })]).toEqual([
      Math.fround(Math.fround(0.3) / 3),
      0,
    ]);
  });

  it("leaves pixels unchanged for none", () => {
    const split = makeSplit(Uint8Array.of(0, 7, 255), { height: 1, width: 1, channels: 3 });
    expect([...applied(Scaler.fit([], split), split)]).toEqual([0, 7, 255]);
  });

  it("has the same output bits for bytes and for the same values in floats", () => {
    fc.assert(
      fc.property(byteSplits, stepLists, fc.constantFrom(...AXES), (split, steps, axis) => {
        const scaler = Scaler.fit(steps, split, { axis });
        expect(applied(scaler, asFloats(split))).toEqual(applied(scaler, split));
      }),
    );
  });

  it("fitted on floats agrees with fitted on bytes", () => {
    fc.assert(
      fc.property(byteSplits, stepLists, fc.constantFrom(...AXES), (split, steps, axis) => {
        fc.pre(varies(split, axis));
        const fromFloats = applied(Scaler.fit(steps, asFloats(split), { axis }), split);
        expect(worstError(fromFloats, applied(Scaler.fit(steps, split, { axis }), split))).toBeLessThan(1e-6);
      }),
    );
  });

  it("comes back from JSON with the same output bits", () => {
    fc.assert(
      fc.property(byteSplits, anyScaling, (split, { steps, axis }) => {
        const scaler = Scaler.fit(steps, split, { axis });
        const text = JSON.stringify(scaler);
        const loaded = Scaler.fromJSON(JSON.parse(text), "scaler.json");
        expect(JSON.stringify(loaded)).toBe(text);
        expect(loaded.steps).toEqual(scaler.steps);
        expect(applied(loaded, split)).toEqual(applied(scaler, split));
      }),
    );
  });

  it("applies the statistics of train to other images, and does not change", () => {
    const shape = { height: 1, width: 2, channels: 1 };
    const train = makeSplit(Uint8Array.of(0, 10, 20, 30), shape);
    const scaler = Scaler.fit(parseScaling("center"), train);
    const before = JSON.stringify(scaler);
    expect([...applied(scaler, makeSplit(Uint8Array.of(100, 200), shape))]).toEqual([85, 185]);
    expect(JSON.stringify(scaler)).toBe(before);
    expect([...applied(scaler, train)]).toEqual([-15, -5, 5, 15]);
  });

  it("scales chosen images in the order given, whatever their number", () => {
    fc.assert(
      fc.property(
        byteSplits,
        fc.constantFrom(...AXES),
        fc.array(fc.nat(), { maxLength: 11 }),
        (split, axis, picks) => {
          const scaler = Scaler.fit(parseScaling("standardize"), split, { axis });
          const whole = applied(scaler, split);
          const size = whole.length / split.count;
          const order = Uint32Array.from(picks, (pick) => pick % split.count);
          const out = new Float32Array(order.length * size);
          scaler.applyTo(split, order, out);
          const expected = [...order].flatMap((image) => [
            ...whole.subarray(image * size, (image + 1) * size),
          ]);
          expect([...out]).toEqual(expected);
        },
      ),
    );
  });

  it("scales images of several sizes if its axis allows that", () => {
    const train = makeSplit(Uint8Array.of(0, 10, 20, 30, 50, 70), { height: 1, width: 1, channels: 3 });
    const scaler = Scaler.fit(parseScaling("center"), train, { axis: "channel" });
    const wide = { height: 1, width: 2, channels: 3 };
    const expected = [-15, -29, -43, -12, -26, -40];
    for (let round = 0; round < 2; round++) {
      expect([...applied(scaler, makeSplit(Uint8Array.of(0, 1, 2, 3, 4, 5), wide))]).toEqual(expected);
      expect([...applied(scaler, makeSplit(Uint8Array.of(1, 2, 3), train.shape))]).toEqual([-14, -28, -42]);
    }
  });

  describe("refuses", () => {
    const shape = { height: 2, width: 2, channels: 1 };
    const split = makeSplit(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 9), shape);
    const wider = { height: 2, width: 3, channels: 1 };
    const colour = { height: 2, width: 2, channels: 3 };

    it.each([
      ["pixel", wider],
      ["pixel", colour],
      ["channel", colour],
    ] as const)("axis %s on images of another shape", (axis, other) => {
      const scaler = Scaler.fit(parseScaling("center"), split, { axis });
      const apply = () => scaler.apply(new Uint8Array(12), other, new Float32Array(12));
      expect(apply).toThrow(PixscaleError);
      expect(apply).toThrow(/^scaler: fitted with axis .* 2×2×1.*; use images of 2×2×1/);
    });

    it.each([
      ["channel", "center", wider],
      ["global", "center", colour],
      ["pixel", "normalize", colour],
    ] as const)("nothing where axis %s with %s does not depend on the shape", (axis, scaling, other) => {
      const out = new Float32Array(12).fill(Number.NaN);
      Scaler.fit(parseScaling(scaling), split, { axis }).apply(new Uint8Array(12), other, out);
      expect(out.every(Number.isFinite)).toBe(true);
    });

    it("fitting on no images, but only if a step needs them", () => {
      const empty = makeSplit(new Uint8Array(0), shape);
      expect(() => Scaler.fit(parseScaling("center"), empty)).toThrow(PixscaleError);
      expect(Scaler.fit(parseScaling("normalize"), empty).steps).toHaveLength(1);
    });

    it("a statistic per pixel of one image", () => {
      const fit = () => Scaler.fit(parseScaling("samplewise-center"), split, { axis: "pixel" });
      expect(fit).toThrow(UsageError);
      expect(fit).toThrow(/^`axis`: samplewise steps have no axis pixel; /);
    });

    it("fitting on NaN", () => {
      const broken = makeSplit(Float32Array.of(1, Number.NaN, 3, 4), shape);
      expect(() => Scaler.fit(parseScaling("center"), broken)).toThrow(/^train: some pixels are not finite/);
    });

    it.each([
      "normalize=1e300",
      "normalize=1e-300+normalize=1e-300",
      "normalize=1e-200+normalize=1e-200+center",
    ])("%s, which leaves the range of float32", (scaling) => {
      expect(() => Scaler.fit(parseScaling(scaling), split)).toThrow(/^scaler: its factors take pixels out/);
    });

    it("an output that is too small, pixels that are not whole images, and images that do not exist", () => {
      const scaler = Scaler.fit([], split);
      expect(() => scaler.apply(split.pixels, shape, new Float32Array(7))).toThrow(RangeError);
      expect(() => scaler.apply(new Uint8Array(5), shape, new Float32Array(8))).toThrow(RangeError);
      const out = new Float32Array(8);
      expect(() => scaler.applyTo(split, Uint32Array.of(0, 2), out)).toThrow(RangeError);
      expect(() => scaler.applyTo(split, Uint32Array.of(0, 1, 0), out)).toThrow(RangeError);
    });
  });
});

describe("Scaler.fromJSON", () => {
  const good = {
    format: "pixscale-scaler",
    version: 1,
    axis: "channel",
    shape: { height: 1, width: 1, channels: 2 },
    steps: [
      { kind: "normalize", factor: 0.5 },
      { kind: "standardize", constant: "one", mean: [1, 2], std: [0, 4] },
    ],
  };

  it("reads a written scaler", () => {
    expect(JSON.parse(JSON.stringify(Scaler.fromJSON(good, "s.json")))).toEqual(good);
  });

  const steps = (...list: unknown[]) => ({ ...good, steps: list });
  it.each<[string, unknown, RegExp]>([
    ["null", null, /: not a scaler: /],
    ["a list", [], /: not a scaler: /],
    ["another format", { ...good, format: "other" }, /: not a scaler: /],
    ["a later version", { ...good, version: 2 }, /scaler version 2/],
    ["no version", { ...good, version: undefined }, /scaler version/],
    ["an unknown axis", { ...good, axis: "row" }, /"axis" must be one of .* \(got "row"\)/],
    ["no shape", { ...good, shape: null }, /"shape"/],
    ["a shape of 0", { ...good, shape: { height: 0, width: 1, channels: 1 } }, /"shape"/],
    ["a shape in text", { ...good, shape: { height: "1", width: 1, channels: 2 } }, /"shape"/],
    ["no steps", { ...good, steps: {} }, /"steps" must be a list/],
    ["an unknown step", steps({ kind: "lda" }), /"steps\[0\]" has the unknown kind "lda"/],
    [
      "a samplewise step per pixel",
      { ...good, axis: "pixel", steps: [{ kind: "samplewise-center" }] },
      /"steps\[0\]" is samplewise/,
    ],
    [
      "a zca without epsilon",
      steps({ kind: "zca", mean: [1, 2], matrix: "" }),
      /"steps\[0\]" must have a number "epsilon"/,
    ],
    [
      "a zca without mean",
      steps({ kind: "zca", epsilon: 0, matrix: "AAAAAAAAAAAAAAAA" }),
      /must have a list "mean" of 2/,
    ],
    [
      "a zca matrix of another size",
      steps({ kind: "zca", epsilon: 0, mean: [1, 2], matrix: "AAAA" }),
      /must have a "matrix" of 2 × 2/,
    ],
    [
      "a zca matrix with NaN",
      steps({ kind: "zca", epsilon: 0, mean: [1, 2], matrix: "AADAfwAAAAAAAAAA" }),
      /must have a "matrix" of 2 × 2/,
    ],
    ["a unit-std without std", steps({ kind: "unit-std" }), /must have a list "std" of 2/],
    ["a step that is no object", steps(null), /"steps\[0\]" has the unknown kind/],
    ["a factor in text", steps({ kind: "normalize", factor: "1" }), /"factor"/],
    ["a factor of 0", steps({ kind: "normalize", factor: 0 }), /out of the range/],
    ["too few means", steps({ kind: "center", mean: [1] }), /must have a list "mean" of 2 numbers/],
    ["a null mean", steps({ kind: "center", mean: [1, null] }), /must have a list "mean" of 2 numbers/],
    ["no std", steps({ kind: "standardize", mean: [1, 2] }), /must have a list "std" of 2 numbers/],
    [
      "an unknown rule",
      steps({ kind: "unit-std", constant: "two", std: [1, 2] }),
      /"constant" of one or keras/,
    ],
    [
      "an unknown axis of a step",
      steps({ kind: "center", axis: "row", mean: [1] }),
      /must have an "axis" of global/,
    ],
    [
      "too many means for its own axis",
      steps({ kind: "center", axis: "global", mean: [1, 2] }),
      /list "mean" of 1 number/,
    ],
    [
      "given means for other channels",
      steps({ kind: "center", given: true, mean: [1, 2, 3] }),
      /of one number, or of 2/,
    ],
    [
      "a given std of 0",
      steps({ kind: "standardize", given: true, mean: [1], std: [0] }),
      /must have a "std" above 0/,
    ],
    [
      "imagenet with a std of 0",
      steps({ kind: "imagenet", mean: [1], std: [0] }),
      /must have a "std" above 0/,
    ],
    ["caffe of 2 channels", steps({ kind: "caffe", mean: [1, 2] }), /takes RGB images/],
    ["a rescale without offset", steps({ kind: "rescale", factor: 1 }), /must have a number "offset"/],
    ["a rescale by 0", steps({ kind: "rescale", factor: 0, offset: 1 }), /out of the range/],
    ["a negative range", steps({ kind: "minmax", min: [1, 2], range: [1, -1] }), /negative "range"/],
    ["a robust without median", steps({ kind: "robust", iqr: [1, 1] }), /must have a list "median" of 2/],
    [
      "a clip without percentiles",
      steps({ kind: "clip", percentiles: [1], low: [1, 2], high: [3, 4] }),
      /must have a list "percentiles" of 2/,
    ],
    [
      "a clip upside down",
      steps({ kind: "clip", percentiles: [1, 99], low: [1, 5], high: [3, 4] }),
      /has a "low" above its "high"/,
    ],
    ["a gamma of 0", steps({ kind: "gamma", gamma: 0 }), /must have a "gamma" above 0/],
    ["a negative std", steps({ kind: "standardize", mean: [1, 2], std: [1, -1] }), /negative "std"/],
  ])("refuses %s, naming the file", (_what, json, problem) => {
    const read = () => Scaler.fromJSON(json, "s.json");
    expect(read).toThrow(PixscaleError);
    expect(read).toThrow(problem);
    expect(read).toThrow(/^s\.json: [^\n]*; /);
  });

  it("names the file again when the scaler does not fit the images", () => {
    const scaler = Scaler.fromJSON(good, "s.json");
    const apply = () =>
      scaler.apply(new Uint8Array(3), { height: 1, width: 1, channels: 3 }, new Float32Array(3));
    expect(apply).toThrow(/^s\.json: fitted with axis channel on images of 1×1×2/);
  });
});
