import type { Reading } from "./images/reading.ts";

/** Height and width in pixels, and channels per pixel (1 gray, 3 RGB). */
export interface ImageShape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

const PIXEL_ARRAYS = { uint8: Uint8Array, uint16: Uint16Array, float32: Float32Array } as const;

/** The type of pixel values: bytes, 16-bit numbers, or floats. */
export type PixelType = keyof typeof PIXEL_ARRAYS;

/** Pixel values. */
export type Pixels = Uint8Array | Uint16Array | Float32Array;

/** The most classes that labels can tell apart. */
export const MAX_CLASSES = 65536;

/** Class indices; 16 bits each if there are more than 256 classes. */
export type Labels = Uint8Array | Uint16Array;

/** The images and labels of one split, in file order. */
export interface Split {
  /** `count × height × width × channels` values, NHWC, C order. */
  readonly pixels: Pixels;
  /** One class index per image. */
  readonly labels: Labels;
  readonly count: number;
  readonly shape: ImageShape;
}

/** The same with the pixels in a file, for data that do not fit into memory. Plain values, so that threads can share it. */
export interface StoredSplit extends Omit<Split, "pixels"> {
  readonly pixels?: undefined;
  readonly stored: StoredPixels;
}

/** Pixels in an open file: image after image, in the byte order of this machine. */
export interface StoredPixels {
  readonly path: string;
  /** File descriptor. */
  readonly fd: number;
  readonly type: PixelType;
  /** The CRC-32 of each image of the file. */
  readonly checksums: Uint32Array;
  /** Which images of the file are the split's, in order; all, if undefined. */
  readonly rows?: Uint32Array;
}

/** A split, wherever its pixels are. */
export type ImageSplit = Split | StoredSplit;

export const SPLITS = ["train", "test"] as const;
export type SplitName = (typeof SPLITS)[number];

/** What is known of the images of all splits. */
export interface SplitsInfo {
  /** Set if the images have no labels; then all labels are 0. */
  readonly unlabelled?: true;
  /** One per class, if the data contain names. */
  readonly classNames?: readonly string[];
  /** How images were decoded, if they were. */
  readonly reading?: Reading;
}

/** All splits have the same image shape. `train` has at least one image; `test` may have none. */
export interface Splits<S extends ImageSplit = ImageSplit> extends SplitsInfo {
  readonly train: S;
  readonly test: S;
  /** Images to validate on, if the data have such. */
  readonly validation?: S;
}

/** Labels are 0 … classes − 1. */
export interface Dataset<S extends ImageSplit = ImageSplit> extends Splits<S> {
  /** As the user wrote it: `mnist`, or a path. */
  readonly name: string;
  readonly classes: number;
}

/** Values in one image: height × width × channels. */
export function imageSize(shape: ImageShape): number {
  return shape.height * shape.width * shape.channels;
}

/** A shape in errors: height × width × channels. */
export function formatShape({ height, width, channels }: ImageShape): string {
  return `${height} × ${width} × ${channels}`;
}

/** `length` zeros. @throws RangeError if they do not fit into memory */
export function newPixels(type: PixelType, length: number): Pixels {
  return new PIXEL_ARRAYS[type](length);
}

/** Bytes of one value. */
export function bytesPerValue(type: PixelType): number {
  return PIXEL_ARRAYS[type].BYTES_PER_ELEMENT;
}

export function pixelType(split: Pick<Split, "pixels"> | Pick<StoredSplit, "pixels" | "stored">): PixelType {
  if (split.pixels === undefined) return split.stored.type;
  const { pixels } = split;
  if (pixels instanceof Uint8Array) return "uint8";
  return pixels instanceof Uint16Array ? "uint16" : "float32";
}

/** `count` zeros, wide enough for the indices of `classes` classes. */
export function newLabels(count: number, classes: number): Labels {
  return classes <= 256 ? new Uint8Array(count) : new Uint16Array(count);
}

/** The largest of some labels; 0 if there are none. */
export function largestLabel(labels: Labels): number {
  let largest = 0;
  for (const label of labels) largest = Math.max(largest, label);
  return largest;
}

/** Images `start` (included) to `end` (excluded) of a split in memory. They share its memory. */
export function sliceSplit(split: Split, start: number, end: number): Split {
  const size = imageSize(split.shape);
  return {
    pixels: split.pixels.subarray(start * size, end * size),
    labels: split.labels.subarray(start, end),
    count: end - start,
    shape: split.shape,
  };
}
