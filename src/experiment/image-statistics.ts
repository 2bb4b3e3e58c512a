import { readFileSync } from "node:fs";
import type { ImageShape, SplitName } from "../data/dataset.ts";
import { decodeAll } from "../data/decode-all.ts";
import { fileError } from "../data/file.ts";
import type { DataOptions, ImageOptions } from "../data/format.ts";
import { ImageDecoder } from "../data/image-decoder.ts";
import { type ImageFile, listImages } from "../data/image-folder.ts";
import { PixscaleError, UsageError } from "../errors.ts";
import { PixelTally } from "../scaling/pixel-tally.ts";

const FORMAT = "pixscale-stats-part";
const VERSION = 1;

/** Part `index` (from 1) of `count` parts. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** What was counted of one split. */
export interface SplitTally {
  readonly pixels: PixelTally;
  /** Images of each class. */
  readonly labelCounts: readonly number[];
  /** Images that could not be decoded. */
  readonly skipped: number;
}

/** What was counted of a folder of images, or of a part of it. */
export interface ImageStatistics {
  readonly data: string;
  readonly shape: ImageShape;
  readonly levels: 256 | 65536;
  readonly classNames: readonly string[];
  readonly splits: Readonly<Record<SplitName, SplitTally>>;
}

/** A part in JSON. Parts of one whole have everything but `splits`, `data` and the shard's index in common. */
interface PartJson {
  readonly format: typeof FORMAT;
  readonly version: typeof VERSION;
  readonly data: string;
  readonly shard: Shard;
  readonly reading: ImageOptions;
  readonly files: Readonly<Record<SplitName, number>>;
  readonly shape: ImageShape;
  readonly levels: 256 | 65536;
  readonly classNames: readonly string[];
  readonly byPosition: boolean;
  readonly splits: Readonly<Record<SplitName, unknown>>;
}

/**
 * Counts the pixels of a folder of images, all or a part, on all cores. Of the images only the names are kept in memory.
 *
 * @param byPosition whether statistics along the axis `pixel` will be asked for
 * @returns the statistics, and as JSON what `mergeParts` reads
 * @throws PixscaleError as loading the folder does
 */
export async function measureImages(
  folder: string,
  { format: _, observer = {}, ...reading }: DataOptions,
  shard: Shard,
  byPosition: boolean,
): Promise<{ statistics: ImageStatistics; part: unknown }> {
  const { train, test, classNames } = await listImages(folder, reading);
  // The first image of all decides, so that all parts agree.
  const decoder = await ImageDecoder.like(
    train.map(({ path }) => path),
    reading,
  );
  const { shape, levels } = decoder;
  const count = async (files: readonly ImageFile[]): Promise<SplitTally> => {
    const mine = files.filter((_, i) => i % shard.count === shard.index - 1);
    const pixels = new PixelTally(shape, levels, byPosition);
    const labelCounts = new Array<number>(classNames.length).fill(0);
    const paths = mine.map(({ path }) => path);
    const skipped = await decodeAll(decoder, paths, reading, observer, (index, values) => {
      pixels.add(values);
      labelCounts[mine[index].label]++;
    });
    return { pixels, labelCounts, skipped: skipped.length };
  };
  const splits = { train: await count(train), test: await count(test) };
  const statistics: ImageStatistics = { data: folder, shape, levels, classNames, splits };
  if (shard.count === 1) requireImages(statistics);
  const part: PartJson = {
    format: FORMAT,
    version: VERSION,
    data: folder,
    shard,
    reading,
    files: { train: train.length, test: test.length },
    shape,
    levels,
    classNames,
    byPosition,
    splits,
  };
  return { statistics, part };
}

/**
 * Puts the parts of a folder together. They hold integers only, so this gives bit for bit what measuring the whole folder does.
 *
 * @param paths files of all parts, in any order
 * @param byPosition whether statistics along the axis `pixel` will be asked for
 * @throws PixscaleError if a file is no part, parts are of different folders or settings, or one is missing or there twice
 */
export function mergeParts(paths: readonly string[], byPosition: boolean): ImageStatistics {
  const parts = paths.map((path) => ({ path, part: readPart(path) }));
  const [first] = parts;
  const seen = new Map<number, string>();
  for (const { path, part } of parts) {
    if (commonText(part) !== commonText(first.part)) {
      const problem = `is of other images or settings than ${first.path}`;
      throw new PixscaleError(path, problem, "merge the parts of one folder");
    }
    const twin = seen.get(part.shard.index);
    if (twin !== undefined) {
      throw new PixscaleError(path, `is part ${part.shard.index}, as ${twin} is`, "give each part once");
    }
    seen.set(part.shard.index, path);
  }
  if (byPosition && !first.part.byPosition) {
    throw new UsageError("--axis", "the parts hold no statistic per pixel", "measure them with --axis pixel");
  }
  const { count } = first.part.shard;
  const missing = Array.from({ length: count }, (_, i) => i + 1).filter((index) => !seen.has(index));
  if (missing.length > 0) {
    const problem = `needs all ${count} parts, and lacks ${missing.join(", ")}`;
    throw new PixscaleError("--merge", problem, "give the files of all parts");
  }
  const { data, shape, levels, classNames } = first.part;
  const merged = (name: SplitName) =>
    parts.map(({ path, part }) => readSplit(part, name, path)).reduce(mergeTwo);
  const statistics = {
    data,
    shape,
    levels,
    classNames,
    splits: { train: merged("train"), test: merged("test") },
  };
  requireImages(statistics);
  return statistics;
}

function mergeTwo(a: SplitTally, b: SplitTally): SplitTally {
  a.pixels.merge(b.pixels);
  return {
    pixels: a.pixels,
    labelCounts: a.labelCounts.map((count, label) => count + b.labelCounts[label]),
    skipped: a.skipped + b.skipped,
  };
}

function requireImages({ data, splits }: ImageStatistics): void {
  for (const [name, { pixels }] of Object.entries(splits)) {
    if (pixels.images > 0) continue;
    throw new PixscaleError(data, `has no image to ${name} that can be decoded`, "replace the damaged ones");
  }
}

function readPart(path: string): PartJson {
  const refuse = (problem: string, cause?: unknown): never => {
    throw new PixscaleError(path, problem, "give what stats --shard --save wrote", { cause });
  };
  let part: PartJson;
  try {
    part = JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw fileError(path, cause);
    return refuse("is not valid JSON", cause);
  }
  if (part?.format !== FORMAT) return refuse(`is not part of statistics: it has no "format" of "${FORMAT}"`);
  if (part.version !== VERSION)
    return refuse(`has version ${JSON.stringify(part.version)}, and only ${VERSION} is known`);
  const { shard, shape, levels, classNames, splits } = part;
  const numbers = [shard?.index, shard?.count, shape?.height, shape?.width, shape?.channels];
  if (!numbers.every((value) => Number.isSafeInteger(value) && value > 0) || shard.index > shard.count) {
    return refuse("does not tell its part and shape");
  }
  if (![256, 65536].includes(levels) || !Array.isArray(classNames) || typeof splits !== "object") {
    return refuse("does not tell its classes and splits");
  }
  return part;
}

function readSplit(
  { shape, levels, classNames, splits }: PartJson,
  name: SplitName,
  path: string,
): SplitTally {
  const {
    pixels: json,
    labelCounts,
    skipped,
  } = (splits[name] ?? {}) as Partial<Record<keyof SplitTally, unknown>>;
  const pixels = PixelTally.fromJSON(json, shape, levels);
  if (pixels === undefined || !Array.isArray(labelCounts) || labelCounts.length !== classNames.length) {
    throw new PixscaleError(path, `has damaged counts of ${name}`, "measure that part again");
  }
  return { pixels, labelCounts, skipped: Number(skipped) };
}

function commonText({ data: _, splits: __, shard, ...common }: PartJson): string {
  return JSON.stringify({ ...common, parts: shard.count });
}
