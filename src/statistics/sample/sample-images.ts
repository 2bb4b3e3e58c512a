import { availableParallelism } from "node:os";
import type { DataOptions, ReadObserver } from "../../data/format.ts";
import { DamageReport } from "../../data/images/damage.ts";
import {
  countIgnored,
  type Ignored,
  type IgnoredCounts,
  NOTHING_IGNORED,
  pixelNotes,
} from "../../data/images/ignored.ts";
import type { ImageKind } from "../../data/images/image-decoder.ts";
import type { ImageFile, ImageFiles, ImageSet } from "../../data/images/image-files.ts";
import { type ImageSize, ImageSizes } from "../../data/images/image-sizes.ts";
import { resolveReading } from "../../data/images/reading.ts";
import type { ImageCounter } from "../folder/counter.ts";
import { withCounters } from "../folder/counters.ts";
import { spread } from "../folder/spread.ts";
import { countLabels } from "../label-counts.ts";
import type { DataSample, SampledSplit, SamplePlan } from "./data-sample.ts";
import type { ImageSums } from "./image-sums.ts";
import { sampleSplit } from "./sample-split.ts";

/** What is kept of a decoded image. */
export interface ImageSample {
  readonly sums: ImageSums;
  readonly size: ImageSize & { readonly turned: boolean };
  readonly ignored: Ignored;
}

/** What is found while images are decoded. */
interface Found {
  readonly damage: DamageReport;
  ignored: IgnoredCounts;
}

/**
 * Draws samples of encoded images. Only the images drawn are decoded; the names of all are listed.
 *
 * @param data names them in errors
 * @throws PixscaleError as loading the folder does
 */
export async function sampleImages(
  all: ImageSet,
  data: string,
  { format: _, observer = {}, ...reading }: DataOptions,
  plan: SamplePlan,
): Promise<DataSample> {
  for (const note of [...all.notes, ...all.leftOut]) observer.onNote?.(note);
  const { classNames } = all;
  const classes = classNames?.length ?? 1;
  const kindOf = ({ shape, levels }: ImageKind) => {
    const { channels } = shape;
    return { channels, levels, classes, positions: undefined, weight: plan.weight };
  };
  return withCounters(availableParallelism(), all.train, reading, kindOf, async (counters, kind) => {
    const { channels, levels } = kind;
    const found = {
      damage: new DamageReport({ ...reading, observer }, all.leftOut),
      ignored: NOTHING_IGNORED,
    };
    const sampled = (files: ImageFiles) =>
      sampleFiles(counters, files, classes, levels - 1, plan, found, observer);
    const splits = { train: await sampled(all.train), test: await sampled(all.test) };
    found.damage.check();
    const resolved = resolveReading(reading);
    for (const note of pixelNotes(resolved, found.ignored)) observer.onNote?.(note);
    return {
      name: data,
      reading: resolved,
      channels,
      bytes: levels === 256,
      classes,
      isLabelled: classNames !== undefined,
      classNames,
      splits,
    };
  });
}

async function sampleFiles(
  counters: readonly ImageCounter[],
  files: ImageFiles,
  classes: number,
  range: number,
  { goal, seed }: SamplePlan,
  found: Found,
  observer: ReadObserver,
): Promise<SampledSplit> {
  const labels = new Uint16Array(files.count);
  let listed = 0;
  for await (const { label } of files) labels[listed++] = label;
  const sizes = new ImageSizes();
  let done = 0;
  const read = async (indexes: Uint32Array) => {
    const sums: (ImageSums | undefined)[] = new Array(indexes.length);
    const total = done + indexes.length;
    await spread(counters, placed(files, indexes), async (counter, chunk) => {
      const images = await counter.sum(chunk.map(({ file }) => file));
      for (const [i, image] of images.entries()) {
        observer.onImages?.(++done, total);
        if ("reason" in image) {
          found.damage.add(image);
          continue;
        }
        sizes.add(image.size);
        found.ignored = countIgnored(found.ignored, image.ignored);
        sums[chunk[i].place] = image.sums;
      }
    });
    return sums;
  };
  return {
    sample: await sampleSplit(labels, read, goal, seed, range),
    sizes: sizes.range(),
    labelCounts: countLabels(labels, classes),
  };
}

/** The images with some indexes, in the order of the files, each with its place in the indexes. */
async function* placed(
  files: ImageFiles,
  indexes: Uint32Array,
): AsyncGenerator<{ readonly file: ImageFile; readonly place: number }> {
  const places = new Map(Array.from(indexes, (index, place) => [index, place]));
  let index = 0;
  for await (const file of files) {
    const place = places.get(index++);
    if (place !== undefined) yield { file, place };
  }
}
