import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Split } from "../../../src/data/dataset.ts";
import { UsageError } from "../../../src/errors.ts";
import { formatScaling, parseScaling } from "../../../src/scaling/parse.ts";
import { Scaler } from "../../../src/scaling/scaler.ts";
import type { Axis } from "../../../src/statistics/axis.ts";
import { measure } from "../../../src/statistics/measure.ts";
import { AXES, makeSplit, worstError } from "../support.ts";

interface Parts {
  readonly train: number[];
  readonly test: number[];
}

type Name = "gray" | "colour";

/** Recorded by fixtures/make-scaling-steps.py with the versions that the file names. */
const recorded = JSON.parse(
  readFileSync(new URL("../../../fixtures/scaling-steps.json", import.meta.url), "utf8"),
);

const splits = Object.fromEntries(
  Object.entries(recorded.datasets as Record<Name, Parts & { shape: [number, number, number, number] }>).map(
    ([
      name,
      {
        shape: [, height, width, channels],
        train,
        test,
      },
    ]) => {
      const split = (pixels: number[]) => makeSplit(Uint8Array.from(pixels), { height, width, channels });
      return [name, { train: split(train), test: split(test) }];
    },
  ),
) as Record<Name, { train: Split; test: Split }>;

function applied(scaler: Scaler, split: Split): Float32Array {
  const out = new Float32Array(split.pixels.length);
  scaler.apply(split.pixels, split.shape, out);
  return out;
}

/** The worst error of a scaling that is fitted on train and applied to both splits. */
function errorOf(scaling: string, name: Name, axis: Axis, expected: Partial<Parts>): number {
  const scaler = Scaler.fit(parseScaling(scaling), splits[name].train, { axis });
  return Math.max(
    ...(["train", "test"] as const).map((part) =>
      expected[part] === undefined ? 0 : worstError(applied(scaler, splits[name][part]), expected[part]),
    ),
  );
}

describe("agreement with scikit-learn, pixel by pixel, also where train never varies", () => {
  it.each(["gray", "colour"] as const)("StandardScaler, %s", (name) => {
    expect(errorOf("standardize", name, "pixel", recorded.standardize[name])).toBeLessThan(1e-6);
    expect(errorOf("standardize@pixel", name, "global", recorded.standardize[name])).toBeLessThan(1e-6);
  });

  it.each(["gray", "colour"] as const)("MinMaxScaler and RobustScaler, %s", (name) => {
    for (const scaling of ["minmax", "robust"]) {
      expect(errorOf(scaling, name, "pixel", recorded[scaling][name])).toBeLessThan(1e-6);
    }
  });

  it("StandardScaler is not what Keras' rule gives there", () => {
    expect(errorOf("standardize=keras", "gray", "pixel", recorded.standardize.gray)).toBeGreaterThan(1e4);
  });
});

describe("given numbers", () => {
  it("are Keras' mode torch after normalize", () => {
    const scaling = "normalize+standardize=0.485:0.456:0.406/0.229:0.224:0.225";
    const expected = { train: recorded.preprocess_input.torch };
    for (const axis of AXES) expect(errorOf(scaling, "colour", axis, expected)).toBeLessThan(1e-6);
  });

  it("centre and divide exactly, with one number for all channels", () => {
    const split = makeSplit(Uint8Array.of(10, 20, 40), { height: 1, width: 1, channels: 3 });
    expect([...applied(Scaler.fit(parseScaling("standardize=16/8"), split), split)]).toEqual([-0.75, 0.5, 3]);
    expect([...applied(Scaler.fit(parseScaling("center=10:0:-2"), split), split)]).toEqual([0, 20, 42]);
  });

  it("are refused for other channels, when fitted and when applied", () => {
    const fit = () => Scaler.fit(parseScaling("center=1:2:3"), splits.gray.train);
    expect(fit).toThrow(UsageError);
    expect(fit).toThrow("`scaling`: center has 3 means, and the images have 1 channel; give one number");
    const scaler = Scaler.fit(parseScaling("standardize=1:2:3/1:1:1"), splits.colour.train);
    const { pixels, shape } = splits.gray.train;
    expect(() => scaler.apply(pixels, shape, new Float32Array(pixels.length))).toThrow(
      /it cannot scale images of 3×4×1/,
    );
  });

  it("are not fitted: no training image is needed", () => {
    const empty = makeSplit(new Uint8Array(0), { height: 1, width: 1, channels: 1 });
    expect(Scaler.fit(parseScaling("standardize=0.5/2+center=3"), empty).steps).toHaveLength(2);
  });
});

describe("an axis at a step", () => {
  const { train } = splits.colour;

  it.each([
    "center",
    "standardize",
    "unit-std",
    "zca",
    "samplewise-standardize",
  ])("gives %s the bits of the scaling's axis", (name) => {
    for (const own of AXES) {
      if (own === "pixel" && name.startsWith("samplewise")) continue;
      const expected = applied(Scaler.fit(parseScaling(name), train, { axis: own }), train);
      const scaler = Scaler.fit(parseScaling(`${name}@${own}`), train, { axis: "channel" });
      expect(applied(scaler, train)).toEqual(expected);
      const loaded = Scaler.fromJSON(JSON.parse(JSON.stringify(scaler)), "scaler.json");
      expect(applied(loaded, train)).toEqual(expected);
      expect(formatScaling(loaded.steps)).toBe(`${name}@${own}`);
    }
  });

  it.each(
    AXES.flatMap((first) => AXES.map((second) => [first, second] as const)),
  )("fits standardize@%s, then unit-std@%s, on what is left", (first, second) => {
    const scaler = Scaler.fit(parseScaling(`standardize@${first}+unit-std@${second}`), train);
    const before = Scaler.fit(parseScaling("standardize"), train, { axis: first });
    const left = applied(before, train);
    const { std } = measure({ ...train, pixels: left }, second);
    const last = scaler.steps[1];
    expect("std" in last && worstError(last.std, std)).toBeLessThan(1e-6);
    const expected = left.map((value, i) => value / (std[i % std.length] + 1e-6));
    expect(worstError(applied(scaler, train), expected)).toBeLessThan(1e-5);
  });
});

describe("agreement with Keras' constants", () => {
  it.each([
    ["symmetric", recorded.preprocess_input.tf],
    ["imagenet", recorded.preprocess_input.torch],
    ["caffe", recorded.preprocess_input.caffe],
    ["rescale=1/127.5-1", recorded["Rescaling(1/127.5, -1)"]],
    ["rescale=0.5+3", recorded["Rescaling(0.5, 3)"]],
  ])("%s", (scaling, train) => {
    for (const axis of AXES) expect(errorOf(scaling, "colour", axis, { train })).toBeLessThan(1e-6);
  });

  it("the steps after them are fitted on their output", () => {
    const { train } = splits.colour;
    for (const name of ["symmetric", "imagenet", "caffe"]) {
      const first = applied(Scaler.fit(parseScaling(name), train), train);
      const { mean } = measure({ ...train, pixels: first }, "channel");
      const last = Scaler.fit(parseScaling(`${name}+center@channel`), train).steps[1];
      expect("mean" in last && worstError(last.mean, mean)).toBeLessThan(1e-6);
    }
  });

  it.each(["imagenet", "cifar10", "cifar100", "caffe"])("%s refuses gray images", (name) => {
    expect(() => Scaler.fit(parseScaling(name), splits.gray.train)).toThrow(/^`scaling`: [^;]*1 channel; /);
    const { pixels, shape } = splits.gray.test;
    const scaler = Scaler.fit(parseScaling(name), splits.colour.train);
    expect(() => scaler.apply(pixels, shape, new Float32Array(pixels.length))).toThrow(
      /cannot scale images of 3×4×1/,
    );
  });
});

describe("agreement with NumPy and SciPy", () => {
  it.each(["minmax", "robust"])("%s per channel", (name) => {
    expect(errorOf(name, "colour", "channel", recorded[`${name} channel`])).toBeLessThan(1e-6);
  });

  it.each(AXES)("clip, axis %s", (axis) => {
    expect(errorOf("clip=2.5:90", "colour", axis, recorded["clip 2.5:90"][axis])).toBeLessThan(1e-6);
  });

  it.each(["global", "channel"] as const)("samplewise-minmax, axis %s", (axis) => {
    const train = recorded["samplewise-minmax"][axis];
    expect(errorOf("samplewise-minmax", "colour", axis, { train })).toBeLessThan(1e-6);
  });

  it("log and gamma", () => {
    expect(errorOf("log", "colour", "global", { train: recorded.log })).toBeLessThan(1e-6);
    const train = recorded["gamma 0.5"];
    expect(errorOf("normalize+gamma=0.5", "colour", "global", { train })).toBeLessThan(1e-6);
    const split = makeSplit(Float32Array.of(-4, 0, 4), { height: 1, width: 1, channels: 3 });
    expect([...applied(Scaler.fit(parseScaling("gamma=1/2"), split), split)]).toEqual([-2, 0, 2]);
  });
});

describe("ranges and quantiles", () => {
  const { train } = splits.colour;

  it.each(
    AXES.flatMap((first) => AXES.map((second) => [first, second] as const)),
  )("of standardize@%s are fitted on its output, with axis %s", (first, second) => {
    const left = applied(Scaler.fit(parseScaling("standardize"), train, { axis: first }), train);
    const floats = { ...train, pixels: left };
    for (const name of ["minmax", "robust", "clip=10:75"]) {
      const alone = applied(Scaler.fit(parseScaling(name), floats, { axis: second }), floats);
      const [head, ...value] = name.split("=");
      const scaling = `standardize@${first}+${[`${head}@${second}`, ...value].join("=")}`;
      expect(worstError(applied(Scaler.fit(parseScaling(scaling), train), train), alone)).toBeLessThan(1e-5);
    }
  });

  it("are turned round by a negative factor", () => {
    for (const name of ["minmax", "robust"]) {
      const plain = applied(Scaler.fit(parseScaling(name), train, { axis: "channel" }), train);
      const turned = applied(
        Scaler.fit(parseScaling(`rescale=-2+5+${name}`), train, { axis: "channel" }),
        train,
      );
      const expected = plain.map((value) => (name === "minmax" ? 1 - value : -value));
      expect(worstError(turned, expected)).toBeLessThan(1e-6);
    }
  });

  it("are the same for bytes, which are counted, and floats, which are sorted", () => {
    const floats = { ...train, pixels: Float32Array.from(train.pixels) };
    for (const name of ["minmax", "robust", "clip=3:98"]) {
      for (const axis of AXES) {
        const text = (split: Split) => JSON.stringify(Scaler.fit(parseScaling(name), split, { axis }));
        expect(text(floats)).toBe(text(train));
      }
    }
  });

  it("refuse NaN and no images", () => {
    const shape = { height: 1, width: 1, channels: 1 };
    const broken = makeSplit(Float32Array.of(1, Number.NaN, 2), shape);
    expect(() => Scaler.fit(parseScaling("robust"), broken)).toThrow(/^train: some pixels are not finite/);
    const empty = makeSplit(new Uint8Array(0), shape);
    expect(() => Scaler.fit(parseScaling("clip=1:99"), empty)).toThrow(/^split: no images to measure; /);
  });

  it("of statistics alone: no rounding hides that a value is constant", () => {
    // As weighted images leave it: the deviation is computed from floats.
    const seven = Float64Array.of(7);
    const statistics = () => ({ min: seven, max: seven, mean: seven, std: Float64Array.of(1e-15) });
    const scaler = Scaler.fitOnStatistics(parseScaling("standardize"), train.shape, "global", statistics);
    const out = new Float32Array(train.pixels.length);
    scaler.apply(
      train.pixels.map(() => 9),
      train.shape,
      out,
    );
    expect(new Set(out)).toEqual(new Set([2]));
  });

  it("of statistics alone: minmax is fitted, robust refused", () => {
    const moments = (axis: Axis) => measure(train, axis);
    const minmax = parseScaling("normalize+minmax@channel");
    const fitted = Scaler.fitOnStatistics(minmax, train.shape, "global", moments);
    expect(JSON.stringify(fitted)).toBe(JSON.stringify(Scaler.fit(minmax, train)));
    expect(() => Scaler.fitOnStatistics(parseScaling("robust"), train.shape, "global", moments)).toThrow(
      /^`scaling`: "robust" needs the images, and only their statistics are known; use normalize, /,
    );
  });
});

describe("the way back", () => {
  /** The worst difference, in pixel values, from the images that another library scaled. */
  function errorBack(scaling: string, name: Name, axis: Axis, scaled: readonly number[]): number {
    const { train } = splits[name];
    const restored = new Float32Array(train.pixels.length);
    const scaler = Scaler.fit(parseScaling(scaling), train, { axis });
    scaler.inverse().apply(Float32Array.from(scaled), train.shape, restored);
    return Math.max(...restored.map((value, i) => Math.abs(value - train.pixels[i])));
  }

  it.each([
    ["standardize", "gray", "pixel", recorded.standardize.gray.train],
    ["minmax", "colour", "pixel", recorded.minmax.colour.train],
    ["robust", "gray", "pixel", recorded.robust.gray.train],
    ["robust", "colour", "channel", recorded["robust channel"].train],
    ["symmetric", "colour", "global", recorded.preprocess_input.tf],
    ["imagenet", "colour", "global", recorded.preprocess_input.torch],
    ["caffe", "colour", "global", recorded.preprocess_input.caffe],
    ["log", "colour", "global", recorded.log],
    ["normalize+gamma=0.5", "colour", "global", recorded["gamma 0.5"]],
  ] as const)("from %s of %s images, axis %s, as another library scaled them", (scaling, name, axis, scaled) => {
    expect(errorBack(scaling, name, axis, scaled)).toBeLessThan(1e-3);
  });

  it("undoes several steps, in any order", () => {
    const { train } = splits.colour;
    for (const scaling of [
      "normalize+center@pixel+log+unit-std@channel",
      "caffe+standardize+gamma=2+rescale=-2+1",
    ]) {
      const scaled = applied(Scaler.fit(parseScaling(scaling), train), train);
      expect(errorBack(scaling, "colour", "global", [...scaled])).toBeLessThan(1e-3);
    }
  });

  it.each(["clip=1:99", "samplewise-minmax", "normalize+samplewise-standardize"])("refuses %s", (scaling) => {
    const scaler = Scaler.fit(parseScaling(scaling), splits.colour.train);
    expect(() => scaler.inverse()).toThrow(
      /^scaler: "[a-z-]*" cannot be undone, [^;]*; use a scaling without this/,
    );
  });

  it("refuses images of another shape", () => {
    const inverse = Scaler.fit(parseScaling("center"), splits.colour.train, { axis: "pixel" }).inverse();
    expect(() => inverse.apply(new Float32Array(12), splits.gray.train.shape, new Float32Array(12))).toThrow(
      /it cannot scale images of 3×4×1/,
    );
  });
});
