import { randomBytes } from "node:crypto";
import { openSync, rmSync } from "node:fs";
import { type FileHandle, mkdir, open, readFile, rename, rm, statfs, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { crc32 } from "node:zlib";
import { PixscaleError } from "../../errors.ts";
import { bytesText } from "../../files/bytes-text.ts";
import { bytesOf, sha256 } from "../../files/hash.ts";
import { jsonText, parseJson } from "../../files/json.ts";
import { readBytes, withFile } from "../../files/read.ts";
import {
  bytesPerValue,
  imageSize,
  type Labels,
  type PixelType,
  type Splits,
  type SplitsInfo,
  type StoredSplit,
} from "../dataset.ts";
import type { DataSource, SplitSource } from "../source.ts";
import { DOCUMENT, UNFINISHED, unusable } from "./cache-folder.ts";

const FORMAT = "pixscale-cache";
const VERSION = 1;
const SPLIT_NAMES = ["train", "test", "validation"] as const;
type Name = (typeof SPLIT_NAMES)[number];

/** What reading the data reported, to be reported again. */
export interface Reports {
  readonly notes: readonly string[];
  readonly skipped: readonly (readonly [path: string, reason: string])[];
}

/** An entry of the cache as its document describes it. */
interface CacheDocument extends SplitsInfo, Reports {
  readonly format: typeof FORMAT;
  readonly version: typeof VERSION;
  /** As the user wrote it. */
  readonly data: string;
  readonly splits: { readonly [Split in Name]?: StoredDescription };
}

interface StoredDescription extends Pick<StoredSplit, "shape" | "count"> {
  readonly type: PixelType;
  readonly labelBytes: 1 | 2;
  /** SHA-256 of the file of checksums and labels. */
  readonly sha256: string;
}

/** A dataset in the cache. */
export interface CachedData {
  readonly splits: Splits<StoredSplit>;
  readonly reports: Reports;
}

/**
 * Opens an entry and checks all of it but the pixels, which are checked when they are read.
 *
 * @returns undefined if there is no such entry, or it is damaged
 */
export async function openCached(folder: string): Promise<CachedData | undefined> {
  const document = await readDocument(folder);
  if (document === undefined) return undefined;
  const { splits: described, notes, skipped, format: _, version: __, data: ___, ...info } = document;
  const found: { [Split in Name]?: StoredSplit } = {};
  for (const name of SPLIT_NAMES) {
    const each = described[name];
    if (each === undefined) continue;
    const split = await openSplit(folder, name, each);
    if (split === undefined) return undefined;
    found[name] = split;
  }
  const { train, test, validation } = found;
  if (train === undefined || test === undefined) return undefined;
  return { splits: { train, test, ...(validation && { validation }), ...info }, reports: { notes, skipped } };
}

async function readDocument(folder: string): Promise<CacheDocument | undefined> {
  try {
    const path = join(folder, DOCUMENT);
    const { sha256: sum, ...document } = parseJson(await readFile(path), path) as CacheDocument & {
      sha256: string;
    };
    const isWhole = document.format === FORMAT && document.version === VERSION && checksum(document) === sum;
    return isWhole ? document : undefined;
  } catch {
    return undefined;
  }
}

function checksum(document: CacheDocument): string {
  return sha256(JSON.stringify(document));
}

async function openSplit(
  folder: string,
  name: Name,
  described: StoredDescription,
): Promise<StoredSplit | undefined> {
  const { shape, count, type, labelBytes } = described;
  const path = join(folder, `${name}.pixels`);
  try {
    const index = await readBytes(join(folder, `${name}.index`));
    const size = await withFile(path, async (file) => file.size);
    if (sha256(index) !== described.sha256 || size !== count * imageSize(shape) * bytesPerValue(type))
      return undefined;
    const { buffer } = index.slice();
    const LabelArray = labelBytes === 1 ? Uint8Array : Uint16Array;
    return {
      stored: { path, fd: openSync(path, "r"), type, checksums: new Uint32Array(buffer, 0, count) },
      labels: new LabelArray(buffer, 4 * count, count),
      count,
      shape,
    };
  } catch {
    return undefined;
  }
}

/** A new folder for an entry, under a temporary name. */
export interface NewEntry {
  readonly folder: string;
  readonly temporary: string;
  /** Removes what was not renamed. */
  discard(): Promise<void>;
}

/**
 * Makes a folder for an entry. It is removed when the process ends, unless `writeCached` succeeds.
 *
 * @param bytes of the pixels that will be written
 * @throws PixscaleError if it cannot be written, or the disk has no such space
 */
export async function newEntry(folder: string, bytes: number): Promise<NewEntry> {
  const temporary = `${folder}.${randomBytes(6).toString("hex")}${UNFINISHED}`;
  const remove = () => rmSync(temporary, { recursive: true, force: true });
  const discard = async () => {
    process.removeListener("exit", remove);
    await rm(temporary, { recursive: true, force: true });
  };
  try {
    await mkdir(temporary, { recursive: true });
    process.once("exit", remove);
    const { bavail, bsize } = await statfs(temporary);
    const free = bavail * bsize;
    if (free >= bytes) return { folder, temporary, discard };
    await discard();
    const problem = `the cache needs ${bytesText(bytes)}, and ${bytesText(free)} are free`;
    const remedy = "free some space, or set XDG_CACHE_HOME to another folder";
    throw new PixscaleError(dirname(folder), problem, remedy);
  } catch (cause) {
    throw cause instanceof PixscaleError ? cause : unusable(dirname(folder), cause);
  }
}

/**
 * Goes through a source once and writes its images into an entry, which appears when it is whole.
 *
 * @param data as the user wrote it
 * @param reports what reading has reported until it is done
 * @throws PixscaleError if the source is bad, or the entry cannot be written
 */
export async function writeCached(
  { folder, temporary, discard }: NewEntry,
  data: string,
  source: DataSource,
  reports: Reports,
): Promise<void> {
  try {
    const { train, test, validation, check, ...info } = source;
    const splits: { [Split in Name]?: StoredDescription } = {};
    for (const [name, split] of Object.entries({ train, test, validation }) as [
      Name,
      SplitSource | undefined,
    ][]) {
      if (split !== undefined) splits[name] = await writeSplit(temporary, name, split);
    }
    splits.test ??= await writeSplit(temporary, "test", { ...train, count: 0, async *pieces() {} });
    check?.();
    const document: CacheDocument = { format: FORMAT, version: VERSION, data, ...info, ...reports, splits };
    await writeFile(join(temporary, DOCUMENT), jsonText({ ...document, sha256: checksum(document) }));
    await replace(temporary, folder);
  } catch (cause) {
    throw cause instanceof Error && "syscall" in cause ? unusable(dirname(folder), cause) : cause;
  } finally {
    await discard();
  }
}

/** Bytes of the pixels of all splits. */
export function sourceBytes({ train, test, validation }: DataSource): number {
  const counts = [train, test, validation].map((split) => split?.count ?? 0);
  const images = counts.reduce((sum, count) => sum + count, 0);
  return images * imageSize(train.shape) * bytesPerValue(train.type);
}

/** @returns once the folder has the content of `temporary`, or that of another process that was faster */
async function replace(temporary: string, folder: string): Promise<void> {
  // A damaged entry, if any, must go first.
  if ((await openCached(folder)) !== undefined) return;
  await rm(folder, { recursive: true, force: true });
  await rename(temporary, folder).catch((error) => {
    if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
  });
}

async function writeSplit(folder: string, name: Name, source: SplitSource): Promise<StoredDescription> {
  const { shape, type } = source;
  const size = imageSize(shape) * bytesPerValue(type);
  const checksums = new Uint32Array(source.count);
  const labels: Labels[] = [];
  let count = 0;
  const file: FileHandle = await open(join(folder, `${name}.pixels`), "w");
  try {
    for await (const piece of source.pieces()) {
      const bytes = bytesOf(piece.pixels);
      for (let i = 0; i < piece.count; i++)
        checksums[count + i] = crc32(bytes.subarray(i * size, (i + 1) * size));
      labels.push(piece.labels);
      count += piece.count;
      await file.writeFile(bytes);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  const index = Buffer.concat([checksums.subarray(0, count), ...labels].map(bytesOf));
  await writeFile(join(folder, `${name}.index`), index);
  const labelBytes = labels[0] instanceof Uint16Array ? 2 : 1;
  return { shape, count, type, labelBytes, sha256: sha256(index) };
}
