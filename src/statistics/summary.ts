import type { Dataset, ImageShape, Split, SplitName } from "../data/dataset.ts";
import type { Axis } from "./axis.ts";
import type { FolderStatistics } from "./folder/folder-statistics.ts";
import type { SplitTally } from "./folder/split-tally.ts";
import { measure } from "./measure.ts";
import type { Moments } from "./moments.ts";

/** The statistics of both splits of a dataset. */
export interface DatasetSummary {
  /** As the user wrote it: a known name or a path. */
  readonly name: string;
  /** Number of classes. */
  readonly classes: number;
  readonly classNames: readonly string[] | undefined;
  /** Train, then test. */
  readonly splits: readonly SplitSummary[];
  /** Whether the pixels are bytes. */
  readonly bytes: boolean;
}

export interface SplitSummary {
  readonly name: SplitName;
  /** Number of images. */
  readonly count: number;
  readonly shape: ImageShape;
  /** Images of each class. */
  readonly labelCounts: readonly number[];
  /** Images that could not be decoded; undefined unless they were decoded while measuring. */
  readonly skipped: number | undefined;
  /** Along the axis of the summary. */
  readonly moments: Moments;
  /** The same moments, labelled with the axis. On colour images also both those of all values and those per channel. */
  readonly shown: readonly (readonly [label: string, moments: Moments])[];
}

/**
 * Measures a dataset in memory along an axis.
 *
 * @throws PixscaleError if a split has no images
 */
export function summarizeDataset(dataset: Dataset, axis: Axis): DatasetSummary {
  const { name, classes, classNames, train, test } = dataset;
  return {
    name,
    classes,
    classNames,
    splits: [summarizeSplit("train", train, classes, axis), summarizeSplit("test", test, classes, axis)],
    bytes: train.pixels instanceof Uint8Array,
  };
}

/**
 * Summarizes the counts of a folder of images along an axis. The moments of a split without images are NaN.
 *
 * @throws RangeError for the axis `pixel` if the tallies were made without `byPosition`
 */
export function summarizeFolder(statistics: FolderStatistics, axis: Axis): DatasetSummary {
  const { data, shape, levels, classNames, splits } = statistics;
  return {
    name: data,
    classes: classNames.length,
    classNames,
    splits: [
      summarizeTally("train", splits.train, shape, axis),
      summarizeTally("test", splits.test, shape, axis),
    ],
    bytes: levels === 256,
  };
}

function summarizeSplit(name: SplitName, split: Split, classes: number, axis: Axis): SplitSummary {
  const { count, shape, labels } = split;
  const labelCounts = new Array<number>(classes).fill(0);
  for (const label of labels) labelCounts[label]++;
  const figures = momentsAlong(axis, shape, (each) => measure(split, each));
  return { name, count, shape, labelCounts, skipped: undefined, ...figures };
}

function summarizeTally(name: SplitName, tally: SplitTally, shape: ImageShape, axis: Axis): SplitSummary {
  const { pixels, labelCounts, skipped } = tally;
  const figures = momentsAlong(axis, shape, (each) => pixels.moments(each));
  return { name, count: pixels.images, shape, labelCounts, skipped, ...figures };
}

function momentsAlong(
  axis: Axis,
  shape: ImageShape,
  measureAlong: (axis: Axis) => Moments,
): Pick<SplitSummary, "moments" | "shown"> {
  const moments = measureAlong(axis);
  if (axis === "pixel" || shape.channels === 1) return { moments, shown: [[axis, moments]] };
  const all = axis === "global" ? moments : measureAlong("global");
  const perChannel = axis === "channel" ? moments : measureAlong("channel");
  return {
    moments,
    shown: [
      ["all", all],
      ["channel", perChannel],
    ],
  };
}
