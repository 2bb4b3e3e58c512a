import { describe, expect, it } from "vitest";
import type { StageSpec } from "../../src/engine/stages.ts";
import {
  conv2d,
  maxPool,
  PlainAdam,
  type PlainParameters,
  runNetwork,
  softmaxCrossEntropy,
} from "./plain.ts";
import { type Batch, flat, network, randomBatch, randomOf, randomParameters } from "./support.ts";

const STEP = 1e-5;

function meanLoss(stages: readonly StageSpec[], parameters: PlainParameters[], batch: Batch, count: number) {
  const { losses } = runNetwork(stages, parameters, batch.images, batch.labels, count);
  return losses.reduce((a, b) => a + b) / count;
}

/** Central difference of `value()` with respect to one element. */
function slope(values: Float64Array, i: number, value: () => number): number {
  const before = values[i];
  values[i] = before + STEP;
  const above = value();
  values[i] = before - STEP;
  const below = value();
  values[i] = before;
  return (above - below) / (2 * STEP);
}

/** The first random case in which the differences' steps cannot change a decision of a ReLU or pool. */
function decidedCase(stages: readonly StageSpec[], count: number) {
  for (let seed = 1; seed < 1000; seed++) {
    const random = randomOf(seed);
    const parameters = randomParameters(stages, random);
    const batch = randomBatch(stages, count, random);
    const result = runNetwork(stages, parameters, batch.images, batch.labels, count);
    if (result.decisiveness > 20 * STEP) return { parameters, batch, result };
  }
  throw new Error("no case with clear decisions");
}

const cases: [name: string, stages: StageSpec[], count: number][] = [
  ["dense alone", network({ height: 1, width: 7, channels: 1 }, [], [], 4), 3],
  ["dense with and without ReLU", network({ height: 3, width: 2, channels: 1 }, [], [5, -3], 3), 3],
  ["a convolution", network({ height: 5, width: 4, channels: 2 }, [{ conv: [3, 2, 3] }], [], 3), 2],
  [
    "convolution and ReLU",
    network({ height: 5, width: 4, channels: 2 }, [{ conv: [2, 3, 3], relu: true }], [4], 3),
    2,
  ],
  [
    "convolution, ReLU and pool with odd rows and columns",
    network({ height: 7, width: 5, channels: 2 }, [{ conv: [3, 3, 3], relu: true, pool: true }], [], 3),
    2,
  ],
  [
    "convolution and pool",
    network({ height: 6, width: 7, channels: 1 }, [{ conv: [3, 3, 2], pool: true }], [], 3),
    2,
  ],
  [
    "pool first and between",
    network(
      { height: 13, width: 11, channels: 2 },
      [{ pool: true }, { conv: [2, 2, 3] }, { pool: true }, { conv: [1, 1, 2], relu: true }],
      [3],
      3,
    ),
    2,
  ],
  [
    "two convolutions",
    network(
      { height: 9, width: 10, channels: 1 },
      [
        { conv: [3, 3, 2], relu: true, pool: true },
        { conv: [2, 3, 3], relu: true },
      ],
      [5],
      4,
    ),
    3,
  ],
];

describe("the plain implementation", () => {
  it.each(cases)("agrees with finite differences: %s", (_, stages, count) => {
    const { parameters, batch, result } = decidedCase(stages, count);
    const value = () => meanLoss(stages, parameters, batch, count);
    const variables = [...flat(parameters), batch.images];
    const gradients = [...flat(result.gradients), result.imageGradient];
    let compared = 0;
    variables.forEach((variable, k) => {
      expect(gradients[k]).toHaveLength(variable.length);
      variable.forEach((_, i) => {
        // Differences of losses near 1: rounding gives up to about 1e-16 / STEP, the third derivative about STEP².
        expect(Math.abs(gradients[k][i] - slope(variable, i, value))).toBeLessThan(1e-9);
        compared++;
      });
    });
    expect(compared).toBeGreaterThan(20);
    expect(Math.max(...gradients[0].map(Math.abs))).toBeGreaterThan(1e-3);
  });

  it("computes a convolution by its definition", () => {
    const images = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    const input = { height: 3, width: 3, channels: 1 };
    const shape = { input, kernelHeight: 2, kernelWidth: 2, filters: 1 };
    expect([...conv2d(shape, 1, images, [1, 10, 100, 1000], [0.5])]).toEqual([
      5421.5, 6532.5, 8754.5, 9865.5,
    ]);
  });

  it("orders kernels as [height, width, channels, filters]", () => {
    const kernel = [1, 0, 0, 10, 100, 0, 0, 1000];
    const input = { height: 1, width: 2, channels: 2 };
    const shape = { input, kernelHeight: 1, kernelWidth: 2, filters: 2 };
    expect([...conv2d(shape, 1, [1, 2, 3, 4], kernel, [0, 0])]).toEqual([301, 4020]);
  });

  it("picks the first of equals in a pool, and drops an odd row and column", () => {
    const { output, from } = maxPool({ height: 3, width: 3, channels: 1 }, 1, [1, 3, 9, 3, 3, 9, 9, 9, 9]);
    expect([...output]).toEqual([3]);
    expect([...from]).toEqual([1]);
  });

  it("computes the cross-entropy of its own probabilities", () => {
    const logits = [1, 2, 0.5, -1, 4, 4];
    const { losses, probabilities, predictions } = softmaxCrossEntropy(2, 3, logits, [2, 0]);
    expect(losses[0]).toBeCloseTo(-Math.log(probabilities[2]), 12);
    expect(losses[1]).toBeCloseTo(-Math.log(probabilities[3]), 12);
    expect([...predictions]).toEqual([1, 1]);
  });

  it("takes the first steps of Adam that follow from its definition", () => {
    const variable = Float64Array.of(1, 1);
    const adam = new PlainAdam();
    // The first step has the size of the learning rate, whatever the size of the gradient.
    adam.update([variable], [[5, -20]]);
    expect(variable[0]).toBeCloseTo(0.999, 8);
    expect(variable[1]).toBeCloseTo(1.001, 8);
    // The second step, by hand: m = 0.9·0.5 + 0.1·(−5) = −0.05, v = 0.999·0.025 + 0.001·25 = 0.049975.
    adam.update([variable], [[-5, 0]]);
    const rate = (1e-3 * Math.sqrt(1 - 0.998001)) / (1 - 0.81);
    expect(variable[0] - 0.999).toBeCloseTo((rate * 0.05) / Math.sqrt(0.049975), 8);
  });
});
