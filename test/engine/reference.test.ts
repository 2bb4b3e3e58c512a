import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Engine } from "../../src/engine/engine.ts";
import type { StageSpec } from "../../src/engine/stages.ts";
import { type Case, dataOf, errorOf, KERAS_CASES, recordedWeights } from "./keras-reference.ts";
import { flat, network } from "./support.ts";

const GRADIENT_ERROR = 1e-4;
const PROBABILITY_ERROR = 1e-5;
const WEIGHT_ERROR = 1e-3;

function stagesOf({ input: [height, width, channels], filters, units, classes }: Case): StageSpec[] {
  const layers = filters.map((f) => ({ conv: [3, 3, f] as const, relu: true, pool: true }));
  return network({ height, width, channels }, layers, [units], classes);
}

describe.each(KERAS_CASES)("the engine trained as Keras was, %s,", (_, recorded) => {
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
    engine.setParameters(recordedWeights(recorded));
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

  it("has five recorded steps with kernels and biases of four layers", () => {
    expect(recorded.steps).toHaveLength(5);
    for (const step of recorded.steps) {
      expect(step.grads).toHaveLength(8);
      expect(step.weights_after).toHaveLength(8);
    }
  });

  it.each(recorded.steps.map((step, i) => ({ step, i })))("has the same loss and probabilities in step $i", ({
    step,
    i,
  }) => {
    expect(Math.abs(seen[i].loss - step.loss) / step.loss).toBeLessThan(GRADIENT_ERROR);
    expect(seen[i].probabilities).toHaveLength(step.probs0.length);
    step.probs0.forEach((p, c) => {
      expect(Math.abs(seen[i].probabilities[c] - p)).toBeLessThan(PROBABILITY_ERROR);
    });
  });

  it.each(recorded.steps.map((step, i) => ({ step, i })))("has the same gradients in step $i", ({
    step,
    i,
  }) => {
    step.grads.forEach((gradient, k) => {
      expect(errorOf(seen[i].gradients[k], gradient), recorded.names[k]).toBeLessThan(GRADIENT_ERROR);
    });
  });

  it.each(recorded.steps.map((step, i) => ({ step, i })))("has the same weights after step $i", ({
    step,
    i,
  }) => {
    step.weights_after.forEach((weights, k) => {
      expect(errorOf(seen[i].weights[k], weights), recorded.names[k]).toBeLessThan(WEIGHT_ERROR);
    });
  });
});
