import * as tf from "@tensorflow/tfjs";
import { beforeAll, expect, it } from "vitest";
import { type Dataset, imageSize, type Split, sliceSplit } from "../../src/data/dataset.ts";
import { loadDataset } from "../../src/data/load.ts";
import type { Model } from "../../src/model/layers.ts";
import { encodeModel } from "../../src/model/tfjs/encode.ts";
import { initialWeights } from "../../src/model/weights.ts";
import { train } from "../../src/training/train.ts";
import { loadInTensorFlow, withBiases, worst } from "../model/support.ts";
import { layersOf, settings } from "./support.ts";

let mini: Dataset<Split>;

beforeAll(async () => {
  tf.env().set("IS_TEST", true);
  await tf.setBackend("cpu");
  mini = await loadDataset("mnist-mini");
});

const BATCH = 8;
const STEPS = 3;

const input = { height: 28, width: 28, channels: 1 };
const NETS: [string, Model][] = [
  [
    "two convolutions, a pool each, and two dense layers",
    {
      input,
      layers: [
        { type: "conv2d", filters: 3, kernelSize: [3, 3], activation: "relu" },
        { type: "maxPooling2d" },
        { type: "conv2d", filters: 4, kernelSize: [3, 3], activation: "relu" },
        { type: "maxPooling2d" },
        { type: "flatten" },
        { type: "dense", units: 8, activation: "relu" },
        { type: "dense", units: 10, activation: "softmax" },
      ],
    },
  ],
  [
    "odd kernels, linear layers and a pool on its own",
    {
      input,
      layers: [
        { type: "maxPooling2d" },
        { type: "conv2d", filters: 3, kernelSize: [5, 2], activation: "linear" },
        { type: "conv2d", filters: 5, kernelSize: [1, 1], activation: "relu" },
        { type: "flatten" },
        { type: "dense", units: 7, activation: "linear" },
        { type: "dense", units: 10, activation: "softmax" },
      ],
    },
  ],
];

it.each(NETS)("the first training steps equal those of TensorFlow.js: %s", async (_, model) => {
  const weights = withBiases(initialWeights(model, 3));
  const count = BATCH * STEPS;
  const means: number[] = [];
  const few = { ...mini, train: sliceSplit(mini.train, 0, count) };
  const run = await train(
    few,
    settings({ batchSize: BATCH, shuffle: false, scaling: "standardize", limit: undefined, limitTest: 1 }),
    {
      initial: { model, weights, subject: "initial" },
      observer: { onStep: ({ loss }) => means.push(loss) },
    },
  );
  // Reported are means over the steps so far.
  const losses = means.map((mean, i) => (i + 1) * mean - i * (means[i - 1] ?? 0));

  const size = imageSize(input);
  const bytes = Array.from(mini.train.pixels.subarray(0, count * size));
  const mean = bytes.reduce((sum, x) => sum + x, 0) / bytes.length;
  const std = Math.sqrt(bytes.reduce((sum, x) => sum + (x - mean) ** 2, 0) / bytes.length);
  const scaled = Float32Array.from(bytes, (x) => (x - mean) / (std + 1e-6));
  const theirs = await loadInTensorFlow(encodeModel(model, weights));
  theirs.compile({ optimizer: tf.train.adam(1e-3, 0.9, 0.999, 1e-7), loss: "categoricalCrossentropy" });
  const theirLosses: number[] = [];
  for (let start = 0; start < count; start += BATCH) {
    const images = scaled.subarray(start * size, (start + BATCH) * size);
    const xs = tf.tensor4d(images, [BATCH, 28, 28, 1]);
    const labels = Array.from(mini.train.labels.subarray(start, start + BATCH));
    const ys = tf.oneHot(tf.tensor1d(labels, "int32"), 10);
    theirLosses.push((await theirs.trainOnBatch(xs, ys)) as number);
  }
  expect(losses.length).toBe(STEPS);
  expect(worst(losses, theirLosses)).toBeLessThan(1e-4);
  // After three Adam steps of 1e-3 each weight has moved by about 3e-3 at most.
  const ours = layersOf(run.model).weights.flatMap(({ kernel, bias }) => [...kernel, ...bias]);
  const trained = theirs.getWeights().flatMap((tensor) => Array.from(tensor.dataSync()));
  const before = weights.flatMap(({ kernel, bias }) => [...kernel, ...bias]);
  expect(worst(trained, before)).toBeGreaterThan(1e-3);
  const off = ours.filter((value, i) => Math.abs(value - trained[i]) > 1e-4).length;
  expect(off / ours.length).toBeLessThan(0.01);
});
