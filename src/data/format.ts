import type { FolderEntries } from "../files/folder-entries.ts";
import type { Splits } from "./dataset.ts";

export const FORMATS = ["idx", "npz", "npy", "cifar10", "cifar100", "images"] as const;

/** The file format of a dataset. */
export type FormatName = (typeof FORMATS)[number];

export const FITS = ["cover", "contain", "fill"] as const;
export const COLORS = ["rgb", "gray"] as const;

/** How to read a folder of images. */
export interface ImageOptions {
  /** Size in pixels that all images are resized to; by default all must have the size of the first. */
  readonly size?: { readonly height: number; readonly width: number };
  /** How to fit images of another aspect ratio: crop (`cover`, the default), pad with black (`contain`) or stretch (`fill`). */
  readonly fit?: (typeof FITS)[number];
  /** `rgb` by default. */
  readonly color?: (typeof COLORS)[number];
  /** Fraction of the images held out for testing, 0 … 1, if the folder has no test images of its own; 0.2 by default. */
  readonly testSplit?: number;
  /** Seed of that split; 0 by default. */
  readonly splitSeed?: number;
  /** Whether an image that cannot be decoded is an error. By default it is skipped. */
  readonly strict?: boolean;
}

/** Receives the progress of reading. */
export interface ReadObserver {
  /** Called after each image, decoded or skipped. */
  onImages?(done: number, total: number): void;
  onSkipped?(path: string, reason: string): void;
}

/** How to read a dataset. */
export interface DataOptions extends ImageOptions {
  /** By default it is detected. */
  readonly format?: FormatName;
  readonly observer?: ReadObserver;
}

/** A path that exists. A file has no entries. */
export interface Place extends FolderEntries {
  readonly isFolder: boolean;
}

/** A file format of datasets. */
export interface Format {
  readonly name: FormatName;
  /** Describes it in errors, such as "a folder of four IDX files". */
  readonly description: string;
  /** Whether its path is a folder, not a file. */
  readonly isFolder: boolean;
  /** Whether a folder, or a file if `isFolder` is false, looks like this format. */
  recognizes(place: Place): boolean;
  /**
   * Reads both splits into memory, and checks that labels, images and splits fit together.
   *
   * @throws PixscaleError naming the file that is missing or bad
   */
  read(place: Place, options: DataOptions): Promise<Splits>;
}
