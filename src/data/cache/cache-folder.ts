import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { oneLine, PixscaleError } from "../../errors.ts";
import { readJsonSync } from "../../files/json.ts";

/** Describes an entry; the other files of its folder are the pixels and labels of each split. */
export const DOCUMENT = "data.json";
/** The folder of an entry that is being written ends in this. */
export const UNFINISHED = ".tmp";

/** An entry of the cache: a dataset as it was read once. */
export interface CacheEntry {
  readonly path: string;
  /** As the user wrote it; undefined if the entry is unfinished or damaged. */
  readonly data: string | undefined;
  readonly bytes: number;
  /** When it was written. */
  readonly written: Date;
}

/** Where decoded datasets are kept: `pixscale` in `$XDG_CACHE_HOME`, by default in `~/.cache`. */
export function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "pixscale", "data");
}

/** All entries, the newest first. @throws PixscaleError if the folder cannot be read */
export function listCache(folder: string = cacheFolder()): CacheEntry[] {
  if (!existsSync(folder)) return [];
  try {
    const entries = readdirSync(folder).map((name) => entryAt(join(folder, name)));
    return entries.sort((a, b) => b.written.getTime() - a.written.getTime());
  } catch (cause) {
    throw unusable(folder, cause);
  }
}

/** Removes entries. @throws PixscaleError if one cannot be removed */
export function removeEntries(entries: readonly Pick<CacheEntry, "path">[]): void {
  for (const { path } of entries) {
    try {
      rmSync(path, { recursive: true, force: true });
    } catch (cause) {
      throw unusable(path, cause);
    }
  }
}

function entryAt(path: string): CacheEntry {
  const info = statSync(path);
  const files = info.isDirectory() ? readdirSync(path).map((name) => statSync(join(path, name)).size) : [];
  return {
    path,
    data: dataOf(path),
    bytes: files.reduce((sum, size) => sum + size, 0),
    written: info.mtime,
  };
}

function dataOf(path: string): string | undefined {
  if (path.endsWith(UNFINISHED)) return undefined;
  try {
    const { data } = readJsonSync(join(path, DOCUMENT)) as { readonly data?: unknown };
    return typeof data === "string" ? data : undefined;
  } catch {
    return undefined;
  }
}

/** The cache is only a help, so its errors say how to do without it. */
export function unusable(path: string, cause: unknown): PixscaleError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const problem = `the cache cannot be used (${oneLine(code ?? message)})`;
  return new PixscaleError(path, problem, "set XDG_CACHE_HOME to another folder", { cause });
}
