import type { Splits } from "./dataset.ts";

export const FORMATS = ["idx", "npz", "npy", "cifar10", "cifar100", "images"] as const;

/** How a dataset is kept. */
export type FormatName = (typeof FORMATS)[number];

export const FITS = ["cover", "contain", "fill"] as const;
export const COLORS = ["rgb", "gray"] as const;

/** How images are read from files of their own. */
export interface ImageOptions {
  /** What all are resized to; by default they must have the size of the first. */
  readonly size?: { readonly height: number; readonly width: number };
  /** Where the proportions differ: cut off (`cover`, the default), add black (`contain`), or stretch (`fill`). */
  readonly fit?: (typeof FITS)[number];
  /** `rgb` by default. */
  readonly color?: (typeof COLORS)[number];
  /** Part of the images, 0 … 1, that is the test split where there is no folder for it; 0.2 by default. */
  readonly testSplit?: number;
  /** Draws that part; 0 by default. */
  readonly splitSeed?: number;
  /** Whether an image that cannot be decoded is an error. By default it is skipped. */
  readonly strict?: boolean;
}

/** Told how reading goes on. */
export interface ReadObserver {
  onImages?(done: number, total: number): void;
  onSkipped?(path: string, reason: string): void;
}

/** How to read a dataset. */
export interface DataOptions extends ImageOptions {
  /** By default it is told from the path. */
  readonly format?: FormatName;
  readonly observer?: ReadObserver;
}

/** What is at a path. */
export interface Place {
  readonly path: string;
  readonly isFolder: boolean;
  /** Names of what the folder holds, subfolders included. */
  readonly names: readonly string[];
  readonly folders: readonly string[];
}

/** One way to keep a dataset. */
export interface Format {
  readonly name: FormatName;
  /** What the user has to give, for errors. */
  readonly what: string;
  /** Whether a place looks like it. */
  recognizes(place: Place): boolean;
  /**
   * Reads both splits into memory, and checks that labels, images and splits fit together.
   *
   * @throws PixscaleError naming the file that is missing or bad
   */
  read(path: string, options: DataOptions): Promise<Splits>;
}
