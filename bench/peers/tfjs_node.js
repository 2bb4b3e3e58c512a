// @ts-check
import { loadDataset } from "../../dist/index.js";
import { loadTensorFlow } from "../../dist/training/backends/tensorflow/load.js";
import { values } from "./options.js";

/**
 * Milliseconds of one training step of the reference CNN in TensorFlow.js' own training loop on tfjs-node, one figure a line;
 * the options of the other peers.
 */
const COUNT = 10_000;
const batch = Number(values.batch);
const tf = loadTensorFlow(Number(values.threads));
const { conv2d, maxPooling2d, flatten, dense } = tf.layers;
const model = tf.sequential({
  layers: [
    conv2d({ filters: 32, kernelSize: 3, activation: "relu", inputShape: [28, 28, 1] }),
    maxPooling2d({ poolSize: 2 }),
    conv2d({ filters: 64, kernelSize: 3, activation: "relu" }),
    maxPooling2d({ poolSize: 2 }),
    flatten(),
    dense({ units: 64, activation: "relu" }),
    dense({ units: 10, activation: "softmax" }),
  ],
});
model.compile({
  optimizer: tf.train.adam(1e-3),
  loss: "sparseCategoricalCrossentropy",
  metrics: ["accuracy"],
});
const { train } = await loadDataset("mnist");
const images = Float32Array.from(train.pixels.subarray(0, COUNT * 784), (pixel) => pixel / 255);
const labels = Float32Array.from(train.labels.subarray(0, COUNT));

/** @param {number} start @param {number} count */
const batchAt = (start, count) =>
  tf.tensor4d(images.subarray(start * 784, (start + count) * 784), [count, 28, 28, 1]);

/** @param {number} step */
async function trainStep(step) {
  const start = (step * batch) % (COUNT - batch);
  const xs = batchAt(start, batch);
  const ys = tf.tensor1d(labels.subarray(start, start + batch));
  await model.trainOnBatch(xs, ys);
  tf.dispose([xs, ys]);
}

async function evaluateAll() {
  for (let start = 0; start < COUNT; start += 250) {
    tf.tidy(() => void model.predictOnBatch(batchAt(start, 250)));
  }
}

const action = values.evaluate ? evaluateAll : trainStep;
const warmup = Number(values.warmup);
for (let step = 0; step < warmup + Number(values.steps); step++) {
  const start = performance.now();
  await action(step);
  const milliseconds = performance.now() - start;
  if (step >= warmup) console.log(milliseconds.toFixed(4));
}
