import { describe, expect, it } from "vitest";
import type { ImageShape } from "../../src/data/dataset.ts";
import { activations, classCount, type Layer, type Model, weightShapes } from "../../src/model/layers.ts";
import { referenceCnn } from "../../src/model/reference-cnn.ts";
import { ODD_NET, refusal } from "./support.ts";

const MNIST: ImageShape = { height: 28, width: 28, channels: 1 };
const conv = (filters: number, height = 3, width = height): Layer => ({
  type: "conv2d",
  filters,
  kernelSize: [height, width],
  activation: "relu",
});
const pool: Layer = { type: "maxPooling2d" };
const flatten: Layer = { type: "flatten" };
const dense = (units: number, activation: "linear" | "relu" | "softmax" = "relu"): Layer => ({
  type: "dense",
  units,
  activation,
});

describe("the reference CNN", () => {
  it("has the shapes Keras prints for it", () => {
    expect(activations(referenceCnn(MNIST, 10), "model")).toEqual([
      { height: 26, width: 26, channels: 32 },
      { height: 13, width: 13, channels: 32 },
      { height: 11, width: 11, channels: 64 },
      { height: 5, width: 5, channels: 64 },
      1600,
      64,
      10,
    ]);
  });

  it("has 121,930 parameters", () => {
    expect(weightShapes(referenceCnn(MNIST, 10), "model")).toEqual([
      { kernel: [3, 3, 1, 32], bias: [32] },
      { kernel: [3, 3, 32, 64], bias: [64] },
      { kernel: [1600, 64], bias: [64] },
      { kernel: [64, 10], bias: [10] },
    ]);
  });

  it.each([
    [1, 2],
    [2, 2],
    [3, 3],
    [256, 256],
  ])("has one unit per class for %i classes, but at least two", (classes, units) => {
    expect(classCount(referenceCnn(MNIST, classes))).toBe(units);
  });

  it("accepts images of 10×10 pixels or more, and rejects smaller ones", async () => {
    const at = (height: number, width: number) => referenceCnn({ height, width, channels: 3 }, 10);
    expect(activations(at(10, 10), "data").at(-3)).toBe(64);
    expect(await refusal(() => activations(at(9, 10), "data"))).toContain("maxPooling2d");
    expect(await refusal(() => activations(at(10, 4), "data"))).toContain("conv2d");
  });
});

describe("activations", () => {
  it("are computed for kernels of any size and pools that drop odd rows and columns", () => {
    expect(activations(ODD_NET, "model")).toEqual([
      { height: 11, width: 9, channels: 5 },
      { height: 5, width: 4, channels: 5 },
      { height: 5, width: 4, channels: 7 },
      { height: 4, width: 2, channels: 3 },
      24,
      9,
      6,
      4,
    ]);
    expect(weightShapes(ODD_NET, "model").map(({ kernel }) => kernel)).toEqual([
      [5, 5, 3, 5],
      [1, 1, 5, 7],
      [2, 3, 7, 3],
      [24, 9],
      [9, 6],
      [6, 4],
    ]);
  });

  it("are computed for a kernel as large as the image, consecutive pools and two flatten layers", () => {
    const layers = [pool, pool, conv(2, 7), flatten, flatten, dense(2, "softmax")];
    expect(activations({ input: MNIST, layers }, "model").slice(1, 5)).toEqual([
      { height: 7, width: 7, channels: 1 },
      { height: 1, width: 1, channels: 2 },
      2,
      2,
    ]);
  });
});

describe("a model", () => {
  const softmax = dense(10, "softmax");
  const refused: [string, Layer[], RegExp][] = [
    ["no layers", [], /last layer/],
    ["no softmax at the end", [flatten, dense(10, "relu")], /last layer.*softmax/],
    ["no dense layer at the end", [flatten], /last layer.*softmax/],
    ["a dense layer on images", [conv(4), softmax], /layer 2 \(dense\).*flatten/],
    ["a convolution on vectors", [flatten, conv(4), softmax], /layer 2 \(conv2d\).*flatten/],
    ["a pool on vectors", [conv(4), flatten, pool, softmax], /layer 3 \(maxPooling2d\).*flatten/],
    ["a kernel higher than the image", [conv(4, 29, 1), flatten, softmax], /layer 1 \(conv2d\).*29×1.*28×28/],
    ["a kernel wider than the image", [conv(4, 1, 29), flatten, softmax], /layer 1 \(conv2d\).*1×29.*28×28/],
    [
      "too many pools",
      [pool, pool, pool, pool, pool, flatten, softmax],
      /layer 5 \(maxPooling2d\).*2×2.*1×1/,
    ],
    ["a softmax over one unit", [flatten, dense(1, "softmax")], /layer 2 \(dense\).*two/],
    ["a softmax before the end", [flatten, dense(5, "softmax"), softmax], /layer 2 \(dense\).*softmax/],
  ];

  it.each(refused)("is rejected with its file and layer: %s", async (_, layers, what) => {
    const model: Model = { input: MNIST, layers };
    for (const check of [activations, weightShapes]) {
      const message = await refusal(() => check(model, "some/model.json"));
      expect(message).toMatch(/^some\/model\.json: /);
      expect(message).toMatch(what);
    }
  });
});
