import type { Reading } from "./images/reading.ts";

/** Height and width in pixels, and channels per pixel (1 gray, 3 RGB). */
export interface ImageShape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Pixel values: bytes, 16-bit numbers, or floats. */
export type Pixels = Uint8Array | Uint16Array | Float32Array;

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

export const SPLITS = ["train", "test"] as const;
export type SplitName = (typeof SPLITS)[number];

/** All splits have the same image shape. `train` has at least one image; `test` may have none. */
export interface Splits {
  readonly train: Split;
  readonly test: Split;
  /** Images to validate on, if the data have such. */
  readonly validation?: Split;
  /** Set if the images have no labels; then all labels are 0. */
  readonly unlabelled?: true;
  /** One per class, if the data contain names. */
  readonly classNames?: readonly string[];
  /** How images were decoded, if they were. */
  readonly reading?: Reading;
}

/** Labels are 0 … classes − 1. */
export interface Dataset extends Splits {
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

/** `count` zeros, wide enough for the indices of `classes` classes. */
export function newLabels(count: number, classes: number): Labels {
  return classes <= 256 ? new Uint8Array(count) : new Uint16Array(count);
}

/** Images `start` (included) to `end` (excluded) of a split. They share its memory. */
export function sliceSplit(split: Split, start: number, end: number): Split {
  const size = imageSize(split.shape);
  return {
    pixels: split.pixels.subarray(start * size, end * size),
    labels: split.labels.subarray(start, end),
    count: end - start,
    shape: split.shape,
  };
}
