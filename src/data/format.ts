import type { FolderEntries } from "../files/folder-entries.ts";
import type { ImageShape } from "./dataset.ts";
import type { ImageSet } from "./images/image-files.ts";
import type { ImageOptions } from "./images/image-options.ts";
import type { DataSource } from "./source.ts";

export const FORMATS = [
  "idx",
  "npz",
  "npy",
  "hdf5",
  "mat",
  "cifar10",
  "cifar100",
  "cifar10-python",
  "cifar100-python",
  "stl10",
  "csv",
  "parquet",
  "webdataset",
  "archive",
  "images",
] as const;

/** The file format of a dataset. */
export type FormatName = (typeof FORMATS)[number];

/** Receives the progress of reading. */
export interface ReadObserver {
  /** Called after each image, decoded or skipped. */
  onImages?(done: number, total: number): void;
  onSkipped?(path: string, reason: string): void;
  /** Called with what was understood of the data, and what is left out. */
  onNote?(note: string): void;
}

/** How to read a dataset. */
export interface DataOptions extends ImageOptions {
  /** false: keeps nothing on disk. For `openDataset` only, as `loadDataset` reads into memory. */
  readonly cache?: boolean;
  /** The bytes of pixels that are kept in memory; by default a quarter of it. Larger data stay on disk. For `openDataset` only. */
  readonly maxMemory?: number;
  /** By default it is detected. */
  readonly format?: FormatName;
  /** Shape of the images, if it is not certain from the data. */
  readonly shape?: ImageShape;
  /** Number of channels of the images in an array, if it is not 1, 3 or 4. */
  readonly channels?: number;
  /** Whether rows of the images in IDX files become columns; by default where their names are EMNIST's. */
  readonly transpose?: boolean;
  readonly observer?: ReadObserver;
}

/** A path that exists. A file has no entries. */
export interface Place extends FolderEntries {
  readonly isFolder: boolean;
}

/** An option that some formats take and others do not. */
export type ReadOption = Exclude<keyof DataOptions, "format" | "observer">;

/** A file format of datasets. */
export interface Format {
  readonly name: FormatName;
  /** Describes it in errors, such as "a folder of four IDX files". */
  readonly description: string;
  /** Whether its path is a folder, not a file. */
  readonly isFolder: boolean;
  /** Whether a folder, or a file if `isFolder` is false, looks like this format. */
  recognizes(place: Place): boolean | Promise<boolean>;
  /** The options it takes. By default these are all that apply to folders of images if it has `findImages`, else none. */
  readonly options?: readonly ReadOption[];
  /**
   * Finds the images without decoding them, if they are encoded, so that they can be measured at any size and in shards.
   *
   * @throws PixscaleError if there are none, or they can be read in two ways
   */
  readonly findImages?: (place: Place, options: DataOptions) => Promise<ImageSet>;
  /**
   * Opens all splits, and checks that labels, images and splits fit together. Small formats may read everything at once.
   *
   * @throws PixscaleError naming the file that is missing or bad
   */
  open(place: Place, options: DataOptions): Promise<DataSource>;
}
