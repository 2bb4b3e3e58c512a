import { Option } from "commander";
import { UsageError } from "../../errors.ts";
import { parseNumber } from "../../scaling/number.ts";
import type { Shard } from "../../shard.ts";
import { AXES } from "../../statistics/axis.ts";
import { BACKENDS } from "../../training/settings.ts";

/** Bounds of a number on the command line. */
interface Bounds {
  readonly least?: number;
  /** The number must be larger than this. */
  readonly above?: number;
  /** The number must be smaller than this. */
  readonly below?: number;
  readonly most?: number;
}

/** An option that takes a number or fraction. */
export function numberOption(flags: string, description: string, bounds: Bounds = {}): Option {
  return new Option(flags, description).argParser((text: string) => {
    const value = parseNumber(text);
    if (value === undefined || !within(value, bounds))
      throw wrongNumber(flags, text, `a number${describe(bounds)}`);
    return value;
  });
}

/** An option that takes a whole number. */
export function integerOption(flags: string, description: string, bounds: Bounds = { least: 1 }): Option {
  return new Option(flags, description).argParser((text: string) => {
    const value = parseNumber(text);
    if (value === undefined || !Number.isSafeInteger(value) || !within(value, bounds)) {
      throw wrongNumber(flags, text, `a whole number${describe(bounds)}`);
    }
    return value;
  });
}

/** An option that takes one of some words. */
export function choiceOption(flags: string, description: string, choices: readonly string[]): Option {
  return new Option(flags, `${description} (${choices.join(", ")})`).argParser((text: string) => {
    if (!choices.includes(text)) {
      throw new UsageError(flagName(flags), `"${text}" is not known`, `use one of ${choices.join(", ")}`);
    }
    return text;
  });
}

/** An option that takes the path of a file or folder. */
export function pathOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text: string) => {
    if (text === "") throw new UsageError(flagName(flags), "the path is empty", "give a file or folder");
    return text;
  });
}

export const axisOption = () =>
  choiceOption("--axis <axis>", "what one statistic covers", AXES).default("global");
export const batchSizeOption = () => integerOption("--batch-size <n>", "images per batch").default(64);
export const seedOption = () =>
  integerOption("--seed <n>", "seed of everything random", { least: 0 }).default(0);
export const backendOption = () =>
  choiceOption("--backend <name>", "what computes", BACKENDS).default("wasm");
export const threadsOption = () =>
  integerOption("--threads <n>", "threads that compute (default: one a core, at most 8)", {
    least: 1,
    most: 64,
  });

const MAX_SHARDS = 100_000;

/** An option such as `--shard 2/5`, the second of five parts. */
export function shardOption(description: string): Option {
  return new Option("--shard <i/n>", description).argParser((text: string): Shard => {
    const [part, of] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).slice(1).map(Number);
    if (part >= 1 && part <= of && of <= MAX_SHARDS) return { part, of };
    const remedy = `give i/n with i from 1 to n, and n up to ${MAX_SHARDS}`;
    throw new UsageError("--shard", `"${text}" is not a part such as 2/5`, remedy);
  });
}

function flagName(flags: string): string {
  return flags.replace(/^-\w, /, "").split(" ")[0];
}

function within(value: number, { least, above, below, most }: Bounds): boolean {
  return (
    (least === undefined || value >= least) &&
    (above === undefined || value > above) &&
    (below === undefined || value < below) &&
    (most === undefined || value <= most)
  );
}

function describe({ least, above, below, most }: Bounds): string {
  const parts = [
    least === undefined ? [] : [`of at least ${least}`],
    above === undefined ? [] : [`above ${above}`],
    below === undefined ? [] : [`below ${below}`],
    most === undefined ? [] : [`at most ${most}`],
  ].flat();
  return parts.length === 0 ? "" : ` ${parts.join(" and ")}`;
}

function wrongNumber(flags: string, text: string, wanted: string): UsageError {
  return new UsageError(flagName(flags), `"${text}" is not ${wanted}`, "give one");
}
