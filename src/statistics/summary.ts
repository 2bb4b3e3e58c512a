import { type Dataset, type ImageSplit, pixelType, type SplitName } from "../data/dataset.ts";
import type { SizeRange } from "../data/images/image-sizes.ts";
import { type Reading, resolveReading } from "../data/images/reading.ts";
import { type Axis, groupCount } from "./axis.ts";
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
  /** Whether the images have labels. */
  readonly labelled: boolean;
  /** Whether the pixels are bytes. */
  readonly bytes: boolean;
  /** How images were decoded, if they were. */
  readonly reading: Reading | undefined;
}

/** The shape of the images; no height or width if they have several. */
export interface SummaryShape {
  readonly height: number | undefined;
  readonly width: number | undefined;
  readonly channels: number;
}

export interface SplitSummary {
  readonly name: SplitName;
  /** Number of images. */
  readonly count: number;
  readonly shape: SummaryShape;
  /** The sizes of the images, if they have several. */
  readonly sizes: SizeRange | undefined;
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
 * Measures a dataset along an axis.
 *
 * The moments of a split without images are NaN.
 */
export function summarizeDataset(dataset: Dataset, axis: Axis): DatasetSummary {
  const { name, classes, classNames, train, test } = dataset;
  return {
    name,
    classes,
    classNames,
    splits: [summarizeSplit("train", train, classes, axis), summarizeSplit("test", test, classes, axis)],
    labelled: dataset.unlabelled !== true,
    bytes: pixelType(train) === "uint8",
    reading: dataset.reading,
  };
}

/**
 * Summarizes the counts of a folder of images along an axis. The moments of a split without images are NaN.
 *
 * @throws RangeError for the axis `pixel` if the tallies were made without positions
 */
export function summarizeFolder(statistics: FolderStatistics, axis: Axis): DatasetSummary {
  const { data, reading, channels, levels, classes, isLabelled, classNames, splits } = statistics;
  return {
    name: data,
    classes,
    classNames,
    splits: [
      summarizeTally("train", splits.train, channels, axis),
      summarizeTally("test", splits.test, channels, axis),
    ],
    labelled: isLabelled,
    bytes: levels === 256,
    reading: reading && resolveReading(reading),
  };
}

function summarizeSplit(name: SplitName, split: ImageSplit, classes: number, axis: Axis): SplitSummary {
  const { count, shape, labels } = split;
  const labelCounts = new Array<number>(classes).fill(0);
  for (const label of labels) labelCounts[label]++;
  const figures = momentsAlong(axis, shape.channels, (each) =>
    count === 0 ? noMoments(groupCount(each, shape)) : measure(split, each),
  );
  return { name, count, shape, sizes: undefined, labelCounts, skipped: undefined, ...figures };
}

function summarizeTally(name: SplitName, tally: SplitTally, channels: number, axis: Axis): SplitSummary {
  const { images, labelCounts, skipped } = tally;
  const range = tally.sizes.range();
  const one = range?.distinct === 1 ? range.mostFrequent : undefined;
  const shape = { height: one?.height, width: one?.width, channels };
  const sizes = one === undefined ? range : undefined;
  const figures = momentsAlong(axis, channels, (each) => tally.moments(each));
  return { name, count: images, shape, sizes, labelCounts, skipped, ...figures };
}

/** The moments of no values. */
function noMoments(groups: number): Moments {
  const nan = new Float64Array(groups).fill(Number.NaN);
  return { count: 0, min: nan, max: nan, mean: nan, std: nan };
}

function momentsAlong(
  axis: Axis,
  channels: number,
  measureAlong: (axis: Axis) => Moments,
): Pick<SplitSummary, "moments" | "shown"> {
  const moments = measureAlong(axis);
  if (axis === "pixel" || channels === 1) return { moments, shown: [[axis, moments]] };
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
