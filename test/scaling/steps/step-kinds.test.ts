import { describe, expect, it } from "vitest";
import { imageSize, type Pixels, type Split } from "../../../src/data/dataset.ts";
import { RandomStream } from "../../../src/random.ts";
import { parseScaling } from "../../../src/scaling/parse.ts";
import { Scaler } from "../../../src/scaling/scaler.ts";
import {
  findKind,
  groupsOf,
  KNOWN_STEPS,
  kindOf,
  type ScalingStep,
} from "../../../src/scaling/steps/step-kinds.ts";
import { measure } from "../../../src/statistics/measure.ts";
import { AXES, makeSplit, worstError } from "../support.ts";

const SHAPE = { height: 4, width: 3, channels: 3 };
const COUNT = 60;

/** Random values from 0 to below `top`, with another distribution in each place. */
function random<P extends Pixels>(pixels: P, top: number): Split {
  const stream = new RandomStream(11, "shuffle");
  const size = imageSize(SHAPE);
  return makeSplit(
    pixels.map((_, i) => Math.floor(stream.uniform() * top * (((i % size) + 1) / size))) as P,
    SHAPE,
  );
}

const splits: Readonly<Record<string, Split>> = {
  bytes: random(new Uint8Array(COUNT * imageSize(SHAPE)), 256),
  floats: random(new Float32Array(COUNT * imageSize(SHAPE)), 1000),
  "16-bit pixels": random(new Uint16Array(COUNT * imageSize(SHAPE)), 65_536),
};

/** Every kind with the values it takes, and whether each is in the text that the step is written as. */
const KINDS: readonly { name: string; texts: readonly string[]; canonical: readonly string[] }[] = [
  {
    name: "normalize",
    texts: ["normalize", "normalize=1/255", "normalize=-0.50", "normalize=1/65535"],
    canonical: ["normalize", "normalize", "normalize=-0.5", "normalize=1/65535"],
  },
  {
    name: "rescale",
    texts: ["rescale=1/127.5-1", "rescale=2+-.5", "rescale=1/255+1/4", "rescale=-1e-3+1/4", "rescale=0.50-0"],
    canonical: [
      "rescale=1/127.5-1",
      "rescale=2-0.5",
      "rescale=1/255+0.25",
      "rescale=-0.001+0.25",
      "rescale=0.5",
    ],
  },
  { name: "symmetric", texts: ["symmetric"], canonical: ["symmetric"] },
  {
    name: "center",
    texts: ["center", "center=-1/2", "center=1:2:3"],
    canonical: ["center", "center=-0.5", "center=1:2:3"],
  },
  {
    name: "standardize",
    texts: ["standardize", "standardize=keras", "standardize=1/2", "standardize=1:2:3/4:5:.5"],
    canonical: ["standardize", "standardize=keras", "standardize=1/2", "standardize=1:2:3/4:5:0.5"],
  },
  { name: "unit-std", texts: ["unit-std", "unit-std=keras"], canonical: ["unit-std", "unit-std=keras"] },
  { name: "minmax", texts: ["minmax"], canonical: ["minmax"] },
  { name: "robust", texts: ["robust"], canonical: ["robust"] },
  { name: "clip", texts: ["clip=1:99", "clip=1/2:1e2"], canonical: ["clip=1:99", "clip=0.5:100"] },
  { name: "gamma", texts: ["gamma=0.50", "gamma=1/2.2"], canonical: ["gamma=0.5", "gamma=1/2.2"] },
  { name: "log", texts: ["log"], canonical: ["log"] },
  ...["imagenet", "cifar10", "cifar100", "mnist", "fashion-mnist", "caffe"].map((name) => ({
    name,
    texts: [name],
    canonical: [name],
  })),
  ...["samplewise-center", "samplewise-standardize", "samplewise-unit-std", "samplewise-minmax"].map(
    (name) => ({
      name,
      texts: [name],
      canonical: [name],
    }),
  ),
  {
    name: "gcn",
    texts: ["gcn", "gcn=1", "gcn=55", "gcn=1:0", "gcn=2:10"],
    canonical: ["gcn", "gcn", "gcn=55", "gcn", "gcn=2:10"],
  },
  { name: "lcn", texts: ["lcn"], canonical: ["lcn"] },
  { name: "histeq", texts: ["histeq"], canonical: ["histeq"] },
  {
    name: "clahe",
    texts: ["clahe", "clahe=1/100", "clahe=0.50"],
    canonical: ["clahe", "clahe", "clahe=0.5"],
  },
  {
    name: "zca",
    texts: ["zca", "zca=1e-6", "zca=0.30", "zca=0", "zca=:5", "zca=1e-6:5", "zca=0.1:5"],
    canonical: ["zca", "zca", "zca=0.3", "zca=0", "zca=:5", "zca=:5", "zca=0.1:5"],
  },
  {
    name: "pca",
    texts: ["pca", "pca=1e-6", "pca=0.30", "pca=0:3"],
    canonical: ["pca", "pca", "pca=0.3", "pca=0:3"],
  },
];

function applied(scaler: Scaler, split: Split): Float32Array {
  const out = new Float32Array(split.pixels.length);
  scaler.apply(split.pixels, split.shape, out);
  return out;
}

/** As bits, which tell −0 from 0. */
const bits = (values: Float32Array) => new Uint32Array(values.buffer, values.byteOffset, values.length);

it("the table of this file has every kind", () => {
  const known = KNOWN_STEPS.split(", ").map((syntax) => syntax.replace(/[[=].*/, ""));
  expect(known).toEqual(["none", ...KINDS.map(({ name }) => name)]);
});

describe.each(KINDS)("the step $name", ({ name, texts, canonical }) => {
  const kind = findKind(name) ?? expect.fail(name);
  const steps = texts.map((text): ScalingStep => parseScaling(text)[0]);
  const axes = AXES.filter((axis) => kind.statistics !== "samplewise" || axis !== "pixel");

  it("is read back from its canonical text", () => {
    expect(steps.map((step) => kind.format(step))).toEqual(canonical);
    expect(canonical.map((text) => parseScaling(text)[0])).toEqual(steps);
    for (const step of steps) {
      expect(step.kind).toBe(name);
      expect(kindOf(step)).toBe(kind);
    }
  });

  it.each(axes)("comes back from JSON with the same output bits, with axis %s", (axis) => {
    for (const fitted of Object.values(splits)) {
      for (const step of steps) {
        const scaler = Scaler.fit([step], fitted, { axis });
        const text = JSON.stringify(scaler);
        const loaded = Scaler.fromJSON(JSON.parse(text), "scaler.json");
        expect(JSON.stringify(loaded)).toBe(text);
        for (const split of Object.values(splits)) {
          expect(bits(applied(loaded, split))).toEqual(bits(applied(scaler, split)));
        }
      }
    }
  });

  if (kind.form === "affine") {
    it.each(axes)("predicts the statistics of its output, with axis %s", (axis) => {
      for (const split of Object.values(splits)) {
        const before = measure(split, axis);
        for (const step of steps) {
          const scaler = Scaler.fit([step], split, { axis });
          if (groupsOf(scaler.steps[0]) > before.mean.length) continue;
          const after = kind.statisticsAfter(scaler.steps[0], before);
          const measured = measure({ ...split, pixels: applied(scaler, split) }, axis);
          // In units of the largest deviation, as the output is rounded to float32 and its mean may be near 0.
          const unit = Math.max(...measured.std);
          for (const statistic of ["mean", "std"] as const) {
            const [predicted, found] = [after, measured].map((of) =>
              of[statistic].map((value) => value / unit),
            );
            expect(worstError(predicted, found)).toBeLessThan(1e-6);
          }
        }
      }
    });
  }
});
