import { Option } from "commander";
import { UsageError } from "../../errors.ts";
import { parseNumber } from "../../scaling/number.ts";
import { parseNumbers } from "../../scaling/steps/given-numbers.ts";
import type { Shard } from "../../shard.ts";
import { AXES } from "../../statistics/axis.ts";
import { BACKENDS, TRAIN_DEFAULTS } from "../../training/settings.ts";

/** Bounds of a number on the command line. */
export interface Bounds {
  readonly least?: number;
  /** The number must be larger than this. */
  readonly above?: number;
  /** The number must be smaller than this. */
  readonly below?: number;
  readonly most?: number;
}

/** An option that takes a number or fraction, and a percentage if it asks for a part of something: a number up to 1. */
export function numberOption(flags: string, description: string, bounds: Bounds = {}): Option {
  return new Option(flags, description).argParser((text: string) => numberIn(flagName(flags), text, bounds));
}

/** An option that takes a number or fraction, or one for each channel. */
export function numbersOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text: string) => {
    const numbers = parseNumbers(text);
    if (numbers !== undefined) return numbers;
    const problem = `must be a number, or one a channel joined by ":" (got "${text}")`;
    throw new UsageError(flagName(flags), problem, "write 0.5 or 0.485:0.456:0.406");
  });
}

/** An option that takes a whole number. */
export function integerOption(flags: string, description: string, bounds: Bounds = { least: 1 }): Option {
  return new Option(flags, description).argParser((text: string) => integerIn(flagName(flags), text, bounds));
}

/** An option that takes one of some words. */
export function choiceOption(flags: string, description: string, choices: readonly string[]): Option {
  return new ChoiceOption(flags, description, choices);
}

/** An option that takes one of some words, which shells complete. */
export class ChoiceOption extends Option {
  readonly words: readonly string[];

  constructor(flags: string, description: string, words: readonly string[]) {
    super(flags, `${description} (${words.join(", ")})`);
    this.words = words;
    this.argParser((text: string) => oneOf(flagName(flags), text, words));
  }
}

/** An option that takes the path of a file or folder. */
export function pathOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text: string) => {
    if (text === "") throw new UsageError(flagName(flags), "the path is empty", "name a file or folder");
    return text;
  });
}

/** Reads a number or fraction, or a percentage of a part. @throws UsageError if it is none, or out of bounds */
export function numberIn(flag: string, text: string, bounds: Bounds): number {
  const isPercentage = isPart(bounds) && text.endsWith("%");
  const number = parseNumber(isPercentage ? text.slice(0, -1).trimEnd() : text);
  // 99.9 / 100 is not the double nearest to 0.999.
  const value = isPercentage && number !== undefined ? Number((number / 100).toPrecision(15)) : number;
  if (value !== undefined && within(value, bounds)) return value;
  throw wrongNumber(flag, text, "number", bounds);
}

/** Reads a whole number. @throws UsageError if it is none, or out of bounds */
export function integerIn(flag: string, text: string, bounds: Bounds): number {
  const value = parseNumber(text);
  if (value !== undefined && Number.isSafeInteger(value) && within(value, bounds)) return value;
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw new UsageError(flag, `must be at most 2^53 - 1 (got "${text}")`, "choose a smaller number");
  }
  throw wrongNumber(flag, text, "whole number", bounds);
}

/** Reads one of some words. @throws UsageError if it is another */
export function oneOf<Choice extends string>(flag: string, text: string, choices: readonly Choice[]): Choice {
  const choice = choices.find((known) => known === text);
  if (choice !== undefined) return choice;
  throw new UsageError(flag, `"${text}" is not a choice`, `use one of ${choices.join(", ")}`);
}

export const axisOption = () =>
  choiceOption("--axis <axis>", "compute statistics over all values, per channel or per pixel", AXES).default(
    TRAIN_DEFAULTS.axis,
  );
export const batchSizeOption = () =>
  integerOption("--batch-size <n>", "images per batch").default(TRAIN_DEFAULTS.batchSize);
export const seedOption = () =>
  integerOption("--seed <n>", "seed of everything random", { least: 0 }).default(TRAIN_DEFAULTS.seed);
export const backendOption = () =>
  choiceOption("--backend <name>", "compute backend", BACKENDS).default(TRAIN_DEFAULTS.backend);
export const threadsOption = () =>
  integerOption("--threads <n>", "compute threads (default: one per core, at most 8)", {
    least: 1,
    most: 64,
  });

const MAX_SHARDS = 100_000;

/** An option such as `--shard 2/5`, the second of five shards. */
export function shardOption(description: string): Option {
  return new Option("--shard <i/n>", description).argParser((text: string): Shard => {
    const [part, of] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).slice(1).map(Number);
    if (part >= 1 && part <= of && of <= MAX_SHARDS) return { part, of };
    const remedy = `use i/n with i from 1 to n, and n up to ${MAX_SHARDS}`;
    throw new UsageError("--shard", `must be a shard such as 2/5 (got "${text}")`, remedy);
  });
}

function flagName(flags: string): string {
  return flags.replace(/^-\w, /, "").split(" ")[0];
}

function isPart({ below, most }: Bounds): boolean {
  return below === 1 || most === 1;
}

function within(value: number, { least, above, below, most }: Bounds): boolean {
  return (
    (least === undefined || value >= least) &&
    (above === undefined || value > above) &&
    (below === undefined || value < below) &&
    (most === undefined || value <= most)
  );
}

function wrongNumber(flag: string, text: string, what: string, bounds: Bounds): UsageError {
  const { least, above, below, most } = bounds;
  const limits = [
    above === undefined ? [] : [` above ${above}`],
    least === undefined ? [] : [most === undefined ? `, ${least} or more` : ` from ${least} to ${most}`],
    below === undefined ? [] : [` below ${below}`],
    most === undefined || least !== undefined ? [] : [` at most ${most}`],
  ].flat();
  const problem = `must be a ${what}${limits.join(" and")} (got "${text}")`;
  const remedy = what === "number" && isPart(bounds) ? "use a part such as 0.2 or 20%" : "change the value";
  return new UsageError(flag, problem, remedy);
}
