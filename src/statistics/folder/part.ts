import { SPLITS, type SplitName } from "../../data/dataset.ts";
import { oneLine, PixscaleError, setting, UsageError } from "../../errors.ts";
import { sha256 as hash } from "../../files/hash.ts";
import { readJson } from "../../files/json.ts";
import type { Shard } from "../../shard.ts";
import { type FolderStatistics, requireImages } from "./folder-statistics.ts";
import { SplitTally } from "./split-tally.ts";

const FORMAT = "pixscale-stats-part";
const VERSION = 5;

/** The counts of one shard of a folder, and the settings that all shards of it must share. */
export interface Part {
  readonly shard: Shard;
  /** Number of images in the whole folder. */
  readonly files: Readonly<Record<SplitName, number>>;
  readonly statistics: FolderStatistics;
}

/** A part as JSON. The parts of one folder agree in everything but `splits`, `data` and the number of the part. */
interface PartJson extends Omit<Part, "statistics">, Omit<FolderStatistics, "splits"> {
  readonly format: typeof FORMAT;
  readonly version: typeof VERSION;
  readonly splits: Readonly<Partial<Record<SplitName, unknown>>>;
}

/**
 * The content of a part file.
 *
 * @throws UsageError if it would be too long for a string
 */
export function partText({ statistics, ...rest }: Part): string {
  const json: PartJson = { format: FORMAT, version: VERSION, ...rest, ...statistics };
  try {
    return `${JSON.stringify({ ...json, sha256: checksum(json) })}\n`;
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    const problem = "per-pixel statistics of such large images do not fit in a part file";
    throw new UsageError(setting("axis"), problem, `use a smaller ${setting("size")}`);
  }
}

function checksum(part: PartJson): string {
  return hash(JSON.stringify(part));
}

/**
 * Merges the parts of a folder, with one part in memory at a time. They contain only integers, so the result equals measuring
 * the whole folder, bit for bit.
 *
 * @param paths files of all parts, in any order; at least one
 * @param byPosition whether the axis `pixel` is needed
 * @throws PixscaleError if a file is not a part, folders or settings differ, or a part is missing or listed twice
 * @throws UsageError if `byPosition` and the parts have no per-pixel statistics
 */
export async function mergeParts(
  [firstPath, ...others]: readonly string[],
  byPosition: boolean,
): Promise<FolderStatistics> {
  const first = await readPart(firstPath);
  if (byPosition && first.positions === undefined) {
    const remedy = `measure them again with ${setting("axis", "pixel")}`;
    throw new UsageError(setting("axis"), "the parts have no per-pixel statistics", remedy);
  }
  const { format: _, version: __, files: ___, shard, splits: ____, ...common } = first;
  const splits = { train: readSplit(first, "train", firstPath), test: readSplit(first, "test", firstPath) };
  const seen = new Map([[shard.part, firstPath]]);
  for (const path of others) {
    const part = await readPart(path);
    if (commonText(part) !== commonText(first)) {
      const problem = `images or settings differ from those of "${firstPath}"`;
      throw new PixscaleError(path, problem, "merge the parts of one folder");
    }
    const twin = seen.get(part.shard.part);
    if (twin !== undefined) {
      const problem = `part ${part.shard.part}, like "${twin}"`;
      throw new PixscaleError(path, problem, "list each part once");
    }
    seen.set(part.shard.part, path);
    for (const name of SPLITS) splits[name].merge(readSplit(part, name, path));
  }
  const missing = Array.from({ length: shard.of }, (_, i) => i + 1).filter((part) => !seen.has(part));
  if (missing.length > 0) {
    const some = missing.slice(0, 10).join(", ");
    const problem = `missing part${missing.length > 1 ? "s" : ""} ${some}${missing.length > 10 ? ", …" : ""} of ${shard.of}`;
    throw new PixscaleError(setting("merge"), problem, "list the files of all parts");
  }
  return requireImages({ ...common, splits });
}

async function readPart(path: string): Promise<PartJson> {
  const refuse = (problem: string): never => {
    throw new PixscaleError(path, problem, `use a file written with ${setting("shard")}`);
  };
  const json = (await readJson(path)) as (PartJson & { readonly sha256: string }) | null;
  if (json?.format !== FORMAT) return refuse(`not a part of statistics (its format is not "${FORMAT}")`);
  const { sha256, ...part } = json;
  if (part.version !== VERSION) {
    const found = oneLine(String(part.version));
    return refuse(`version "${found}" of the part format, but only "${VERSION}" is supported`);
  }
  if (checksum(part) !== sha256) return refuse("damaged, or changed after it was written");
  return part;
}

function readSplit({ splits, ...kind }: PartJson, name: SplitName, path: string): SplitTally {
  const tally = SplitTally.fromJSON(splits[name], kind);
  if (tally !== undefined) return tally;
  throw new PixscaleError(path, `damaged counts of ${name}`, "measure this part again");
}

function commonText({ data: _, splits: __, shard, ...common }: PartJson): string {
  return JSON.stringify({ ...common, parts: shard.of });
}
