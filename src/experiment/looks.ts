import { existsSync } from "node:fs";
import { join } from "node:path";
import { PixscaleError } from "../errors.ts";
import { jsonText, readJsonSync } from "../files/json.ts";
import { writeFiles } from "../files/write.ts";

/** Holds with how many seeds answers were shown: whoever adds seeds after looking needs intervals that allow for it. */
export const LOOKS_FILE = "looks.json";

const LOOKS_FORMAT = "pixscale-looks";

interface Looks {
  readonly format: typeof LOOKS_FORMAT;
  readonly version: 1;
  /** Ascending. */
  readonly seeds: readonly number[];
}

/** Fewest seeds with which an answer was shown; undefined if none was. @throws PixscaleError if the file is damaged */
export function firstLook(folder: string): number | undefined {
  return readLooks(folder)[0];
}

/**
 * Records that an answer was shown. One seed gives no verdict, so it is no look.
 *
 * @throws PixscaleError if the folder cannot be written
 */
export function recordLook(folder: string, seeds: number): void {
  const before = readLooks(folder);
  if (seeds < 2 || before.includes(seeds)) return;
  const looks: Looks = {
    format: LOOKS_FORMAT,
    version: 1,
    seeds: [...before, seeds].sort((a, b) => a - b),
  };
  writeFiles(new Map([[join(folder, LOOKS_FILE), jsonText(looks)]]));
}

function readLooks(folder: string): readonly number[] {
  const file = join(folder, LOOKS_FILE);
  if (!existsSync(file)) return [];
  const { format, seeds } = (readJsonSync(file) ?? {}) as Partial<Looks>;
  const isWhole = (count: unknown) => Number.isSafeInteger(count) && (count as number) >= 2;
  if (format !== LOOKS_FORMAT || !Array.isArray(seeds) || !seeds.every(isWhole)) {
    const remedy = "delete the folder and train again, or restore the file: verdicts depend on it";
    throw new PixscaleError(file, "not the record of the answers shown", remedy);
  }
  return seeds;
}
