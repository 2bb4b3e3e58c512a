// @ts-check
import { Engine } from "../dist/engine/engine.js";
import { loadDataset, parseScaling, train } from "../dist/index.js";
import { runProgress } from "../dist/output/progress.js";
import { median } from "./network.js";

/**
 * What an epoch of `train` on MNIST costs beyond its steps (scaling, shuffling, metrics and progress), and how much faster
 * the steps are on two threads than on one; both measured in turn.
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
 * Milliseconds of the second epoch of a run, when all code is compiled, and of the steps in it.
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
console.log(
  `an epoch of train, 2 threads: ${median(figures.overhead).toFixed(3)} × the sum of its ${STEPS} steps`,
);
console.log(
  `a step on 1 and 2 threads: ${perStep(figures.one)} and ${perStep(figures.two)} ms, ${median(speedups).toFixed(2)} times as fast`,
);
