import { read, readSync } from "node:fs";
import { promisify } from "node:util";
import { crc32 } from "node:zlib";
import { PixscaleError } from "../errors.ts";
import { checkFits, fileError } from "../files/read.ts";
import {
  bytesPerValue,
  type ImageSplit,
  imageSize,
  newPixels,
  type Pixels,
  type Split,
  type Splits,
  type StoredSplit,
} from "./dataset.ts";
import { indexRange } from "./indexes.ts";

/** Bytes of pixels that are read at a time when a split is gone through. */
const PIECE_BYTES = 8 << 20;

const readAsync = promisify(read);

/** Images of a file that lie one after the other, and where they belong. */
interface Run {
  readonly row: number;
  readonly to: number;
  count: number;
}

/**
 * Goes through a split in pieces that fit into memory, each until the next one is asked for. A split in memory is one piece.
 *
 * @param unit all pieces but the last have a multiple of this many images, so that sums are rounded at the same places
 * @throws PixscaleError if the file cannot be read or is damaged
 */
export function* inPieces(split: ImageSplit, unit = 1): Generator<Split> {
  if (split.pixels !== undefined) {
    yield split;
    return;
  }
  const bytes = unit * imageSize(split.shape) * bytesPerValue(split.stored.type);
  const most = unit * Math.max(1, Math.floor(PIECE_BYTES / bytes));
  const buffer = newPixels(split.stored.type, Math.min(most, split.count) * imageSize(split.shape));
  for (let first = 0; first < split.count; first += most) {
    const indexes = indexRange(first, Math.min(first + most, split.count));
    yield gatherImages(split, indexes, buffer);
  }
}

/**
 * Some images of a stored split, read into memory.
 *
 * @param out receives the pixels, from its beginning; new memory by default
 * @throws PixscaleError if the file cannot be read or is damaged
 */
export function gatherImages(split: StoredSplit, indexes: Uint32Array, out?: Pixels): Split {
  const { gathered, bytes, runs, size } = prepare(split, indexes, out);
  for (const { row, to, count } of runs) {
    try {
      const length = readSync(split.stored.fd, bytes, to * size, count * size, row * size);
      check(split, bytes, size, { row, to, count }, length);
    } catch (error) {
      throw fileError(split.stored.path, error);
    }
  }
  return gathered;
}

/** The same without blocking this thread. @param out receives the pixels, from its beginning */
export async function gatherImagesAsync(
  split: StoredSplit,
  indexes: Uint32Array,
  out: Pixels,
): Promise<Split> {
  const { gathered, bytes, runs, size } = prepare(split, indexes, out);
  await Promise.all(
    runs.map(async (run) => {
      try {
        const { row, to, count } = run;
        const { bytesRead } = await readAsync(split.stored.fd, bytes, to * size, count * size, row * size);
        check(split, bytes, size, run, bytesRead);
      } catch (error) {
        throw fileError(split.stored.path, error);
      }
    }),
  );
  return gathered;
}

/** Bytes of the pixels of all splits. */
export function storedBytes({ train, test, validation }: Splits<StoredSplit>): number {
  const images = train.count + test.count + (validation?.count ?? 0);
  return images * imageSize(train.shape) * bytesPerValue(train.stored.type);
}

/** Reads all images into memory. @throws PixscaleError if a file cannot be read or is damaged, or they do not fit */
export function readStored({ train, test, validation, ...info }: Splits<StoredSplit>): Splits<Split> {
  const splits = { train: readSplit(train), test: readSplit(test) };
  return { ...splits, ...(validation && { validation: readSplit(validation) }), ...info };
}

function readSplit(split: StoredSplit): Split {
  const { shape, count, labels, stored } = split;
  const length = count * imageSize(shape);
  checkFits(stored.path, length * bytesPerValue(stored.type));
  const pixels = newPixels(stored.type, length);
  let at = 0;
  for (const piece of inPieces(split)) {
    pixels.set(piece.pixels, at);
    at += piece.pixels.length;
  }
  return { pixels, labels, count, shape };
}

/** Some images of a split, which stays where it is. */
export function selectImages<S extends ImageSplit>(split: S, indexes: Uint32Array): S;
export function selectImages(split: ImageSplit, indexes: Uint32Array): ImageSplit {
  const labels = split.labels.slice(0, indexes.length);
  for (const [i, index] of indexes.entries()) labels[i] = split.labels[index];
  const info = { labels, count: indexes.length, shape: split.shape };
  if (split.pixels === undefined) {
    const { rows } = split.stored;
    return {
      ...info,
      stored: { ...split.stored, rows: rows ? indexes.map((index) => rows[index]) : indexes },
    };
  }
  const size = imageSize(split.shape);
  const pixels = split.pixels.slice(0, indexes.length * size);
  for (const [i, image] of indexes.entries()) {
    pixels.set(split.pixels.subarray(image * size, (image + 1) * size), i * size);
  }
  return { ...info, pixels };
}

/** At most so many images of a split, from its whole length, so that images sorted by class are all met. */
export function evenlySpacedImages(split: ImageSplit, most: number): ImageSplit {
  if (most >= split.count) return split;
  const at = (i: number) => Math.floor((i * split.count) / most);
  return selectImages(
    split,
    Uint32Array.from({ length: most }, (_, i) => at(i)),
  );
}

function prepare({ stored, shape, labels }: StoredSplit, indexes: Uint32Array, out?: Pixels) {
  const values = imageSize(shape);
  const length = indexes.length * values;
  const pixels: Pixels = out?.subarray(0, length) ?? newPixels(stored.type, length);
  const gathered: Split = { pixels, labels: labels.slice(0, indexes.length), count: indexes.length, shape };
  const runs: Run[] = [];
  for (const [to, index] of indexes.entries()) {
    gathered.labels[to] = labels[index];
    const row = stored.rows?.[index] ?? index;
    const last = runs.at(-1);
    if (last !== undefined && last.row + last.count === row) last.count++;
    else runs.push({ row, to, count: 1 });
  }
  const bytes = new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength);
  return { gathered, bytes, runs, size: values * bytesPerValue(stored.type) };
}

/** @throws PixscaleError if the images that were read are not those that were written */
function check({ stored }: StoredSplit, bytes: Uint8Array, size: number, run: Run, length: number): void {
  const { row, to, count } = run;
  const isWhole = length === count * size;
  for (let i = 0; i < count; i++) {
    if (isWhole && crc32(bytes.subarray((to + i) * size, (to + i + 1) * size)) === stored.checksums[row + i])
      continue;
    throw new PixscaleError(
      stored.path,
      "damaged since it was written",
      "run pixscale cache --clear and try again",
    );
  }
}
