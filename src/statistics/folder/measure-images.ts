import { availableParallelism } from "node:os";
import type { DataOptions, ReadObserver } from "../../data/format.ts";
import { DamageReport } from "../../data/images/damage.ts";
import { addIgnored, pixelNotes } from "../../data/images/ignored.ts";
import type { ImageKind } from "../../data/images/image-decoder.ts";
import { type ImageFiles, type ImageSet, shardOfFiles } from "../../data/images/image-files.ts";
import { resolveReading } from "../../data/images/reading.ts";
import type { Shard } from "../../shard.ts";
import { groupCount } from "../axis.ts";
import type { ImageCounter } from "./counter.ts";
import { withCounters } from "./counters.ts";
import { requireImages } from "./folder-statistics.ts";
import type { Part } from "./part.ts";
import { SplitTally, type TallyKind, type Weight } from "./split-tally.ts";
import { CHUNK, spread } from "./spread.ts";

/**
 * Counts the pixels of encoded images, or of a shard of them, with one thread per core. In memory are only the file names of one
 * class and, to split the images, a byte per image.
 *
 * @param data names them in errors
 * @param count whether to count for the axis `pixel` too, and how images of several sizes weigh
 * @throws PixscaleError as loading the folder does
 */
export async function measureImages(
  all: ImageSet,
  data: string,
  { format: _, observer = {}, ...reading }: DataOptions,
  shard: Shard,
  { byPosition, weight }: { readonly byPosition: boolean; readonly weight: Weight },
): Promise<Part> {
  for (const note of [...all.notes, ...all.leftOut]) observer.onNote?.(note);
  const mine = { train: shardOfFiles(all.train, shard), test: shardOfFiles(all.test, shard) };
  const chunks = Math.ceil(Math.max(mine.train.count, mine.test.count) / CHUNK);
  const threads = Math.min(availableParallelism(), Math.max(1, chunks));
  const { classNames } = all;
  const classes = classNames?.length ?? 1;
  const kindOf = ({ shape, levels }: ImageKind): TallyKind => {
    if (byPosition) groupCount("pixel", shape);
    return {
      channels: shape.channels,
      levels,
      classes,
      positions: byPosition ? shape : undefined,
      weight,
    };
  };
  return withCounters(threads, all.train, reading, kindOf, async (counters, kind) => {
    const damage = new DamageReport({ ...reading, observer }, all.leftOut);
    const splits = {
      train: await countSplit(counters, mine.train, kind, damage, observer),
      test: await countSplit(counters, mine.test, kind, damage, observer),
    };
    damage.check();
    const ignored = addIgnored(splits.train.ignored, splits.test.ignored);
    for (const note of pixelNotes(resolveReading(reading), ignored)) observer.onNote?.(note);
    const statistics = {
      data,
      reading,
      channels: kind.channels,
      levels: kind.levels,
      classes,
      isLabelled: classNames !== undefined,
      classNames,
      positions: kind.positions,
      weight,
      splits,
    };
    if (shard.of === 1) requireImages(statistics);
    const files = { train: all.train.count, test: all.test.count };
    return { shard, files, statistics };
  });
}

async function countSplit(
  counters: readonly ImageCounter[],
  files: ImageFiles,
  kind: TallyKind,
  damage: DamageReport,
  observer: ReadObserver,
): Promise<SplitTally> {
  let done = 0;
  await spread(counters, files, async (counter, chunk) => {
    for (const damaged of await counter.count(chunk)) damage.add(damaged);
    done += chunk.length;
    observer.onImages?.(done, files.count);
  });
  const tally = new SplitTally(kind);
  for (const counter of counters) tally.merge(await counter.takeTally());
  return tally;
}
