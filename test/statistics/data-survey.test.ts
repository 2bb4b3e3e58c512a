import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Dataset, Split } from "../../src/data/dataset.ts";
import { openDataset } from "../../src/data/load.ts";
import { classMeans } from "../../src/statistics/class-means.ts";
import { surveyDataset } from "../../src/statistics/data-survey.ts";
import { countRepeats, countShared } from "../../src/statistics/duplicate-images.ts";
import { surveyImages } from "../../src/statistics/image-survey.ts";
import { extremeImages, type RankedImage, unmeasuredImages } from "../../src/statistics/odd-images.ts";

/** NumPy's figures. */
const numpy = JSON.parse(readFileSync(new URL("../../fixtures/survey.json", import.meta.url), "utf8"));

const shape = { height: 1, width: 2, channels: 1 };
const floats = (...pixels: number[]): Split => ({
  pixels: Float32Array.from(pixels),
  labels: new Uint8Array(pixels.length / 2),
  count: pixels.length / 2,
  shape,
});

describe("a survey of mnist-mini", async () => {
  const dataset = await openDataset("mnist-mini");
  const { splits, positions } = surveyDataset(dataset);
  const means = splits.map(({ name, survey }) => ({ split: name, values: survey.mean }));
  const contrasts = splits.map(({ name, survey }) => ({ split: name, values: survey.contrast }));

  it.each([
    ["darkest", means, "smallest"],
    ["brightest", means, "largest"],
    ["flattest", contrasts, "smallest"],
  ] as const)("finds the %s images that NumPy finds", (kind, figures, end) => {
    const wanted: RankedImage[] = numpy.miniMnist[kind];
    const found = extremeImages(figures, end, wanted.length);
    expect(found.map(({ split, index }) => [split, index])).toEqual(
      wanted.map(({ split, index }) => [split, index]),
    );
    for (const [i, { value }] of found.entries()) expect(value).toBeCloseTo(wanted[i].value, 10);
  });

  it("finds as many positions that never vary as NumPy", () => {
    const { min, max } = positions;
    expect(min.filter((each, i) => each === max[i])).toHaveLength(numpy.miniMnist.constantPositions);
  });

  it("has NumPy's mean image of a class", () => {
    const { label, values } = numpy.miniMnist.classMean;
    const [other, mean] = classMeans(dataset.train, [8, label]);
    expect(mean).toHaveLength(784);
    for (const [i, value] of values.entries()) expect(mean[i]).toBeCloseTo(value, 10);
    expect([...other]).not.toEqual([...mean]);
  });
});

describe("equal images", () => {
  const { pixels, labels, train: count, groups, repeats, differ, shared } = numpy.equal;
  const all = Uint8Array.from(pixels);
  const part = (from: number, to: number): Split => ({
    pixels: all.slice(from * 6, to * 6),
    labels: Uint8Array.from(labels.slice(from, to)),
    count: to - from,
    shape: { height: 2, width: 3, channels: 1 },
  });
  const dataset: Dataset = { name: "made", classes: 2, train: part(0, count), test: part(count, 40) };
  const { duplicates } = surveyDataset(dataset);

  it("are those that NumPy's unique finds", () => {
    const found = duplicates.map(({ places }) =>
      places.map(({ split, index }) => (split === "train" ? index : count + index)),
    );
    expect(found.sort(([a], [b]) => a - b)).toEqual(groups);
    expect(countRepeats(duplicates)).toBe(repeats);
  });

  it("are counted where labels differ and splits share them, and the gravest come first", () => {
    expect(duplicates.filter(({ labelsDiffer }) => labelsDiffer)).toHaveLength(differ);
    expect(countShared(duplicates, "test")).toBe(shared);
    expect(countShared(duplicates, "train")).toBe(0);
    const grave = duplicates.map(
      ({ labelsDiffer, crossesSplits }) => 2 * Number(labelsDiffer) + Number(crossesSplits),
    );
    expect(grave).toEqual([...grave].sort((a, b) => b - a));
  });
});

describe("single images", () => {
  it("in colour have NumPy's mean and deviation within channels", () => {
    const { pixels, mean, contrast } = numpy.colours;
    const survey = surveyImages({
      pixels: Uint8Array.from(pixels),
      labels: new Uint8Array(5),
      count: 5,
      shape: { height: 4, width: 3, channels: 3 },
    });
    for (let i = 0; i < 5; i++) {
      expect(survey.mean[i]).toBeCloseTo(mean[i], 10);
      expect(survey.contrast[i]).toBeCloseTo(contrast[i], 10);
    }
  });

  it("of one colour have a contrast of exactly 0, also where the mean is rounded", () => {
    const pixels = Float32Array.from({ length: 30 }, (_, i) => (i < 15 ? 0.1 : i));
    const split = {
      pixels,
      labels: new Uint8Array(2),
      count: 2,
      shape: { height: 3, width: 5, channels: 1 },
    };
    const { contrast } = surveyImages(split);
    expect(contrast[0]).toBe(0);
    // Fifteen numbers in a row: √((15² − 1) / 12).
    expect(contrast[1]).toBeCloseTo(Math.sqrt(224 / 12), 12);
  });

  it("that cannot be measured are named and not ranked", () => {
    const { mean } = surveyImages(floats(1, 2, Number.NaN, 0, 5, Number.POSITIVE_INFINITY, -1, 1));
    const figures = [{ split: "train", values: mean }];
    expect(extremeImages(figures, "largest", 9).map(({ index }) => index)).toEqual([0, 3]);
    expect(unmeasuredImages(figures).map(({ index }) => index)).toEqual([1, 2]);
  });
});
