import { describe, expect, it } from "vitest";
import type { Dataset } from "../../src/data/dataset.ts";
import { resolveReading } from "../../src/data/images/reading.ts";
import { SplitTally } from "../../src/statistics/folder/split-tally.ts";
import { measure } from "../../src/statistics/measure.ts";
import { summarizeDataset, summarizeFolder } from "../../src/statistics/summary.ts";
import { AXES } from "../scaling/support.ts";

const UPRIGHT = { icc: false, exif: false, alpha: false, avif: false };
const shape = { height: 2, width: 1, channels: 3 };

function split(labels: readonly number[], start: number) {
  const pixels = Uint8Array.from({ length: 6 * labels.length }, (_, i) => (start + i * i * 37) % 256);
  return { pixels, labels: Uint8Array.from(labels), count: labels.length, shape };
}

const dataset: Dataset = {
  name: "folder",
  classes: 3,
  classNames: ["a", "b", "c"],
  train: split([0, 2, 2, 0], 5),
  test: split([1], 90),
};

function tallyOf({ pixels, labels }: ReturnType<typeof split>, skipped: number): SplitTally {
  const tally = new SplitTally({ channels: 3, levels: 256, classes: 3, positions: shape, weight: "pixel" });
  labels.forEach((label, i) => {
    const values = pixels.subarray(6 * i, 6 * i + 6);
    tally.add({ ...shape, values, turned: false, ignored: UPRIGHT }, label);
  });
  tally.skipped = skipped;
  return tally;
}

describe("summarizeDataset", () => {
  it.each(AXES)("measures both splits along the axis %s and counts their labels", (axis) => {
    const { splits, ...rest } = summarizeDataset(dataset, axis);
    expect(rest).toEqual({
      name: "folder",
      classes: 3,
      classNames: ["a", "b", "c"],
      labelled: true,
      bytes: true,
      reading: undefined,
    });
    const figures = { shape, skipped: undefined };
    expect(splits).toMatchObject([
      { name: "train", count: 4, labelCounts: [2, 0, 2], moments: measure(dataset.train, axis), ...figures },
      { name: "test", count: 1, labelCounts: [0, 1, 0], moments: measure(dataset.test, axis), ...figures },
    ]);
  });

  it("shows all values and each channel of colour images, unless per pixel", () => {
    const [global, channel, pixel] = AXES.map((axis) => measure(dataset.train, axis));
    const shown = AXES.map((axis) => summarizeDataset(dataset, axis).splits[0].shown);
    const both = [
      ["all", global],
      ["channel", channel],
    ];
    expect(shown).toEqual([both, both, [["pixel", pixel]]]);
  });

  it("shows the axis alone for gray images", () => {
    const gray = { height: 6, width: 1, channels: 1 };
    const { train, test } = dataset;
    const [first] = summarizeDataset(
      { ...dataset, train: { ...train, shape: gray }, test: { ...test, shape: gray } },
      "channel",
    ).splits;
    expect(first.shown).toEqual([["channel", first.moments]]);
  });
});

describe("summarizeFolder", () => {
  it.each(AXES)("equals summarizeDataset along the axis %s, with the number of skipped images", (axis) => {
    const { classNames = [] } = dataset;
    const splits = { train: tallyOf(split([0, 2, 2, 0], 5), 3), test: tallyOf(split([1], 90), 0) };
    const kind = { channels: 3, levels: 256, positions: shape, weight: "pixel" } as const;
    const statistics = {
      data: "folder",
      reading: { color: "gray" } as const,
      ...kind,
      classes: 3,
      isLabelled: true,
      classNames,
      splits,
    };
    const whole = summarizeDataset(dataset, axis);
    const [first, second] = whole.splits;
    expect(summarizeFolder(statistics, axis)).toEqual({
      ...whole,
      reading: resolveReading({ color: "gray" }),
      splits: [
        { ...first, skipped: 3 },
        { ...second, skipped: 0 },
      ],
    });
  });
});
