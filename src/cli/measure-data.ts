import type { ImageShape, Split, SplitName } from "../data/dataset.ts";
import { DEFAULT_DATASET } from "../data/named/datasets.ts";
import { UsageError } from "../errors.ts";
import { folderEntries } from "../files/folder-entries.ts";
import { requireStatisticsOnly } from "../scaling/fit.ts";
import type { ScalingStep } from "../scaling/parse.ts";
import { Scaler } from "../scaling/scaler.ts";
import type { Shard } from "../shard.ts";
import type { Axis } from "../statistics/axis.ts";
import type { FolderStatistics } from "../statistics/folder/folder-statistics.ts";
import { measureFolder } from "../statistics/folder/measure-folder.ts";
import { mergeParts, partText } from "../statistics/folder/part.ts";
import type { SplitTally } from "../statistics/folder/split-tally.ts";
import { measure } from "../statistics/measure.ts";
import type { Moments } from "../statistics/moments.ts";
import type { DatasetSummary, SplitSummary } from "../statistics/summary.ts";
import { fitScaler } from "./fit-scaler.ts";
import type { CommonOptions } from "./output.ts";
import { type DataFlags, dataOptions, isImageFolder, readDataset, withReadObserver } from "./read-data.ts";

export interface MeasureOptions extends CommonOptions, DataFlags {
  readonly axis: Axis;
  readonly save?: string;
  readonly shard?: Shard;
  readonly merge?: readonly string[];
}

export interface Statistics extends DatasetSummary {
  /** Fits a scaling on train. */
  fit(steps: readonly ScalingStep[]): Scaler;
}

/**
 * Measures a dataset, a folder of images as it is decoded, or puts parts of one together.
 *
 * @param steps what `--save` will fit
 * @returns with `--shard`, also what to save of it
 * @throws UsageError if options do not go together; what reading the data throws
 */
export async function measureDataset(
  data: string,
  options: MeasureOptions,
  steps: readonly ScalingStep[],
): Promise<{ statistics: Statistics; file?: string }> {
  const { axis, shard, merge } = options;
  if (merge !== undefined) {
    if (shard !== undefined || data !== DEFAULT_DATASET || Object.keys(dataOptions(options)).length > 0) {
      const remedy = "leave out data, --shard and the options of reading";
      throw new UsageError("--merge", "takes the images that its parts tell of, as they were read", remedy);
    }
    return { statistics: ofImages(await mergeParts(merge, axis === "pixel"), axis) };
  }
  if (shard !== undefined && options.save === undefined) {
    throw new UsageError("--shard", "gives a part, which is to be saved", "add --save part.json");
  }
  if (await isImageFolder(data, options)) {
    if (options.save !== undefined && shard === undefined) requireStatisticsOnly(steps);
    const folder = await folderEntries(data);
    const part = await withReadObserver(options, (observer) =>
      measureFolder(
        folder,
        { ...dataOptions(options), observer },
        shard ?? { part: 1, of: 1 },
        axis === "pixel",
      ),
    );
    return { statistics: ofImages(part.statistics, axis), ...(shard && { file: partText(part) }) };
  }
  if (shard !== undefined) {
    throw new UsageError("--shard", `${data} is not a folder of images`, "leave it out");
  }
  const { name, classes, classNames, train, test } = await readDataset(data, options);
  const splits = [summarizeSplit("train", train, classes, axis), summarizeSplit("test", test, classes, axis)];
  const fit = (steps: readonly ScalingStep[]) => fitScaler(options, steps, train, axis);
  const bytes = train.pixels instanceof Uint8Array;
  return { statistics: { name, classes, classNames, splits, bytes, fit } };
}

function summarizeSplit(name: SplitName, split: Split, classes: number, axis: Axis): SplitSummary {
  const labelCounts = new Array<number>(classes).fill(0);
  for (const label of split.labels) labelCounts[label]++;
  const { count, shape } = split;
  return {
    name,
    count,
    shape,
    labelCounts,
    skipped: undefined,
    ...figures(shape, axis, (of) => measure(split, of)),
  };
}

function ofImages({ data, shape, levels, classNames, splits }: FolderStatistics, axis: Axis): Statistics {
  const summarize = (name: SplitName, { pixels, labelCounts, skipped }: SplitTally): SplitSummary => ({
    name,
    count: pixels.images,
    shape,
    labelCounts,
    skipped,
    ...figures(shape, axis, (of) => pixels.moments(of)),
  });
  return {
    name: data,
    classes: classNames.length,
    classNames,
    splits: [summarize("train", splits.train), summarize("test", splits.test)],
    bytes: levels === 256,
    fit: (steps) => Scaler.fitOnStatistics(steps, shape, axis, splits.train.pixels.moments(axis)),
  };
}

function figures(shape: ImageShape, axis: Axis, measureAlong: (axis: Axis) => Moments) {
  const moments = measureAlong(axis);
  const shown: [string, Moments][] =
    axis === "pixel" || shape.channels === 1
      ? [[axis, moments]]
      : [
          ["all", axis === "global" ? moments : measureAlong("global")],
          ["channel", axis === "channel" ? moments : measureAlong("channel")],
        ];
  return { moments, shown };
}
