import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { pairIntervals } from "../../../src/experiment/inference/pair-intervals.ts";
import { PairedRuns } from "../../../src/experiment/inference/paired-runs.ts";
import { RandomStream, shuffledIndices } from "../../../src/random.ts";
import { ruleOf } from "./simulation.ts";

interface WrongImages {
  readonly images: number;
  /** Per scaling and seed. */
  readonly wrong: Readonly<Record<string, readonly (readonly number[])[]>>;
}

const fixture = new URL("../../../fixtures/mnist-wrong-images.json", import.meta.url);
const { images, wrong } = JSON.parse(readFileSync(fixture, "utf8")) as WrongImages;
const scalings = Object.values(wrong);
const PAIRS = [
  [0, 1],
  [0, 2],
  [1, 2],
];
const TEST_IMAGES = 500;
const EXPERIMENTS = 600;

/** The truth: all seeds and all images. */
const accuracies = scalings.map(
  (seeds) => 1 - seeds.reduce((sum, { length }) => sum + length, 0) / (seeds.length * images),
);

it.each([
  3, 5, 10,
])("intervals from %i seeds and 500 images cover what real runs are on all images", (seeds) => {
  const rule = ruleOf(scalings.length, { population: "seeds-and-images" });
  let covered = 0;
  for (let experiment = 0; experiment < EXPERIMENTS; experiment++) {
    const stream = new RandomStream(experiment, "shuffle");
    // Image k of the sample, or undefined: the others are not tested on.
    const sample = new Map(
      [...shuffledIndices(images, stream).slice(0, TEST_IMAGES)].map((image, k) => [image, k]),
    );
    const drawn = Array.from({ length: seeds }, () => stream.below(scalings[0].length));
    const tested = (scaling: number, seed: number) =>
      scalings[scaling][seed].flatMap((image) => sample.get(image) ?? []);
    const covers = PAIRS.every(([a, b]) => {
      const pair = new PairedRuns(TEST_IMAGES);
      const estimates = drawn.map((seed) => {
        pair.add(tested(a, seed), tested(b, seed));
        return pair.estimate();
      });
      const [low, high] = pairIntervals(estimates.slice(1), rule).interval;
      const truth = accuracies[a] - accuracies[b];
      return low <= truth && truth <= high;
    });
    if (covers) covered++;
  }
  expect(covered / EXPERIMENTS).toBeGreaterThanOrEqual(0.93);
});
