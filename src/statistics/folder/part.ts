import { constants } from "node:buffer";
import type { SplitName } from "../../data/dataset.ts";
import type { ImageOptions } from "../../data/format.ts";
import { PixscaleError, UsageError } from "../../errors.ts";
import { sha256 as hash } from "../../files/hash.ts";
import { readAll, withFile } from "../../files/read.ts";
import type { Shard } from "../../shard.ts";
import { type ImageStatistics, requireImages } from "./folder-statistics.ts";
import { SplitTally } from "./split-tally.ts";

const FORMAT = "pixscale-stats-part";
const VERSION = 2;

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

/**
 * The text of a part's file.
 *
 * @throws UsageError if it would be too long
 */
export function partText({ statistics, ...rest }: Part): string {
  const json: PartJson = { format: FORMAT, version: VERSION, ...rest, ...statistics };
  try {
    return `${JSON.stringify({ ...json, sha256: checksum(json) })}\n`;
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new UsageError(
      "--axis",
      "statistics per pixel of such large images do not fit into a part",
      "use a smaller --size",
    );
  }
}

function checksum(part: PartJson): string {
  return hash(JSON.stringify(part));
}

/**
 * Puts the parts of a folder together, one after the other in memory. They hold integers only, so this gives bit for bit what
 * measuring the whole folder does.
 *
 * @param paths files of all parts, in any order; at least one
 * @param byPosition whether statistics along the axis `pixel` will be asked for
 * @throws PixscaleError if a file is no part, parts are of different folders or settings, or one is missing or there twice
 */
export async function mergeParts(
  [firstPath, ...others]: readonly string[],
  byPosition: boolean,
): Promise<ImageStatistics> {
  const first = await readPart(firstPath);
  if (byPosition && !first.byPosition) {
    throw new UsageError("--axis", "the parts hold no statistic per pixel", "measure them with --axis pixel");
  }
  const { data, shape, levels, classNames, shard } = first;
  const splits = { train: readSplit(first, "train", firstPath), test: readSplit(first, "test", firstPath) };
  const seen = new Map([[shard.part, firstPath]]);
  for (const path of others) {
    const part = await readPart(path);
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
    const some = missing.slice(0, 10).join(", ");
    const problem = `needs all ${shard.of} parts, and lacks ${some}${missing.length > 10 ? ", …" : ""}`;
    throw new PixscaleError("--merge", problem, "give the files of all parts");
  }
  return requireImages({ data, shape, levels, classNames, splits });
}

async function readPart(path: string): Promise<PartJson> {
  const refuse = (problem: string, cause?: unknown): never => {
    throw new PixscaleError(path, problem, "give what stats --shard --save wrote", { cause });
  };
  const text = await withFile(path, async (file) => {
    if (file.size > constants.MAX_STRING_LENGTH) return refuse("is too large to be part of statistics");
    return new TextDecoder().decode(await readAll(file, undefined));
  });
  let json: (PartJson & { readonly sha256: string }) | null;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    return refuse("is not valid JSON", cause);
  }
  if (json?.format !== FORMAT) return refuse(`is not part of statistics: it has no "format" of "${FORMAT}"`);
  const { sha256, ...part } = json;
  if (part.version !== VERSION)
    return refuse(`has version ${JSON.stringify(part.version)}, and only ${VERSION} is known`);
  if (checksum(part) !== sha256) return refuse("is damaged or was changed after it was written");
  return part;
}

function readSplit({ splits, classNames, ...kind }: PartJson, name: SplitName, path: string): SplitTally {
  const tally = SplitTally.fromJSON(splits[name], { ...kind, classes: classNames.length });
  if (tally !== undefined) return tally;
  throw new PixscaleError(path, `has damaged counts of ${name}`, "measure that part again");
}

function commonText({ data: _, splits: __, shard, ...common }: PartJson): string {
  return JSON.stringify({ ...common, parts: shard.of });
}
