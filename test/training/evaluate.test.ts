import { beforeAll, describe, expect, it } from "vitest";
import { type Dataset, imageSize, type Split, sliceSplit } from "../../src/data/dataset.ts";
import { loadDataset } from "../../src/data/load.ts";
import type { LayerNetwork } from "../../src/model/network.ts";
import { parseScaling } from "../../src/scaling/parse.ts";
import { Scaler } from "../../src/scaling/scaler.ts";
import { WasmBackend } from "../../src/training/backends/wasm.ts";
import { evaluate } from "../../src/training/evaluate.ts";
import { confusionTable, MetricMeter } from "../../src/training/metrics.ts";
import { type RunResult, train } from "../../src/training/train.ts";
import { ourProbabilities } from "../model/support.ts";
import { layersOf, madeSplit, settings } from "./support.ts";

let mini: Dataset<Split>;
let run: RunResult;

beforeAll(async () => {
  mini = await loadDataset("mnist-mini");
  run = await train(mini, settings({ epochs: 3, limit: 640, scaling: "standardize", limitTest: undefined }));
});

async function evaluated({ model, weights }: LayerNetwork, split: Split, scaler: Scaler, maxImages: number) {
  const backend = await WasmBackend.create({ model, weights, maxImages, threads: 2, learningRate: 0 });
  try {
    return await evaluate(backend, split, scaler);
  } finally {
    await backend.close();
  }
}

describe("evaluate", () => {
  it("counts each pair of label and prediction, and the correct ones", () => {
    const { confusion, predictions, accuracy, count } = run.test;
    expect(confusion?.map((row) => row.length)).toEqual(new Array(10).fill(10));
    const byLabel = new Array(10).fill(0);
    for (const label of mini.test.labels) byLabel[label]++;
    expect(confusion?.map((row) => row.reduce((a, b) => a + b))).toEqual(byLabel);
    for (let label = 0; label < 10; label++) {
      for (let given = 0; given < 10; given++) {
        const pairs = predictions.filter((p, i) => p === given && mini.test.labels[i] === label).length;
        expect(confusion?.[label][given]).toBe(pairs);
      }
    }
    const correct = predictions.filter((p, i) => p === mini.test.labels[i]).length;
    expect(accuracy).toBe(correct / 500);
    expect(count).toBe(500);
    // Neither all right nor all wrong, or the sums would say little.
    expect(correct).toBeGreaterThan(250);
    expect(correct).toBeLessThan(500);
  });

  it("returns the mean cross-entropy, and the most probable classes", async () => {
    const split = sliceSplit(mini.test, 0, 30);
    const { loss, predictions } = await evaluated(layersOf(run.model), split, run.scaler, 30);
    const images = new Float32Array(split.pixels.length);
    run.scaler.apply(split.pixels, split.shape, images);
    const { model, weights } = layersOf(run.model);
    const probabilities = await ourProbabilities(model, weights, images);
    const rows = Array.from(split.labels, (_, i) => probabilities.slice(10 * i, 10 * i + 10));
    for (const row of rows) expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 6);
    expect(rows.map((row) => row.indexOf(Math.max(...row)))).toEqual([...predictions]);
    const mean = rows.reduce((sum, row, i) => sum - Math.log(row[split.labels[i]]), 0) / 30;
    expect(loss).toBeCloseTo(mean, 9);
  });

  it.each([1, 7, 64, 500])("returns the same in batches of %i", async (maxImages) => {
    const again = await evaluated(layersOf(run.model), mini.test, run.scaler, maxImages);
    expect(again.predictions).toEqual(run.test.predictions);
    expect(again.confusion).toEqual(run.test.confusion);
    expect(again.loss).toBeCloseTo(run.test.loss, 12);
  });

  it("scales the images", async () => {
    const none = Scaler.fit(parseScaling("none"), mini.train);
    expect((await evaluated(layersOf(run.model), mini.test, none, 100)).loss).toBeGreaterThan(
      2 * run.test.loss,
    );
  });

  it("supports more than 256 classes", async () => {
    const input = { height: 2, width: 2, channels: 1 };
    const layers = [{ type: "flatten" }, { type: "dense", units: 300, activation: "softmax" }] as const;
    const kernel = new Float32Array(imageSize(input) * 300);
    const bias = new Float32Array(300);
    bias[299] = 9;
    const split = madeSplit(3, input, 3, (image) => image);
    const scaler = Scaler.fit([], split);
    const { confusion, predictions } = await evaluated(
      { model: { input, layers }, weights: [{ kernel, bias }] },
      split,
      scaler,
      3,
    );
    expect([...predictions]).toEqual([299, 299, 299]);
    expect(confusion?.[1][299]).toBe(1);
  });
});

describe("metrics", () => {
  it("weight batches by their number of images", () => {
    const meter = new MetricMeter();
    meter.add({ loss: 6, correct: 3 }, 3);
    meter.add({ loss: 1, correct: 0 }, 1);
    expect(meter.metrics()).toEqual({ loss: 7 / 4, accuracy: 3 / 4 });
  });

  it("have rows for classes without images", () => {
    const table = confusionTable(Uint8Array.of(0, 2, 2), Uint8Array.of(0, 0, 2), 4);
    expect(table).toEqual([
      [1, 0, 0, 0],
      [0, 0, 0, 0],
      [1, 0, 1, 0],
      [0, 0, 0, 0],
    ]);
  });
});
