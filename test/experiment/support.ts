import type { TrainedRun } from "../../src/experiment/finished-run.ts";
import { type ExperimentIdentity, experimentIdentity } from "../../src/experiment/identity.ts";
import { type ExperimentPlan, plannedRuns, runSettings } from "../../src/experiment/plan.ts";

/** A small plan; `dimensions` replace its own. */
export function smallPlan(dimensions: Partial<ExperimentPlan["dimensions"]> = {}): ExperimentPlan {
  return {
    shared: { axis: "global", shuffle: true, validationSplit: 0, limit: undefined, limitTest: undefined },
    dimensions: {
      scaling: ["normalize", "center"],
      learningRate: [1e-3],
      batchSize: [64],
      epochs: [2],
      backend: ["wasm"],
      seed: [0, 1, 2],
      ...dimensions,
    },
  };
}

export function identityOf(plan: ExperimentPlan): ExperimentIdentity {
  return experimentIdentity({ data: "made", dataset: "0".repeat(64), initialWeights: undefined }, plan);
}

/** Finished runs of a plan as if they had been trained: `wrong` says which of the test images, of ten equal classes, a run gets wrong. */
export function madeRuns(
  plan: ExperimentPlan,
  wrong: (scaling: string, seed: number, index: number) => readonly number[],
  images = 1000,
): Map<string, TrainedRun> {
  return new Map(
    plannedRuns(plan).map((run, index) => {
      const misclassified = wrong(run.variant.scaling, run.seed, index);
      const accuracy = 1 - misclassified.length / images;
      const confusion = equalClasses(images, misclassified);
      const epochs = Array.from({ length: runSettings(plan, run).epochs }, (_, i) => ({
        epoch: i + 1,
        steps: 10,
        loss: 1 / (i + 1),
        accuracy,
        milliseconds: 100,
        validation: undefined,
        test: { loss: 1, accuracy: accuracy * (0.9 + 0.1 * ((i + 1) / run.variant.epochs)) },
      }));
      const document: TrainedRun = {
        format: "pixscale-run",
        version: 1,
        id: run.id,
        dataset: "0".repeat(64),
        images: { train: 640, validation: 0, test: images },
        epochs,
        test: { loss: 1, accuracy, predictions: "0".repeat(64), confusion },
        misclassified,
        settings: { ...run.variant, seed: run.seed },
        fingerprint: "0".repeat(64),
        finished: "2026-01-01T00:00:00.000Z",
      };
      return [run.id, document];
    }),
  );
}

/** The first `count` of 1,000 images. */
export const firstImages = (count: number) => Array.from({ length: Math.max(0, count) }, (_, i) => i);

/** The confusion table of ten classes in turn, whose wrong images are taken for the next class. */
function equalClasses(images: number, misclassified: readonly number[]): number[][] {
  const table = Array.from({ length: 10 }, () => new Array<number>(10).fill(0));
  for (let label = 0; label < 10; label++) table[label][label] = images / 10;
  for (const image of misclassified) {
    table[image % 10][image % 10]--;
    table[image % 10][(image + 1) % 10]++;
  }
  return table;
}
