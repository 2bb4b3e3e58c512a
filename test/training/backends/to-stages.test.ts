import { expect, it } from "vitest";
import { PixscaleError } from "../../../src/errors.ts";
import type { Layer } from "../../../src/model/layers.ts";
import { referenceCnn } from "../../../src/model/reference-cnn.ts";
import { toStages } from "../../../src/training/backends/to-stages.ts";
import { ODD_NET } from "../../model/support.ts";

const conv: Layer = { type: "conv2d", filters: 2, kernelSize: [3, 1], activation: "relu" };
const pool: Layer = { type: "maxPooling2d" };
const flatten: Layer = { type: "flatten" };
const softmax: Layer = { type: "dense", units: 3, activation: "softmax" };

it("toStages fuses each pool of the reference CNN into its convolution, and ends with logits", () => {
  expect(toStages(referenceCnn({ height: 28, width: 28, channels: 1 }, 10))).toEqual([
    {
      kind: "convolution",
      input: { height: 28, width: 28, channels: 1 },
      kernelHeight: 3,
      kernelWidth: 3,
      filters: 32,
      relu: true,
      pool: true,
    },
    {
      kind: "convolution",
      input: { height: 13, width: 13, channels: 32 },
      kernelHeight: 3,
      kernelWidth: 3,
      filters: 64,
      relu: true,
      pool: true,
    },
    { kind: "dense", inputs: 1600, units: 64, relu: true },
    { kind: "dense", inputs: 64, units: 10, relu: false },
  ]);
});

it("toStages keeps linear layers linear, and rectangular kernels as they are", () => {
  const stages = toStages(ODD_NET);
  expect(stages.map((stage) => ("relu" in stage ? stage.relu : undefined))).toEqual([
    true,
    false,
    true,
    true,
    false,
    false,
  ]);
  expect(stages[2]).toMatchObject({ kernelHeight: 2, kernelWidth: 3, pool: false });
});

it("toStages makes a stage of a pool that follows no convolution", () => {
  const input = { height: 16, width: 12, channels: 3 };
  expect(toStages({ input, layers: [pool, conv, pool, pool, flatten, softmax] })).toEqual([
    { kind: "maxPooling", input },
    {
      kind: "convolution",
      input: { height: 8, width: 6, channels: 3 },
      kernelHeight: 3,
      kernelWidth: 1,
      filters: 2,
      relu: true,
      pool: true,
    },
    { kind: "maxPooling", input: { height: 3, width: 3, channels: 2 } },
    { kind: "dense", inputs: 2, units: 3, relu: false },
  ]);
});

it("toStages refuses layers that are not a network", () => {
  const input = { height: 16, width: 12, channels: 3 };
  expect(() => toStages({ input, layers: [conv, softmax] })).toThrow(PixscaleError);
});
