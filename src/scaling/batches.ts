import { type ImageShape, imageSize, type Labels, type Split } from "../data/dataset.ts";
import { UsageError } from "../errors.ts";
import { RandomStream, shuffledIndices } from "../random.ts";
import type { Scaler } from "./scaler.ts";

/** In which order an epoch goes through the images. */
export interface EpochOrder {
  /** false: file order. */
  readonly shuffle: boolean;
  /** Integer 0 … 2^53 − 1. */
  readonly seed: number;
  /** From 0; every epoch of a seed has its own order. */
  readonly epoch: number;
}

/** How an epoch is cut into batches: of 64 images, in file order, if nothing else is said. */
export type BatchOptions = Partial<EpochOrder> & { readonly batchSize?: number };

/** Scaled images and their labels. */
export interface Batch {
  /** `size × height × width × channels` values, NHWC. */
  readonly images: Float32Array;
  readonly labels: Labels;
  /** Number of images; smaller in the last batch if the count is no multiple of the batch size. */
  readonly size: number;
  /** Shape of one image. */
  readonly shape: ImageShape;
}

/**
 * How many batches hold `count` images, the last one perhaps short.
 *
 * @throws UsageError (`--batch-size`) if the batch size is not a positive integer
 */
export function batchCount(count: number, batchSize: number): number {
  if (!Number.isSafeInteger(batchSize) || batchSize < 1) {
    throw new UsageError("--batch-size", `${batchSize} is not a positive integer`, "give one such as 64");
  }
  return Math.ceil(count / batchSize);
}

/**
 * The image indices of one epoch: 0 … count − 1, each once, in order or shuffled.
 *
 * @throws UsageError (`--seed`) on a wrong seed
 */
export function batchOrder(count: number, { shuffle, seed, epoch }: EpochOrder): Uint32Array {
  return shuffle
    ? shuffledIndices(count, new RandomStream(seed, "shuffle", epoch))
    : Uint32Array.from({ length: count }, (_, index) => index);
}

/**
 * Writes the images `order[start]` … `order[start + size − 1]`, scaled, and their labels to the beginning of `outImages`
 * and `outLabels`, straight from the split and without allocating.
 *
 * @throws what `Scaler.applyTo` throws; RangeError if `outLabels` is too small
 */
export function gatherBatch(
  split: Split,
  order: Uint32Array,
  start: number,
  size: number,
  scaler: Scaler,
  outImages: Float32Array,
  outLabels: Labels | Int32Array,
): void {
  if (outLabels.length < size) {
    throw new RangeError(`cannot write ${size} labels into ${outLabels.length}`);
  }
  scaler.applyTo(split, order, start, size, outImages);
  for (let i = 0; i < size; i++) {
    outLabels[i] = split.labels[order[start + i]];
  }
}

/**
 * One epoch of a split in scaled batches, each in memory of its own.
 *
 * @throws (when the first batch is asked for) UsageError on a wrong batch size or seed; PixscaleError if the scaler does not fit the images' shape
 */
export function* batches(
  split: Split,
  scaler: Scaler,
  options: BatchOptions = {},
): Generator<Batch, void, undefined> {
  const { batchSize = 64, shuffle = false, seed = 0, epoch = 0 } = options;
  const steps = batchCount(split.count, batchSize);
  const order = batchOrder(split.count, { shuffle, seed, epoch });
  for (let step = 0; step < steps; step++) {
    const start = step * batchSize;
    const size = Math.min(batchSize, split.count - start);
    const images = new Float32Array(size * imageSize(split.shape));
    const labels = split.labels.slice(0, size);
    gatherBatch(split, order, start, size, scaler, images, labels);
    yield { images, labels, size, shape: split.shape };
  }
}
