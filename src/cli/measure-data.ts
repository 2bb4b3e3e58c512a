import type { Dataset } from "../data/dataset.ts";
import { DEFAULT_DATASET } from "../data/named/names.ts";
import { UsageError } from "../errors.ts";
import { requireAffine } from "../scaling/fit.ts";
import { Scaler } from "../scaling/scaler.ts";
import { axisOf, type ScalingStep } from "../scaling/steps/step-kinds.ts";
import type { Shard } from "../shard.ts";
import type { Axis } from "../statistics/axis.ts";
import { type FolderStatistics, sizeRange } from "../statistics/folder/folder-statistics.ts";
import { measureImages } from "../statistics/folder/measure-images.ts";
import { measureShard } from "../statistics/folder/measure-shard.ts";
import { mergeParts, partText } from "../statistics/folder/part.ts";
import type { Weight } from "../statistics/folder/split-tally.ts";
import type { DataSample, SamplePlan } from "../statistics/sample/data-sample.ts";
import type { SampleAxis, SampleGoal } from "../statistics/sample/sample-split.ts";
import {
  type DatasetSummary,
  summarizeDataset,
  summarizeFolder,
  summarizeSample,
} from "../statistics/summary.ts";
import { type DataFlags, dataOptions } from "./options/data.ts";
import type { CommonOptions } from "./output.ts";
import { findData, loadData, withReadObserver } from "./read-data.ts";
import { warnBeforeFit } from "./warnings.ts";

export interface MeasureOptions extends CommonOptions, DataFlags {
  readonly axis: Axis;
  readonly save?: string;
  readonly shard?: Shard;
  readonly merge?: readonly string[];
  readonly weight?: Weight;
  readonly sample?: number;
  readonly precision?: number;
  readonly seed: number;
}

/** What more is asked for than statistics. */
export interface MeasureNeeds {
  /** The flag that needs every image, of one size, after they were measured. */
  readonly images: string | undefined;
}

export interface MeasuredData {
  readonly summary: DatasetSummary;
  /** The images, if they were kept. */
  readonly dataset?: Dataset;
  /** Fits a scaling on train. */
  fit(steps: readonly ScalingStep[]): Promise<Scaler>;
  /** With `--shard`, the content of the file to save. */
  readonly file?: string;
}

/**
 * Measures a dataset, a folder of images while it is decoded, or merges shards of one.
 *
 * @param steps the scaling that `--save` will fit
 * @param needs whether the images are kept
 * @throws UsageError if options cannot be combined; what reading the data throws
 */
export async function measureData(
  data: string,
  options: MeasureOptions,
  steps: readonly ScalingStep[],
  { images }: MeasureNeeds,
): Promise<MeasuredData> {
  const { axis, shard, merge, save, seed } = options;
  const weight = options.weight ?? "pixel";
  const goal = goalOf(options);
  const byPosition = axis === "pixel" || steps.some((step) => axisOf(step, axis) === "pixel");
  if (merge !== undefined) {
    const others = { ...dataOptions(options), ...(options.weight && { weight }), ...(shard && { shard }) };
    if (data !== DEFAULT_DATASET || Object.keys(others).length > 0) {
      const remedy = "leave out the data, --shard, --weight and the reading options";
      throw new UsageError("--merge", "the files say which images they cover", remedy);
    }
    return ofFolder(await mergeParts(merge, byPosition), axis);
  }
  if (shard !== undefined && save === undefined) {
    throw new UsageError("--shard", "measures a shard, which must be saved", "add --save shard.json");
  }
  if (images !== undefined && options.weight !== undefined) {
    const problem = `is for images of several sizes, and ${images} needs one size`;
    throw new UsageError("--weight", problem, "leave one of them out");
  }
  if (goal !== undefined) {
    const along = sampleAxis(options, byPosition, images);
    return ofSample(await drawSample(data, options, { goal, seed, weight }), along);
  }
  const source = await findData(data, options);
  const findImages = images === undefined ? source.findImages : undefined;
  if (findImages !== undefined) {
    if (save !== undefined && shard === undefined) requireAffine(steps);
    const part = await withReadObserver(options, async (observer) => {
      const reading = { ...dataOptions(options), observer };
      return measureImages(await findImages(reading), data, reading, shard ?? { part: 1, of: 1 }, {
        byPosition,
        weight,
      });
    });
    return { ...ofFolder(part.statistics, axis), ...(shard && { file: partText(part) }) };
  }
  if (options.weight !== undefined) {
    throw new UsageError("--weight", `"${data}" has images of one size`, "leave the option out");
  }
  const dataset = await loadData(source, options);
  if (shard !== undefined) {
    const part = measureShard(dataset, shard, { byPosition, weight });
    return { ...ofFolder(part.statistics, axis), file: partText(part) };
  }
  return {
    dataset,
    summary: summarizeDataset(dataset, axis),
    fit(steps) {
      warnBeforeFit(options, [steps], dataset.train);
      return Scaler.fitAsync(steps, dataset.train, { axis });
    },
  };
}

/** @throws UsageError if both are given */
function goalOf({ sample, precision }: MeasureOptions): SampleGoal | undefined {
  if (sample !== undefined && precision !== undefined) {
    throw new UsageError("--precision", "reads as many images as it takes", "leave --sample out");
  }
  if (precision !== undefined) return { precision };
  return sample === undefined ? undefined : { images: sample };
}

/** @throws UsageError if something is asked for that needs every image */
function sampleAxis(
  { axis, shard, sample }: MeasureOptions,
  byPosition: boolean,
  images: string | undefined,
): SampleAxis {
  const needing = images ?? (shard === undefined ? undefined : "--shard");
  const flag = sample === undefined ? "--precision" : "--sample";
  if (needing !== undefined) {
    throw new UsageError(needing, "needs every image, not a sample", `leave ${flag} out`);
  }
  if (axis === "pixel" || byPosition) {
    throw new UsageError(flag, "does not estimate statistics per pixel", "choose --axis global or channel");
  }
  return axis;
}

async function drawSample(data: string, options: MeasureOptions, plan: SamplePlan): Promise<DataSample> {
  const source = await findData(data, options);
  const { findImages } = source;
  const { sampleDataset } = await import("../statistics/sample/data-sample.ts");
  if (findImages === undefined) return sampleDataset(await loadData(source, options), plan);
  const { sampleImages } = await import("../statistics/sample/sample-images.ts");
  return withReadObserver(options, async (observer) => {
    const reading = { ...dataOptions(options), observer };
    return sampleImages(await findImages(reading), data, reading, plan);
  });
}

function ofSample(sample: DataSample, axis: SampleAxis): MeasuredData {
  const { channels, splits } = sample;
  const train = splits.train.sample;
  // The axes of a sample do not depend on the size.
  const shape = { height: 1, width: 1, ...splits.train.sizes?.mostFrequent, channels };
  return {
    summary: summarizeSample(sample, axis),
    fit: async (steps) =>
      Scaler.fitOnStatistics(steps, shape, axis, (along) => train.moments(along as SampleAxis)),
  };
}

function ofFolder(statistics: FolderStatistics, axis: Axis): MeasuredData {
  const { channels, splits } = statistics;
  // Along the axes that images of several sizes allow, a scaler does not depend on the size.
  const { height, width } = sizeRange(statistics)?.mostFrequent ?? { height: 1, width: 1 };
  const shape = { height, width, channels };
  return {
    summary: summarizeFolder(statistics, axis),
    fit: async (steps) => Scaler.fitOnStatistics(steps, shape, axis, (along) => splits.train.moments(along)),
  };
}
