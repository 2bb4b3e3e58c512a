// @ts-check
import { loadDataset } from "../dist/data/load.js";
// The modules, not the library's bundle, so that `train` uses the class that is measured here.
import { Engine } from "../dist/engine/engine.js";
import { runProgress } from "../dist/output/progress.js";
import { parseScaling } from "../dist/scaling/parse.js";
import { train } from "../dist/training/train.js";
import { median } from "./network.js";

/**
 * The overhead of an epoch of `train` on MNIST over its steps (scaling, shuffling, metrics and progress), and the speedup of the
 * steps from one thread to two, measured in alternation.
 */
const ROUNDS = 5;
const STEPS = Math.ceil(60_000 / 64);
const dataset = await loadDataset("mnist");

let inSteps = 0;
const step = Engine.prototype.train;
Engine.prototype.train = function (count) {
  const start = performance.now();
  step.call(this, count);
  inSteps += performance.now() - start;
};

/**
 * Milliseconds of a run's second epoch, when all code is compiled, and of the steps in it.
 *
 * @param {number} threads
 */
async function measureEpoch(threads) {
  const progress = runProgress(process.stderr, 2);
  let steps = 0;
  const { epochs } = await train(
    dataset,
    {
      scaling: parseScaling("normalize"),
      axis: "global",
      epochs: 2,
      batchSize: 64,
      learningRate: 1e-3,
      seed: 0,
      shuffle: true,
      validationSplit: 0,
      limit: undefined,
      limitTest: 64,
      backend: "wasm",
      threads,
    },
    {
      observer: {
        ...progress,
        onEpoch(result, checkpoint) {
          progress.onEpoch?.(result, checkpoint);
          steps = inSteps;
          inSteps = 0;
        },
      },
    },
  );
  return { whole: epochs[1].milliseconds, steps };
}

/** @type {{ overhead: number[], one: number[], two: number[] }} */
const figures = { overhead: [], one: [], two: [] };
for (let round = 0; round < ROUNDS; round++) {
  const two = await measureEpoch(2);
  figures.overhead.push(two.whole / two.steps);
  figures.two.push(two.steps);
  figures.one.push((await measureEpoch(1)).steps);
}
const speedups = figures.one.map((one, round) => one / figures.two[round]);
const perStep = (/** @type {number[]} */ sums) => (median(sums) / STEPS).toFixed(2);
if (speedups.some(Number.isNaN)) throw new Error("no step was measured");
console.log(
  `an epoch of train on 2 threads: ${median(figures.overhead).toFixed(3)} times the sum of its ${STEPS} steps`,
);
console.log(
  `a step on 1 and on 2 threads: ${perStep(figures.one)} and ${perStep(figures.two)} ms, speedup ${median(speedups).toFixed(2)}`,
);
