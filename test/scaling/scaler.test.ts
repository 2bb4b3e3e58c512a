import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Split } from "../../src/data/dataset.ts";
import { PixscaleError } from "../../src/errors.ts";
import type { Axis } from "../../src/scaling/axis.ts";
import { Scaler } from "../../src/scaling/scaler.ts";
import { parseScaling, type ScalingStep } from "../../src/scaling/spec.ts";
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
function plainScaling(steps: readonly ScalingStep[], split: Split, axis: Axis): number[] {
  let values = Array.from(split.pixels);
  for (const step of steps) {
    if (step.kind === "normalize") {
      values = values.map((value) => value * step.factor);
      continue;
    }
    const groups = valuesByGroup(values, split.shape, axis);
    const means = groups.map(plainMean);
    const stds = groups.map(plainStd);
    const size = values.length / split.count;
    values = values.map((value, i) => {
      const group = { global: 0, channel: i % split.shape.channels, pixel: i % size }[axis];
      const centered = value - means[group];
      return step.kind === "center" ? centered : centered / (stds[group] + 1e-6);
    });
  }
  return values;
}

interface Fixture {
  datasets: Record<
    string,
    {
      shape: [number, number, number, number];
      pixels: number[];
      modes: Record<string, { output: number[]; mean_per_channel?: number[]; std_per_channel?: number[] }>;
    }
  >;
}

const keras = JSON.parse(
  readFileSync(new URL("../../fixtures/keras-scaling.json", import.meta.url), "utf8"),
) as Fixture;

const COVERED = ["normalize", "center", "standardize", "normalize+center", "normalize+standardize"];

const kerasCases = Object.entries(keras.datasets).flatMap(([name, { shape, pixels, modes }]) => {
  const [, height, width, channels] = shape;
  const split = makeSplit(Uint8Array.from(pixels), { height, width, channels });
  const axes: Axis[] = channels === 1 ? ["channel", "global"] : ["channel"];
  return COVERED.flatMap((mode) => axes.map((axis) => ({ name, mode, axis, split, expected: modes[mode] })));
});

describe("agreement with Keras", () => {
  it.each(kerasCases)("$name, $mode, axis $axis", ({ mode, axis, split, expected }) => {
    const scaler = Scaler.fit(parseScaling(mode), split, { axis });
    expect(worstError(applied(scaler, split), expected.output)).toBeLessThan(1e-6);
    const last = scaler.steps[scaler.steps.length - 1];
    const mean = last.kind === "normalize" ? undefined : last.mean;
    const std = last.kind === "standardize" ? last.std : undefined;
    expect(worstError(mean ?? [], expected.mean_per_channel ?? [])).toBeLessThan(1e-12);
    expect(worstError(std ?? [], expected.std_per_channel ?? [])).toBeLessThan(1e-12);
  });

  it("was tried on every recorded dataset", () => {
    expect(kerasCases).toHaveLength(30);
  });
});

const stepLists: fc.Arbitrary<ScalingStep[]> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant("normalize" as const), factor: fc.constantFrom(1 / 255, -0.5, 3) }),
    fc.constant({ kind: "center" as const }),
    fc.constant({ kind: "standardize" as const }),
  ),
  { maxLength: 3 },
);

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

  it("makes a pixel that never varies 0", () => {
    const split = makeSplit(Uint8Array.of(7, 1, 7, 3, 7, 9), { height: 1, width: 2, channels: 1 });
    const out = applied(Scaler.fit(parseScaling("standardize"), split, { axis: "pixel" }), split);
    expect([out[0], out[2], out[4]]).toEqual([0, 0, 0]);
  });

  it("leaves pixels alone for none", () => {
    const split = makeSplit(Uint8Array.of(0, 7, 255), { height: 1, width: 1, channels: 3 });
    expect([...applied(Scaler.fit([], split), split)]).toEqual([0, 7, 255]);
  });

  it("gives the same bits for bytes and for the same values in floats", () => {
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
      fc.property(byteSplits, stepLists, fc.constantFrom(...AXES), (split, steps, axis) => {
        const scaler = Scaler.fit(steps, split, { axis });
        const text = JSON.stringify(scaler);
        const loaded = Scaler.fromJSON(JSON.parse(text), "scaler.json");
        expect(JSON.stringify(loaded)).toBe(text);
        expect(loaded.steps).toEqual(scaler.steps);
        expect(applied(loaded, split)).toEqual(applied(scaler, split));
      }),
    );
  });

  it("applies what it learnt on train to other images, unchanged by them", () => {
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
          scaler.applyTo(split, order, 0, order.length, out);
          const expected = [...order].flatMap((image) => [
            ...whole.subarray(image * size, (image + 1) * size),
          ]);
          expect([...out]).toEqual(expected);
        },
      ),
    );
  });

  it("scales images of several sizes in turn when its axis allows", () => {
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

    it("fitting on NaN", () => {
      const broken = makeSplit(Float32Array.of(1, Number.NaN, 3, 4), shape);
      expect(() => Scaler.fit(parseScaling("center"), broken)).toThrow(
        /^train: has pixels that are not finite/,
      );
    });

    it.each([
      "normalize=1e300",
      "normalize=1e-300+normalize=1e-300",
      "normalize=1e-200+normalize=1e-200+center",
    ])("%s, which leaves the range of float32", (scaling) => {
      expect(() => Scaler.fit(parseScaling(scaling), split)).toThrow(/^scaler: its factors scale pixels out/);
    });

    it("an output that is too small, pixels that are not whole images, and images that are not there", () => {
      const scaler = Scaler.fit([], split);
      expect(() => scaler.apply(split.pixels, shape, new Float32Array(7))).toThrow(RangeError);
      expect(() => scaler.apply(new Uint8Array(5), shape, new Float32Array(8))).toThrow(RangeError);
      const out = new Float32Array(8);
      expect(() => scaler.applyTo(split, Uint32Array.of(0, 2), 0, 2, out)).toThrow(RangeError);
      expect(() => scaler.applyTo(split, Uint32Array.of(0, 1), 1, 2, out)).toThrow(RangeError);
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
      { kind: "standardize", mean: [1, 2], std: [0, 4] },
    ],
  };

  it("reads a written scaler", () => {
    expect(JSON.parse(JSON.stringify(Scaler.fromJSON(good, "s.json")))).toEqual(good);
  });

  const steps = (...list: unknown[]) => ({ ...good, steps: list });
  it.each<[string, unknown, RegExp]>([
    ["null", null, /is not a scaler/],
    ["a list", [], /is not a scaler/],
    ["another format", { ...good, format: "other" }, /is not a scaler/],
    ["a later version", { ...good, version: 2 }, /scaler version 2/],
    ["no version", { ...good, version: undefined }, /scaler version/],
    ["an unknown axis", { ...good, axis: "row" }, /"axis" is "row"/],
    ["no shape", { ...good, shape: null }, /"shape"/],
    ["a shape of 0", { ...good, shape: { height: 0, width: 1, channels: 1 } }, /"shape"/],
    ["a shape in text", { ...good, shape: { height: "1", width: 1, channels: 2 } }, /"shape"/],
    ["no steps", { ...good, steps: {} }, /"steps" is not a list/],
    ["an unknown step", steps({ kind: "zca" }), /"steps\[0\]" has the unknown kind "zca"/],
    ["a step that is no object", steps(null), /"steps\[0\]" has the unknown kind/],
    ["a factor in text", steps({ kind: "normalize", factor: "1" }), /"factor"/],
    ["a factor of 0", steps({ kind: "normalize", factor: 0 }), /out of the range/],
    ["too few means", steps({ kind: "center", mean: [1] }), /no "mean" of 2 numbers/],
    ["a null mean", steps({ kind: "center", mean: [1, null] }), /no "mean" of 2 numbers/],
    ["no std", steps({ kind: "standardize", mean: [1, 2] }), /no "std" of 2 numbers/],
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
