import { createHash } from "node:crypto";
import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileError } from "../../files/read.ts";
import { VERSION } from "../../version.ts";
import type { DataOptions, FormatName } from "../format.ts";

/** Files whose size and time are asked for at once. */
const AT_ONCE = 64;
/** Runs, written beside the data, are no data. */
const RUNS = "pixscale-runs";

/**
 * Names the data at a path as read with some options: SHA-256 of the options and of the name, size and time of change of each file.
 * Hidden files and those of finished runs do not count.
 *
 * @throws PixscaleError if a folder cannot be read
 */
export async function cacheKey(path: string, format: FormatName, options: DataOptions): Promise<string> {
  const { observer: _, cache: __, maxMemory: ___, format: ____, ...reading } = options;
  const hash = createHash("sha256");
  hash.update(JSON.stringify([VERSION, format, resolve(path), sorted(reading)]));
  for await (const line of fileLines(path)) hash.update(`${line}\n`);
  if (reading.labels !== undefined)
    for await (const line of fileLines(reading.labels)) hash.update(`${line}\n`);
  return hash.digest("hex").slice(0, 32);
}

function sorted(options: object): unknown[] {
  return Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** A line for each file at or below a path, in the order of names. */
async function* fileLines(path: string, seen: Set<string> = new Set()): AsyncGenerator<string> {
  try {
    const info = await stat(path, { bigint: true });
    if (!info.isDirectory()) {
      yield `${path} ${info.size} ${info.mtimeNs}`;
      return;
    }
    // A link may point to a folder that contains it.
    const place = `${info.dev} ${info.ino}`;
    if (seen.has(place)) return;
    seen.add(place);
    const names = (await readdir(path)).filter((name) => !name.startsWith(".") && name !== RUNS).sort();
    for (let first = 0; first < names.length; first += AT_ONCE) {
      const some = names.slice(first, first + AT_ONCE).map((name) => join(path, name));
      // A dangling link has nothing to read.
      const infos = await Promise.all(
        some.map((each) => stat(each, { bigint: true }).catch(() => undefined)),
      );
      for (const [i, found] of infos.entries()) {
        if (found?.isDirectory()) yield* fileLines(some[i], seen);
        else if (found !== undefined) yield `${some[i]} ${found.size} ${found.mtimeNs}`;
      }
    }
  } catch (error) {
    throw fileError(path, error);
  }
}
