import { type Dataset, type ImageSplit, imageSize, pixelType, type SplitName } from "../../data/dataset.ts";
import { ImageSizes, type SizeRange } from "../../data/images/image-sizes.ts";
import type { Reading } from "../../data/images/reading.ts";
import { inPieces, selectImages } from "../../data/stored-split.ts";
import type { Weight } from "../folder/split-tally.ts";
import { countLabels } from "../label-counts.ts";
import { type ImageSums, sumImage } from "./image-sums.ts";
import { type SampleGoal, type SplitSample, sampleSplit } from "./sample-split.ts";

/** How a sample is drawn. */
export interface SamplePlan {
  readonly goal: SampleGoal;
  readonly seed: number;
  readonly weight: Weight;
}

/** Random samples of the splits of a dataset. */
export interface DataSample {
  /** As the user wrote it. */
  readonly name: string;
  readonly reading: Reading | undefined;
  readonly channels: number;
  /** Whether the pixels are bytes. */
  readonly bytes: boolean;
  readonly classes: number;
  readonly isLabelled: boolean;
  readonly classNames: readonly string[] | undefined;
  readonly splits: Readonly<Record<SplitName, SampledSplit>>;
}

export interface SampledSplit {
  readonly sample: SplitSample;
  /** Sizes of the images read; undefined without images. */
  readonly sizes: SizeRange | undefined;
  /** Images of each class, read or not. */
  readonly labelCounts: readonly number[];
}

/**
 * Draws samples of a dataset in arrays.
 *
 * @throws PixscaleError if a file cannot be read or is damaged
 */
export async function sampleDataset(dataset: Dataset, plan: SamplePlan): Promise<DataSample> {
  const { name, classes, classNames, reading, train, test } = dataset;
  const type = pixelType(train);
  const range = { uint8: 255, uint16: 65535, float32: undefined }[type];
  const sampled = (split: ImageSplit) => sampleArrays(split, classes, range, plan);
  return {
    name,
    reading,
    channels: train.shape.channels,
    bytes: type === "uint8",
    classes,
    isLabelled: dataset.unlabelled !== true,
    classNames,
    splits: { train: await sampled(train), test: await sampled(test) },
  };
}

async function sampleArrays(
  split: ImageSplit,
  classes: number,
  range: number | undefined,
  { goal, seed, weight }: SamplePlan,
): Promise<SampledSplit> {
  const { labels, shape, count } = split;
  const read = async (indexes: Uint32Array) => sumsOf(selectImages(split, indexes), weight);
  const sizes = new ImageSizes();
  if (count > 0) sizes.add({ ...shape, turned: false });
  return {
    sample: await sampleSplit(labels, read, goal, seed, range),
    sizes: sizes.range(),
    labelCounts: countLabels(labels, classes),
  };
}

function sumsOf(split: ImageSplit, weight: Weight): ImageSums[] {
  const size = imageSize(split.shape);
  const sums: ImageSums[] = [];
  for (const { pixels, count } of inPieces(split)) {
    for (let i = 0; i < count; i++) {
      sums.push(sumImage(pixels.subarray(i * size, (i + 1) * size), split.shape.channels, weight));
    }
  }
  return sums;
}
