import { existsSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { checkChecksum, withChecksum } from "../files/checked-json.ts";
import { jsonText, readJsonSync } from "../files/json.ts";
import { requireSchema, whole } from "../files/schema.ts";
import { writeFiles } from "../files/write.ts";

/** Holds with how many seeds answers were shown: whoever adds seeds after looking needs intervals that allow for it. */
export const LOOKS_FILE = "looks.json";

const LOOKS_FORMAT = "pixscale-looks";

const schema = v.object({
  format: v.literal(LOOKS_FORMAT),
  version: v.literal(1),
  /** Ascending. */
  seeds: v.array(whole(2)),
});

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
  const looks: v.InferOutput<typeof schema> = {
    format: LOOKS_FORMAT,
    version: 1,
    seeds: [...before, seeds].sort((a, b) => a - b),
  };
  writeFiles(new Map([[join(folder, LOOKS_FILE), jsonText(withChecksum(looks))]]));
}

/** With how many seeds answers were shown, ascending. @throws PixscaleError if the file is damaged */
export function readLooks(folder: string): readonly number[] {
  const file = join(folder, LOOKS_FILE);
  if (!existsSync(file)) return [];
  const remedy = "delete the folder and train again, or restore the file: verdicts depend on it";
  const document = checkChecksum(readJsonSync(file), file, remedy);
  return requireSchema(schema, document, { path: file, what: "the record of the answers shown", remedy })
    .seeds;
}
