import { checkSplit } from "../data/check-dataset.ts";
import {
  type ImageShape,
  type ImageSplit,
  imageSize,
  type Labels,
  newPixels,
  type Split,
} from "../data/dataset.ts";
import { indexRange } from "../data/indexes.ts";
import { gatherImages, gatherImagesAsync } from "../data/stored-split.ts";
import { setting, UsageError } from "../errors.ts";
import { RandomStream, shuffledIndices } from "../random.ts";
import type { ImageScaling, Scaler } from "./scaler.ts";

/** Values scaled at a time where no batch is needed as a whole. */
const BLOCK_VALUES = 2 ** 24;

/** In which order an epoch goes through the images. */
export interface EpochOrder {
  /** false: file order. */
  readonly shuffle: boolean;
  /** Integer 0 … 2^53 − 1. */
  readonly seed: number;
  /** From 0; every epoch of a seed has its own order. */
  readonly epoch: number;
}

/** How an epoch is cut into batches; by default batches of 64 images, in file order. */
export type BatchOptions = Partial<EpochOrder> & { readonly batchSize?: number };

/** Scaled images and their labels. */
export interface Batch {
  /** `size × height × width × channels` values, NHWC. */
  readonly images: Float32Array;
  readonly labels: Labels;
  /** Number of images; the last batch may have fewer than the others. */
  readonly size: number;
  /** Shape of one image. */
  readonly shape: ImageShape;
}

/**
 * The image indexes of an epoch's batches: 0 … count − 1, each once, in file order unless shuffled. The last batch may be short.
 *
 * @throws UsageError if the batch size is not a positive integer, or on a wrong seed
 */
export function batchIndexes(
  count: number,
  batchSize: number,
  { shuffle = false, seed = 0, epoch = 0 }: Partial<EpochOrder> = {},
): Uint32Array[] {
  const indexes = epochIndexes(count, { shuffle, seed, epoch });
  return Array.from({ length: batchCount(count, batchSize) }, (_, batch) =>
    indexes.subarray(batch * batchSize, (batch + 1) * batchSize),
  );
}

/**
 * How many batches hold `count` images, the last one perhaps short.
 *
 * @throws UsageError if the batch size is not a positive integer
 */
export function batchCount(count: number, batchSize: number): number {
  if (!Number.isSafeInteger(batchSize) || batchSize < 1) {
    const problem = `must be a whole number, 1 or more (got "${batchSize}")`;
    throw new UsageError(setting("batchSize"), problem, "use a number such as 64");
  }
  return Math.ceil(count / batchSize);
}

function epochIndexes(count: number, { shuffle, seed, epoch }: EpochOrder): Uint32Array {
  return shuffle ? shuffledIndices(count, new RandomStream(seed, "shuffle", epoch)) : indexRange(0, count);
}

/**
 * Writes some images of a split in memory, scaled, and their labels to the beginning of `outImages` and `outLabels`, straight from the
 * split and without allocating.
 *
 * @param indexes which images, in which order
 * @throws what `Scaler.applyTo` throws; RangeError if `outLabels` is too small
 */
export function gatherBatch(
  split: Split,
  indexes: Uint32Array,
  scaler: Scaler,
  outImages: Float32Array,
  outLabels: Labels | Int32Array,
): void {
  if (outLabels.length < indexes.length) {
    throw new RangeError(`${indexes.length} labels do not fit into ${outLabels.length}`);
  }
  scaler.applyTo(split, indexes, outImages);
  for (let i = 0; i < indexes.length; i++) outLabels[i] = split.labels[indexes[i]];
}

/** Images in memory, and which of them are a batch, in which order; until the next one is asked for. */
export interface ReadBatch {
  readonly split: Split;
  readonly indexes: Uint32Array;
}

/**
 * Goes through the batches of a split. If its pixels are in a file, the next batch is read while one is used.
 *
 * @throws PixscaleError if the file cannot be read or is damaged
 */
export async function* readBatches(
  split: ImageSplit,
  batches: readonly Uint32Array[],
): AsyncGenerator<ReadBatch> {
  if (split.pixels !== undefined) {
    for (const indexes of batches) yield { split, indexes };
    return;
  }
  const most = batches.reduce((longest, { length }) => Math.max(longest, length), 0);
  // One is used while the other is filled.
  const buffers = [0, 1].map(() => newPixels(split.stored.type, most * imageSize(split.shape)));
  const read = (batch: number) => {
    const gathered = gatherImagesAsync(split, batches[batch], buffers[batch % 2]);
    // It may fail before it is awaited; this marks its rejection as handled.
    gathered.catch(() => {});
    return gathered;
  };
  let next = batches.length > 0 ? read(0) : undefined;
  for (let batch = 0; next !== undefined; batch++) {
    const images = await next;
    next = batch + 1 < batches.length ? read(batch + 1) : undefined;
    yield { split: images, indexes: indexRange(0, images.count) };
  }
}

/**
 * Some images of a split, scaled, in blocks that fit into memory whatever the images' size, each until the next one is asked for.
 *
 * @throws PixscaleError if the scaler does not fit the images' shape, or as `gatherImages` does
 */
export function* scaledBlocks(
  split: ImageSplit,
  scaler: ImageScaling,
  indexes: Uint32Array,
): Generator<Float32Array> {
  const size = imageSize(split.shape);
  const most = Math.max(1, Math.floor(BLOCK_VALUES / size));
  const buffer = new Float32Array(Math.min(most, indexes.length) * size);
  for (let first = 0; first < indexes.length; first += most) {
    const some = indexes.subarray(first, first + most);
    const images = buffer.subarray(0, some.length * size);
    if (split.pixels !== undefined) scaler.applyTo(split, some, images);
    else scaler.apply(gatherImages(split, some).pixels, split.shape, images);
    yield images;
  }
}

/**
 * One epoch of a split in scaled batches, each in memory of its own.
 *
 * @throws (when the first batch is asked for) UsageError on a wrong batch size or seed; PixscaleError if the scaler does not fit the images' shape
 */
export function* batches(
  split: ImageSplit,
  scaler: Scaler,
  options: BatchOptions = {},
): Generator<Batch, void, undefined> {
  const { batchSize = 64, ...order } = options;
  const { shape } = split;
  checkSplit(split, "split");
  for (const indexes of batchIndexes(split.count, batchSize, order)) {
    const read = split.pixels === undefined ? gatherImages(split, indexes) : split;
    const places = split.pixels === undefined ? indexRange(0, indexes.length) : indexes;
    yield scaledBatch({ split: read, indexes: places }, shape, scaler);
  }
}

/**
 * The same as an async iterator, as `tf.data.generator` takes it: the next batch of a stored split is read while one is used.
 *
 * @throws what `batches` throws; PixscaleError if the file of a stored split cannot be read or is damaged
 */
export async function* batchStream(
  split: ImageSplit,
  scaler: Scaler,
  options: BatchOptions = {},
): AsyncGenerator<Batch, void, undefined> {
  const { batchSize = 64, ...order } = options;
  const { shape } = split;
  checkSplit(split, "split");
  for await (const read of readBatches(split, batchIndexes(split.count, batchSize, order))) {
    yield scaledBatch(read, shape, scaler);
  }
}

function scaledBatch({ split, indexes }: ReadBatch, shape: ImageShape, scaler: Scaler): Batch {
  const images = new Float32Array(indexes.length * imageSize(shape));
  const labels = split.labels.slice(0, indexes.length);
  gatherBatch(split, indexes, scaler, images, labels);
  return { images, labels, size: indexes.length, shape };
}
