/** How to read a folder that could be read in two ways. */
export const FOLDER_LAYOUTS = ["splits", "classes", "flat"] as const;
/** What the dimensions of an array are, if that is not certain. */
export const ARRAY_LAYOUTS = ["channels-last", "channels-first"] as const;
export const LAYOUTS = [...FOLDER_LAYOUTS, ...ARRAY_LAYOUTS] as const;
export const LABEL_SOURCES = ["name"] as const;

/** The training pipelines whose pixels `like` reproduces. */
export const PIPELINES = ["torchvision", "keras", "tensorflow"] as const;
export type PipelineName = (typeof PIPELINES)[number];

export const FITS = ["fill", "cover", "contain"] as const;
export const COLORS = ["rgb", "gray"] as const;
export const ICC = ["ignore", "apply"] as const;
export const EXIF = ["ignore", "apply"] as const;
export const ALPHAS = ["drop", "black", "white"] as const;
export const INTERPOLATIONS = ["nearest", "bilinear", "bicubic", "lanczos", "box"] as const;
export const DEPTHS = [8, 16] as const;

/** The options that decide on the pixels of encoded images, wherever these come from. */
export const PIXEL_OPTIONS = [
  "like",
  "size",
  "fit",
  "interpolation",
  "antialias",
  "color",
  "depth",
  "icc",
  "exif",
  "alpha",
] as const satisfies readonly (keyof ImageOptions)[];

/** How to read a folder of images. Settings without a default have that of the pipeline `like`. */
export interface ImageOptions {
  /** The training pipeline whose pixels are reproduced; `torchvision` by default. */
  readonly like?: PipelineName;
  /** Whether to convert embedded colour profiles to sRGB. */
  readonly icc?: (typeof ICC)[number];
  /** Whether to turn images as their EXIF orientation says. */
  readonly exif?: (typeof EXIF)[number];
  /** Whether to drop transparency, which leaves the colours as stored, or to lay images over black or white. */
  readonly alpha?: (typeof ALPHAS)[number];
  /** `rgb` by default. */
  readonly color?: (typeof COLORS)[number];
  /** Bits per value, 8 by default. With 16, images of 8 bits become 16-bit too: 255 becomes 65535. */
  readonly depth?: (typeof DEPTHS)[number];
  /** Size in pixels that all images are resized to; by default all must have the size of the first. */
  readonly size?: { readonly height: number; readonly width: number };
  /** How to fit images of another aspect ratio: stretch (`fill`), crop (`cover`) or pad with black (`contain`). */
  readonly fit?: (typeof FITS)[number];
  readonly interpolation?: (typeof INTERPOLATIONS)[number];
  /** Whether shrinking averages all pixels under the filter. `nearest` never does. */
  readonly antialias?: boolean;
  /**
   * How to read what could be read in two ways. A folder: by split folders, by class folders, or as images without classes (`flat`). An
   * array: with its channels last or first.
   */
  readonly layout?: (typeof LAYOUTS)[number];
  /** File with the class of each image, if they are not in folders of their classes: CSV, TSV or text. */
  readonly labels?: string;
  /** Column of the images in a table that has or lists them: its name, or its number from 1. By default it is found. */
  readonly imageColumn?: string;
  /** Column of the classes in a table of images, pixels or labels: its name, or its number from 1. By default it is found. */
  readonly labelColumn?: string;
  /** `name` takes the class from the file name: `cat` from `cat.0.jpg`. */
  readonly labelFrom?: (typeof LABEL_SOURCES)[number];
  /**
   * Fraction of the images held out for testing, from 0 to below 1, if the folder has no test images of its own; by default 0.2, or 0
   * for images without labels.
   */
  readonly testSplit?: number;
  /** Seed of that split; 0 by default. */
  readonly splitSeed?: number;
  /** Images of more pixels are refused before they are decoded; 100 million by default. */
  readonly maxPixels?: number;
  /** Whether a file that is ignored, or an image that cannot be decoded, is an error. By default both are reported. */
  readonly strict?: boolean;
}
