import { totalmem } from "node:os";
import { dirname, join } from "node:path";
import { PixscaleError, setting } from "../../errors.ts";
import { bytesText } from "../../files/bytes-text.ts";
import type { Splits } from "../dataset.ts";
import type { DataOptions, Format, Place, ReadObserver } from "../format.ts";
import { readSource } from "../source.ts";
import { readStored, storedBytes } from "../stored-split.ts";
import { cacheFolder } from "./cache-folder.ts";
import { cacheKey } from "./cache-key.ts";
import {
  type CachedData,
  newEntry,
  openCached,
  type Reports,
  sourceBytes,
  writeCached,
} from "./cached-data.ts";

/** Decoding less than this takes no time that people notice. */
const WORTH_CACHING = 64 << 20;
/** What the data may take of the memory: training needs some too. */
const SHARE_OF_MEMORY = 1 / 4;

/** The bytes of pixels that are kept in memory by default. */
function defaultMaxMemory(): number {
  // In a container, its limit; a number near 2^64 means none.
  const limit = process.constrainedMemory?.() || Number.POSITIVE_INFINITY;
  return Math.floor(Math.min(totalmem(), limit) * SHARE_OF_MEMORY);
}

/**
 * Reads a dataset into memory if it fits, else into the cache on disk. Images that were decoded are kept in the cache too, so
 * that they are decoded once.
 *
 * @param name the data as the user wrote it
 * @throws PixscaleError if the data are bad, or neither fit into memory nor may be cached
 */
export async function openSplits(
  name: string,
  format: Format,
  place: Place,
  options: DataOptions,
): Promise<Splits> {
  const { cache = true, maxMemory = defaultMaxMemory(), observer = {} } = options;
  const isDecoded = format.findImages !== undefined;
  const entry = async () => join(cacheFolder(), await cacheKey(place.path, format.name, options));
  if (cache && isDecoded) {
    const cached = await openCached(await entry());
    if (cached !== undefined) return use(cached, maxMemory, observer);
  }
  const { recorder, reports } = recording(observer);
  const source = await format.open(place, { ...options, observer: recorder });
  const bytes = sourceBytes(source);
  const fits = bytes <= maxMemory;
  if (fits && !(cache && isDecoded && bytes >= WORTH_CACHING)) return readSource(source);
  if (!cache) {
    const problem = `its pixels take ${bytesText(bytes)}, more than the ${bytesText(maxMemory)} of memory that data may take`;
    const remedy = `leave out ${setting("cache")}, or choose a larger ${setting("maxMemory")} or smaller images`;
    throw new PixscaleError(place.path, problem, remedy);
  }
  const folder = await entry();
  // Data that are not decoded may be there too.
  const earlier = isDecoded ? undefined : await openCached(folder);
  if (earlier !== undefined) return use(earlier, maxMemory, {});
  const unfinished = await newEntry(folder, bytes).catch((error: PixscaleError) => {
    if (!fits) throw error;
    observer.onNote?.(`${error.problem}, so the next command decodes the images again`);
  });
  if (unfinished === undefined) return readSource(source);
  observer.onNote?.(`writing ${bytesText(bytes)} of pixels to the cache, ${dirname(folder)}`);
  await writeCached(unfinished, name, source, reports);
  const written = await openCached(folder);
  if (written === undefined) throw new PixscaleError(folder, "changed while it was written", "try again");
  return use(written, maxMemory, {});
}

/** Reports what was reported when the data were decoded, and loads what fits. */
async function use(
  { splits, reports }: CachedData,
  maxMemory: number,
  observer: ReadObserver,
): Promise<Splits> {
  for (const note of reports.notes) observer.onNote?.(note);
  for (const [path, reason] of reports.skipped) observer.onSkipped?.(path, reason);
  return storedBytes(splits) <= maxMemory ? readStored(splits) : splits;
}

/** Passes reports on, and keeps them. */
function recording(observer: ReadObserver): { readonly recorder: ReadObserver; readonly reports: Reports } {
  const notes: string[] = [];
  const skipped: [string, string][] = [];
  const recorder: ReadObserver = {
    ...observer,
    onNote(note) {
      notes.push(note);
      observer.onNote?.(note);
    },
    onSkipped(path, reason) {
      skipped.push([path, reason]);
      observer.onSkipped?.(path, reason);
    },
  };
  return { recorder, reports: { notes, skipped } };
}
