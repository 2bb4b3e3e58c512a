import { setImmediate } from "node:timers/promises";
import { firstKind, type ImageKind, imageKind } from "../../data/images/image-decoder.ts";
import type { ImageFiles } from "../../data/images/image-files.ts";
import type { ImageOptions } from "../../data/images/image-options.ts";
import { Counter, type ImageCounter } from "./counter.ts";
import { CountingThread } from "./counting-thread.ts";
import type { TallyKind } from "./split-tally.ts";

/**
 * Counts with so many threads, of which this is one.
 *
 * @param files whose first image says what kind all are: in a shard those of the whole folder, so that all shards agree
 * @param kindOf what to count, by that kind
 */
export async function withCounters<Result>(
  threads: number,
  files: ImageFiles,
  reading: ImageOptions,
  kindOf: (found: ImageKind) => TallyKind,
  work: (counters: readonly ImageCounter[], kind: TallyKind) => Promise<Result>,
): Promise<Result> {
  const others: CountingThread[] = [];
  try {
    while (others.length + 1 < threads) others.push(new CountingThread());
    const kind = kindOf(await firstKind(files, (file) => imageKind(file, reading)));
    const begun = Promise.all(others.map((other) => other.begin(kind, reading)));
    // Threads take orders before they have started; if one cannot start, its first order fails too.
    begun.catch(() => {});
    // Between images, this thread hands out work and notices signals.
    return await work([new Counter(kind, reading, () => setImmediate()), ...others], kind);
  } finally {
    await Promise.all(others.map((other) => other.close()));
  }
}
