// @ts-check
import { Engine } from "../dist/engine/engine.js";
import { initialWeights, loadDataset, referenceCnn } from "../dist/index.js";
import { toStages } from "../dist/training/backends/to-stages.js";

/**
 * The reference CNN on the built-in engine, and a function that loads the next MNIST batch into it.
 *
 * @param {number} threads
 * @param {number} batch
 */
export async function referenceNetwork(threads, batch) {
  const { train } = await loadDataset("mnist");
  const model = referenceCnn(train.shape, 10);
  const engine = await Engine.create(toStages(model), { maxImages: batch, threads });
  engine.setParameters(initialWeights(model, 0));
  let start = 0;
  const fill = () => {
    if (start + batch > train.count) start = 0;
    const pixels = train.pixels.subarray(start * 784, (start + batch) * 784);
    pixels.forEach((pixel, i) => {
      engine.images[i] = pixel / 255;
    });
    engine.labels.set(train.labels.subarray(start, start + batch));
    start += batch;
  };
  return { engine, fill };
}

/**
 * Milliseconds of each of `rounds` calls of `action`.
 *
 * @param {number} rounds
 * @param {() => void} action
 * @param {() => void} [prepare] runs before each call, not timed
 */
export function time(rounds, action, prepare = () => {}) {
  return Array.from({ length: rounds }, () => {
    prepare();
    const start = performance.now();
    action();
    return performance.now() - start;
  });
}

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
