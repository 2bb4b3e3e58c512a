import { beforeAll, describe, expect, it } from "vitest";
import { loadDataset } from "../../../../src/data/load.ts";
import type { RunResult } from "../../../../src/training/train.ts";
import { train } from "../../../../src/training/train.ts";
import { KERAS_CASES } from "../../../engine/keras-reference.ts";
import { settings } from "../../support.ts";
import { backendSuite } from "./suite.ts";
import { reason, tfjsNode } from "./tfjs-node.ts";

if (tfjsNode !== undefined) {
  const { tf } = tfjsNode;
  describe("the backend on tfjs-node", () => backendSuite(tf, KERAS_CASES));
} else {
  describe.skip(`the backend on tfjs-node: ${reason}`, () => {
    it("is tested if it loads", () => {});
  });
}

describe.skipIf(tfjsNode === undefined)(
  "the reference CNN on mnist-mini, with the built-in engine's seed",
  () => {
    const runs: { losses: number[]; result: RunResult }[] = [];

    beforeAll(async () => {
      const mini = await loadDataset("mnist-mini");
      for (const backend of ["wasm", "tensorflow"] as const) {
        const means: number[] = [];
        const result = await train(
          mini,
          settings({
            backend,
            epochs: 3,
            seed: 1,
            scaling: "standardize",
            limit: undefined,
            limitTest: undefined,
          }),
          { observer: { onStep: ({ epoch, loss }) => epoch === 1 && means.push(loss) } },
        );
        // Told are means over the epoch so far.
        runs.push({ losses: means.map((mean, i) => (i + 1) * mean - i * (means[i - 1] ?? 0)), result });
      }
    });

    it("has the same losses in the first 20 steps, within a thousandth", () => {
      const [ours, theirs] = runs.map(({ losses }) => losses.slice(0, 20));
      expect(theirs).toHaveLength(20);
      theirs.forEach((loss, i) => {
        expect(Math.abs(loss - ours[i]) / ours[i]).toBeLessThan(1e-3);
      });
      expect(theirs[19]).toBeLessThan(theirs[0] / 2);
    });

    it("ends with almost the same accuracies and losses", () => {
      const [ours, theirs] = runs.map(({ result }) => result);
      // Of 500 images; rounding changes the class of those that are nearly ties.
      expect(Math.abs(theirs.test.accuracy - ours.test.accuracy)).toBeLessThanOrEqual(0.01);
      expect(Math.abs(theirs.test.loss - ours.test.loss) / ours.test.loss).toBeLessThan(0.02);
      expect(theirs.test.accuracy).toBeGreaterThan(0.9);
      ours.epochs.forEach(({ loss }, epoch) => {
        expect(Math.abs(theirs.epochs[epoch].loss - loss) / loss).toBeLessThan(0.01);
      });
    });

    it("leaks no tensor", async () => {
      const mini = await loadDataset("mnist-mini");
      const counts: number[] = [];
      const tensors = () => tfjsNode?.tf.memory().numTensors ?? Number.NaN;
      const before = tensors();
      await train(mini, settings({ backend: "tensorflow", epochs: 1, limit: 640, validationSplit: 0.1 }), {
        observer: { onStep: () => counts.push(tensors()) },
      });
      expect(counts).toHaveLength(9);
      expect(new Set(counts).size).toBe(1);
      expect(tensors()).toBe(before);
    });
  },
);
