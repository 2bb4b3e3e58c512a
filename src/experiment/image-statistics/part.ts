import { readFileSync } from "node:fs";
import type { ImageShape, SplitName } from "../../data/dataset.ts";
import { fileError } from "../../data/file.ts";
import type { ImageOptions } from "../../data/format.ts";
import { PixscaleError, UsageError } from "../../errors.ts";
import type { Shard } from "../plan.ts";
import { type ImageStatistics, requireImages } from "./image-statistics.ts";
import { SplitTally } from "./split-tally.ts";

const FORMAT = "pixscale-stats-part";
const VERSION = 1;

/** What one process or machine has counted of a folder: its statistics, and what tells which part of which whole they are. */
export interface Part {
  readonly shard: Shard;
  readonly reading: ImageOptions;
  /** Images of the whole folder. */
  readonly files: Readonly<Record<SplitName, number>>;
  readonly byPosition: boolean;
  readonly statistics: ImageStatistics;
}

/** A part in JSON. Parts of one whole have everything but `splits`, `data` and the number of the part in common. */
interface PartJson extends Omit<Part, "statistics">, Omit<ImageStatistics, "splits"> {
  readonly format: typeof FORMAT;
  readonly version: typeof VERSION;
  readonly splits: Readonly<Partial<Record<SplitName, unknown>>>;
}

/** The text of a part's file. */
export function partText({ statistics, ...rest }: Part): string {
  const json: PartJson = { format: FORMAT, version: VERSION, ...rest, ...statistics };
  return `${JSON.stringify(json)}\n`;
}

/**
 * Puts the parts of a folder together, one after the other in memory. They hold integers only, so this gives bit for bit what
 * measuring the whole folder does.
 *
 * @param paths files of all parts, in any order; at least one
 * @param byPosition whether statistics along the axis `pixel` will be asked for
 * @throws PixscaleError if a file is no part, parts are of different folders or settings, or one is missing or there twice
 */
export function mergeParts([firstPath, ...others]: readonly string[], byPosition: boolean): ImageStatistics {
  const first = readPart(firstPath);
  if (byPosition && !first.byPosition) {
    throw new UsageError("--axis", "the parts hold no statistic per pixel", "measure them with --axis pixel");
  }
  const { data, shape, levels, classNames, shard } = first;
  const splits = { train: readSplit(first, "train", firstPath), test: readSplit(first, "test", firstPath) };
  const seen = new Map([[shard.part, firstPath]]);
  for (const path of others) {
    const part = readPart(path);
    if (commonText(part) !== commonText(first)) {
      const problem = `is of other images or settings than ${firstPath}`;
      throw new PixscaleError(path, problem, "merge the parts of one folder");
    }
    const twin = seen.get(part.shard.part);
    if (twin !== undefined) {
      throw new PixscaleError(path, `is part ${part.shard.part}, as ${twin} is`, "give each part once");
    }
    seen.set(part.shard.part, path);
    for (const name of ["train", "test"] as const) splits[name].merge(readSplit(part, name, path));
  }
  const missing = Array.from({ length: shard.of }, (_, i) => i + 1).filter((part) => !seen.has(part));
  if (missing.length > 0) {
    const problem = `needs all ${shard.of} parts, and lacks ${missing.join(", ")}`;
    throw new PixscaleError("--merge", problem, "give the files of all parts");
  }
  return requireImages({ data, shape, levels, classNames, splits });
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
  if (![shard?.part, shard?.of].every(isPositive) || shard.part > shard.of || !isShape(shape)) {
    return refuse("does not tell its part and shape");
  }
  if (![256, 65536].includes(levels) || !Array.isArray(classNames) || typeof splits !== "object") {
    return refuse("does not tell its classes and splits");
  }
  return part;
}

function isShape({ height, width, channels }: Partial<ImageShape> = {}): boolean {
  return [height, width, channels].every(isPositive);
}

function isPositive(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) > 0;
}

function readSplit({ splits, classNames, ...kind }: PartJson, name: SplitName, path: string): SplitTally {
  const tally = SplitTally.fromJSON(splits[name], { ...kind, classes: classNames.length });
  if (tally !== undefined) return tally;
  throw new PixscaleError(path, `has damaged counts of ${name}`, "measure that part again");
}

function commonText({ data: _, splits: __, shard, ...common }: PartJson): string {
  return JSON.stringify({ ...common, parts: shard.of });
}
