import { type Dataset, type ImageSplit, pixelType, type SplitName } from "../data/dataset.ts";
import type { SizeRange } from "../data/images/image-sizes.ts";
import { type Reading, resolveReading } from "../data/images/reading.ts";
import { type Axis, groupCount } from "./axis.ts";
import type { FolderStatistics } from "./folder/folder-statistics.ts";
import type { SplitTally } from "./folder/split-tally.ts";
import { countLabels } from "./label-counts.ts";
import { measure } from "./measure.ts";
import type { Moments } from "./moments.ts";
import type { DataSample, SampledSplit } from "./sample/data-sample.ts";
import type { SampleAxis } from "./sample/sample-split.ts";

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
  /** How many images the figures were estimated from; undefined if from all. */
  readonly drawn?: number;
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

/** Summarizes samples along an axis. Their moments have standard errors; those of a split without images are NaN. */
export function summarizeSample(data: DataSample, axis: SampleAxis): DatasetSummary {
  const { name, reading, channels, bytes, classes, isLabelled, classNames, splits } = data;
  const summarize = (split: SplitName) => summarizeSampled(split, splits[split], channels, axis);
  return {
    name,
    classes,
    classNames,
    splits: [summarize("train"), summarize("test")],
    labelled: isLabelled,
    bytes,
    reading,
  };
}

function summarizeSampled(
  name: SplitName,
  { sample, sizes, labelCounts }: SampledSplit,
  channels: number,
  axis: SampleAxis,
): SplitSummary {
  const { drawn, of, skipped } = sample;
  const figures = momentsAlong(axis, channels, (each) =>
    drawn === skipped ? noMoments(each === "global" ? 1 : channels) : sample.moments(each as SampleAxis),
  );
  return { name, count: of, ...shapeOf(sizes, channels), labelCounts, skipped, drawn, ...figures };
}

function summarizeSplit(name: SplitName, split: ImageSplit, classes: number, axis: Axis): SplitSummary {
  const { count, shape, labels } = split;
  const labelCounts = countLabels(labels, classes);
  const figures = momentsAlong(axis, shape.channels, (each) =>
    count === 0 ? noMoments(groupCount(each, shape)) : measure(split, each),
  );
  return { name, count, shape, sizes: undefined, labelCounts, skipped: undefined, ...figures };
}

function summarizeTally(name: SplitName, tally: SplitTally, channels: number, axis: Axis): SplitSummary {
  const { images, labelCounts, skipped } = tally;
  const shape = shapeOf(tally.sizes.range(), channels);
  const figures = momentsAlong(axis, channels, (each) => tally.moments(each));
  return { name, count: images, ...shape, labelCounts, skipped, ...figures };
}

/** The shape of images, or their sizes if they have several. */
function shapeOf(range: SizeRange | undefined, channels: number): Pick<SplitSummary, "shape" | "sizes"> {
  const one = range?.distinct === 1 ? range.mostFrequent : undefined;
  const shape = { height: one?.height, width: one?.width, channels };
  return { shape, sizes: one === undefined ? range : undefined };
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
