import { Readable } from "node:stream";
import { ZipFile } from "yazl";
import { type ImageShape, type ImageSplit, imageSize, type Labels, type SplitName } from "../data/dataset.ts";
import { npyHeader } from "../data/numpy/npy.ts";
import { writeStream } from "../files/write.ts";
import { batchIndexes, scaledBlocks } from "../scaling/batches.ts";
import type { ImageScaling } from "../scaling/scaler.ts";

/** Images scaled at a time. */
const BLOCK = 64;
/** Larger entries, header included, need the zip64 format. */
const MAX_ZIP_BYTES = 2 ** 32 - 1024;
/** A fixed date, so that the same arrays always give the same bytes. */
const DATE = new Date(1980, 0, 1);

/**
 * Writes a scaled split as an .npy file, [count, height, width, channels] of float32, block by block.
 *
 * @throws PixscaleError as `writeStream` and `Scaler.applyTo` do
 */
export async function saveNpy(path: string, split: ImageSplit, scaler: ImageScaling): Promise<void> {
  await writeStream(path, imageChunks(split, scaler));
}

/**
 * Writes scaled splits with their labels as an .npz file, under Keras' names: `x_train`, `y_train`, …
 *
 * @throws PixscaleError as `writeStream` and `Scaler.applyTo` do
 */
export async function saveNpz(
  path: string,
  splits: Readonly<Partial<Record<SplitName, ImageSplit>>>,
  scaler: ImageScaling,
): Promise<void> {
  await writeStream(path, zipChunks(splits, scaler));
}

/** A generator starts when it is first read, so no error of the archive's stream is missed. */
async function* zipChunks(
  splits: Readonly<Partial<Record<SplitName, ImageSplit>>>,
  scaler: ImageScaling,
): AsyncGenerator<Uint8Array> {
  const zip = new ZipFile();
  const output = zip.outputStream as Readable;
  const options = { compress: false, mtime: DATE, forceDosTimestamp: true };
  for (const [name, split] of Object.entries(splits)) {
    const bytes = split.count * imageSize(split.shape) * 4;
    const images = Readable.from(imageChunks(split, scaler), { objectMode: false });
    images.once("error", (error) => output.destroy(error));
    zip.addReadStream(images, `x_${name}.npy`, { ...options, forceZip64Format: bytes > MAX_ZIP_BYTES });
    zip.addBuffer(labelBytes(split.labels), `y_${name}.npy`, options);
  }
  zip.end();
  yield* output;
}

function* imageChunks(split: ImageSplit, scaler: ImageScaling): Generator<Uint8Array> {
  yield npyHeader("<f4", dims(split.count, split.shape));
  for (const indexes of batchIndexes(split.count, BLOCK)) {
    // The stream may hold a block for a while.
    for (const images of scaledBlocks(split, scaler, indexes)) yield new Uint8Array(images.slice().buffer);
  }
}

function dims(count: number, { height, width, channels }: ImageShape): number[] {
  return [count, height, width, channels];
}

function labelBytes(labels: Labels): Buffer {
  const header = npyHeader(labels instanceof Uint8Array ? "|u1" : "<u2", [labels.length]);
  return Buffer.concat([header, new Uint8Array(labels.buffer, labels.byteOffset, labels.byteLength)]);
}
