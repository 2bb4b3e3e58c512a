import { describe, expect, it } from "vitest";
import { loadDataset } from "../../../src/data/load.ts";
import { RandomStream } from "../../../src/random.ts";
import { measure } from "../../../src/statistics/measure.ts";
import { sampleDataset } from "../../../src/statistics/sample/data-sample.ts";
import { estimateMoments } from "../../../src/statistics/sample/estimate.ts";
import { type ImageSums, sumImage } from "../../../src/statistics/sample/image-sums.ts";
import { sampleOrder } from "../../../src/statistics/sample/sample-order.ts";
import { sampleSplit } from "../../../src/statistics/sample/sample-split.ts";

const SEEDS = 1000;

/** A population of images of several sizes in unequal classes, and its exact mean and standard deviation, computed plainly. */
function population() {
  const random = new RandomStream(1, "weights");
  const images: Float32Array[] = [];
  const labels: number[] = [];
  for (const [label, count] of [400, 90, 10, 1].entries()) {
    for (let i = 0; i < count; i++) {
      const level = 60 * label + 40 * random.uniform();
      const pixels = 4 + random.below(60);
      images.push(Float32Array.from({ length: pixels }, () => Math.floor(level + 30 * random.uniform())));
      labels.push(label);
    }
  }
  const values = images.flatMap((image) => [...image]);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { images, labels, mean, std: Math.sqrt(variance) };
}

/** In how many of the samples the 95 % intervals cover the exact mean and standard deviation. */
async function coverage(
  sums: readonly ImageSums[],
  labels: readonly number[],
  images: number,
  exact: { mean: number; std: number },
) {
  const covered = { mean: 0, std: 0 };
  const read = async (indexes: Uint32Array) => Array.from(indexes, (index) => sums[index]);
  for (let seed = 0; seed < SEEDS; seed++) {
    const sample = await sampleSplit(labels, read, { images }, seed, undefined);
    const { mean, std, uncertainty } = sample.moments("global");
    if (Math.abs(mean[0] - exact.mean) <= uncertainty.mean.halfWidths[0]) covered.mean++;
    if (Math.abs(std[0] - exact.std) <= uncertainty.std.halfWidths[0]) covered.std++;
  }
  return covered;
}

describe("intervals from samples", () => {
  // 95 % of 1,000, give or take three standard errors of that figure (0.7 %).
  const expectCovered = (covered: number) => {
    expect(covered).toBeGreaterThanOrEqual(929);
    expect(covered).toBeLessThanOrEqual(971);
  };

  it("cover the exact figures of MNIST's images in 95 % of 1,000 samples", async () => {
    const { train } = await loadDataset("mnist-mini");
    const size = train.pixels.length / train.count;
    const sums = Array.from({ length: train.count }, (_, i) =>
      sumImage(train.pixels.subarray(i * size, (i + 1) * size), 1, "pixel"),
    );
    const { mean, std } = measure(train, "global");
    const covered = await coverage(sums, [...train.labels], 200, { mean: mean[0], std: std[0] });
    expectCovered(covered.mean);
    expectCovered(covered.std);
  });

  it("cover them with images of several sizes in unequal classes, one of a single image", async () => {
    const { images, labels, mean, std } = population();
    const sums = images.map((image) => sumImage(image, 1, "pixel"));
    const covered = await coverage(sums, labels, 150, { mean, std });
    expectCovered(covered.mean);
    expectCovered(covered.std);
  });
});

describe("estimateMoments", () => {
  it("gives the exact figures without error once all images are drawn", () => {
    const { images, labels, mean, std } = population();
    const strata = [0, 1, 2, 3].map((label) => {
      const drawn = images.filter((_, i) => labels[i] === label).map((image) => sumImage(image, 1, "pixel"));
      return { images: drawn.length, drawn };
    });
    const estimate = estimateMoments(strata);
    expect(estimate.mean[0]).toBeCloseTo(mean, 10);
    expect(estimate.std[0]).toBeCloseTo(std, 10);
    const none = { standardErrors: Float64Array.of(0), halfWidths: Float64Array.of(0) };
    expect(estimate.uncertainty).toEqual({ mean: none, std: none });
  });

  it("computes the textbook standard error of a stratified mean", () => {
    // Images of one pixel: the mean of a stratum is a plain mean. By hand: N = 6 and 4, s² = 4 and 2, n = 3 and 2, so
    // Var = (6² · (1 − 3/6) · 4/3 + 4² · (1 − 2/4) · 2/2) / 10² = 0.32.
    const one = (value: number) => sumImage(Float32Array.of(value), 1, "pixel");
    const { mean, uncertainty } = estimateMoments([
      { images: 6, drawn: [1, 3, 5].map(one) },
      { images: 4, drawn: [10, 12].map(one) },
    ]);
    expect(mean[0]).toBeCloseTo((6 * 3 + 4 * 11) / 10, 12);
    expect(uncertainty.mean.standardErrors[0]).toBeCloseTo(Math.sqrt(0.32), 12);
    // Satterthwaite: parts 0.24 with 2 degrees of freedom and 0.08 with 1, so 0.32² / (0.24²/2 + 0.08²) = 2.909. SciPy 1.17.1:
    // t.ppf(0.975, 2.909091) = 3.2394545864976765.
    expect(uncertainty.mean.halfWidths[0]).toBeCloseTo(3.2394545864976765 * Math.sqrt(0.32), 6);
  });

  it("lets each image weigh the same if asked to", () => {
    const drawn = [[0, 0, 0, 0], [8]].map((values) => sumImage(Float32Array.from(values), 1, "image"));
    const { mean, std } = estimateMoments([{ images: 2, drawn }]);
    expect([mean[0], std[0]]).toEqual([4, 4]);
  });
});

describe("sampleOrder", () => {
  it("begins with two of each class and keeps their shares", () => {
    const labels = Array.from({ length: 1000 }, (_, i) => (i < 700 ? 0 : i < 999 ? 1 : 2));
    const { order, least } = sampleOrder(labels, 3);
    expect(least).toBe(5);
    expect([...order].sort((a, b) => a - b)).toEqual([...labels.keys()]);
    const drawn = [...order.subarray(0, 100)].map((index) => labels[index]);
    const counts = [0, 1, 2].map((label) => drawn.filter((each) => each === label).length);
    expect(counts[0] / counts[1]).toBeCloseTo(700 / 299, 0);
    expect(counts[2]).toBe(1);
    expect([...sampleOrder(labels, 4).order]).not.toEqual([...order]);
  });
});

describe("sampleSplit", () => {
  it("reads until the intervals are as narrow as asked, and no more than about half again", async () => {
    const dataset = await loadDataset("mnist-mini");
    const exact = measure(dataset.train, "global");
    const widths = await Promise.all(
      [0.005, 0.003].map(async (precision) => {
        const { splits } = await sampleDataset(dataset, { goal: { precision }, seed: 0, weight: "pixel" });
        const { uncertainty, mean } = splits.train.sample.moments("global");
        expect(Math.abs(mean[0] - exact.mean[0])).toBeLessThan(2 * 255 * precision);
        const width = Math.max(uncertainty.mean.halfWidths[0], uncertainty.std.halfWidths[0]);
        expect(width).toBeLessThanOrEqual(255 * precision);
        return width / (255 * precision);
      }),
    );
    for (const width of widths) expect(width).toBeGreaterThan(0.65);
  });

  it("reads all if the precision takes that", async () => {
    const dataset = await loadDataset("mnist-mini");
    const { splits } = await sampleDataset(dataset, { goal: { precision: 1e-9 }, seed: 0, weight: "pixel" });
    const { sample } = splits.train;
    expect(sample.drawn).toBe(sample.of);
    const exact = measure(dataset.train, "global");
    expect(sample.moments("global").mean[0]).toBeCloseTo(exact.mean[0], 10);
    expect(sample.moments("global").std[0]).toBeCloseTo(exact.std[0], 10);
  });

  it("takes as many images that were not read for damaged as of those that were", async () => {
    const labels = [0, 0, 0, 0, 1, 1, 1, 1];
    const one = (value: number) => sumImage(Float32Array.of(value), 1, "pixel");
    const values = labels.map((label) => one(label === 0 ? 2 : 6));
    const read = async (indexes: Uint32Array) =>
      Array.from(indexes, (index) => (index === 0 ? undefined : values[index]));
    const sample = await sampleSplit(labels, read, { images: 8 }, 0, 255);
    expect(sample.skipped).toBe(1);
    expect(sample.moments("global").mean[0]).toBeCloseTo((3 * 2 + 4 * 6) / 7, 12);
  });
});
