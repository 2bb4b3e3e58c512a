import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { datasetFromArrays, splitFromArrays } from "../../src/data/from-arrays.ts";
import { toLayers } from "../../src/model/network.ts";
import { withKeras2Names } from "../../src/model/tfjs/keras3.ts";
import { Scaler } from "../../src/scaling/scaler.ts";
import { TensorFlowBackend } from "../../src/training/backends/tensorflow/tensorflow-backend.ts";
import { predict } from "../../src/training/predict.ts";
import { train } from "../../src/training/train.ts";

/** A model that Keras 3.15 saved, and what it predicts; see make-keras3-model.py. */
const KERAS = JSON.parse(readFileSync(new URL("../../fixtures/keras3-model.json", import.meta.url), "utf8"));
const MODEL = {
  json: KERAS.model,
  bytes: new Uint8Array(Float32Array.from(KERAS.weights).buffer),
  subject: "model.json",
};
const SHAPE = { height: 10, width: 8, channels: 1 };
const IMAGES = splitFromArrays(
  { images: Float32Array.from({ length: 160 }, (_, i) => Math.sin(0.37 * i)) },
  { shape: SHAPE },
);

const worst = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i])));

beforeAll(async () => {
  tf.env().set("IS_TEST", true);
  await tf.setBackend("cpu");
});

describe("a model with the names of Keras 3", () => {
  it("predicts what Keras predicts", async () => {
    const { probabilities, labels, classes } = await predict(
      { model: MODEL, scaler: Scaler.fit("none", IMAGES) },
      IMAGES,
      { threads: 1 },
    );
    expect(classes).toBe(4);
    expect(worst(probabilities, KERAS.probabilities)).toBeLessThan(1e-6);
    expect([...labels]).toEqual(
      [0, 4].map((first) => {
        const row: number[] = KERAS.probabilities.slice(first, first + 4);
        return row.indexOf(Math.max(...row));
      }),
    );
  });

  it("does so on TensorFlow.js, too", async () => {
    const network = { ...MODEL, json: withKeras2Names(MODEL.json) };
    const backend = await TensorFlowBackend.create(tf, {
      ...network,
      maxImages: 2,
      threads: 1,
      learningRate: 0,
    });
    backend.images.set(IMAGES.pixels);
    backend.evaluate(2);
    expect(worst(backend.probabilities, KERAS.probabilities)).toBeLessThan(1e-6);
    await backend.close();
  });

  it("is left as it is by a second conversion, as is a model of Keras 2", () => {
    const once = withKeras2Names(MODEL.json);
    expect(withKeras2Names(once)).toEqual(once);
    expect(toLayers({ ...MODEL, json: once })).toEqual(toLayers(MODEL));
  });
});

describe("predictions of a trained run", () => {
  const images = Uint8Array.from(
    { length: 60 * 100 },
    (_, i) => ((Math.floor(i / 100) % 3) * 80 + (i % 7)) % 256,
  );
  const labels = Array.from({ length: 60 }, (_, i) => i % 3);
  const dataset = datasetFromArrays({
    train: { images, labels },
    test: { images, labels },
    shape: { height: 10, width: 10, channels: 1 },
  });

  it("are those of its evaluation, with rows that sum to 1", async () => {
    const run = await train(dataset, { epochs: 2, batchSize: 16, threads: 1 });
    const { labels: predicted, probabilities } = await predict(run, dataset.test);
    expect(predicted).toEqual(run.test.predictions);
    const losses = labels.map((label, i) => -Math.log(probabilities[3 * i + label]));
    expect(losses.reduce((sum, loss) => sum + loss / 60, 0)).toBeCloseTo(run.test.loss, 5);
    for (let row = 0; row < 180; row += 3) {
      expect(probabilities[row] + probabilities[row + 1] + probabilities[row + 2]).toBeCloseTo(1, 6);
    }
    await expect(predict(run, IMAGES)).rejects.toThrow(
      /the model takes images of 10×10×1, but the given ones are 10×8×1/,
    );
  });

  it("are the same with a ready scaler, which is used as it is", async () => {
    const scaler = Scaler.fit("standardize", dataset.train);
    const choices = { epochs: 1, threads: 1 };
    const fitted = await train(dataset, { ...choices, scaling: "standardize" });
    const given = await train(dataset, choices, { scaler });
    expect([given.fingerprint, given.scaler]).toEqual([fitted.fingerprint, scaler]);
    expect((await train(dataset, choices)).fingerprint).not.toBe(fitted.fingerprint);
  });

  it("are there after a run that was stopped early", async () => {
    const seen: number[] = [];
    const onEpoch = ({ epoch }: { epoch: number }) => {
      seen.push(epoch);
      return epoch === 2 ? "stop" : undefined;
    };
    const stopped = await train(dataset, { epochs: 9, threads: 1 }, { observer: { onEpoch } });
    const short = await train(dataset, { epochs: 2, threads: 1 });
    expect([seen, stopped.epochs.length, stopped.fingerprint]).toEqual([[1, 2], 2, short.fingerprint]);
  });

  it("are not there after a run that was aborted", async () => {
    const abort = new AbortController();
    const onStep = () => abort.abort(new Error("enough"));
    const options = { signal: abort.signal, observer: { onStep } };
    await expect(train(dataset, { epochs: 1000, threads: 1 }, options)).rejects.toThrow("enough");
    await expect(predict(await train(dataset, { epochs: 1 }), dataset.test, options)).rejects.toThrow(
      "enough",
    );
  });
});
