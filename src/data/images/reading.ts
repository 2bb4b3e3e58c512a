import { setting, UsageError } from "../../errors.ts";
import type { ImageOptions, PipelineName } from "./image-options.ts";
import { TENSORFLOW_METHODS } from "./resize.ts";

/** How images become pixels: every setting of `ImageOptions` that decides on values, none left out. */
export interface Reading {
  /** The training pipeline whose decoder is reproduced. */
  readonly like: PipelineName;
  readonly icc: "ignore" | "apply";
  readonly exif: "ignore" | "apply";
  readonly alpha: "drop" | "black" | "white";
  readonly color: "rgb" | "gray";
  /** Bits per value. */
  readonly depth: 8 | 16;
  /** Without it, images keep their size, and the settings below do not matter. */
  readonly size?: { readonly height: number; readonly width: number };
  readonly fit: "fill" | "cover" | "contain";
  readonly interpolation: "nearest" | "bilinear" | "bicubic" | "lanczos" | "box";
  readonly antialias: boolean;
}

const DECODING = { icc: "ignore", exif: "ignore", alpha: "drop", color: "rgb", depth: 8 } as const;

/** What each pipeline does unless told otherwise. */
const DEFAULTS: Readonly<Record<PipelineName, Omit<Reading, "like" | "size">>> = {
  // ImageFolder, then v2.Resize((height, width)).
  torchvision: { ...DECODING, fit: "fill", interpolation: "bilinear", antialias: true },
  // load_img(target_size=(height, width)); Pillow's other filters always antialias.
  keras: { ...DECODING, fit: "fill", interpolation: "nearest", antialias: true },
  // decode_image, then tf.image.resize.
  tensorflow: { ...DECODING, fit: "fill", interpolation: "bilinear", antialias: false },
};

/**
 * All settings of reading images: those of `options`, and for the rest those of the pipeline, torchvision by default.
 *
 * @throws UsageError if no library's resizing would be reproduced
 */
export function resolveReading(options: ImageOptions): Reading {
  const like = options.like ?? "torchvision";
  const defaults = DEFAULTS[like];
  const interpolation = options.interpolation ?? defaults.interpolation;
  // Pillow's filters always antialias, but for nearest.
  const antialias = options.antialias ?? (defaults.antialias || interpolation === "nearest");
  requireKnownResize({ like, interpolation, antialias });
  return {
    like,
    icc: options.icc ?? defaults.icc,
    exif: options.exif ?? defaults.exif,
    alpha: options.alpha ?? defaults.alpha,
    color: options.color ?? defaults.color,
    depth: options.depth ?? defaults.depth,
    ...(options.size && { size: options.size }),
    fit: options.fit ?? defaults.fit,
    interpolation,
    antialias,
  };
}

/** @throws UsageError if no library's resizing would be reproduced */
function requireKnownResize({
  like,
  interpolation,
  antialias,
}: Pick<Reading, "like" | "interpolation" | "antialias">): void {
  const isTensorflow = like === "tensorflow";
  const known: readonly Reading["interpolation"][] = TENSORFLOW_METHODS;
  if (!known.includes(interpolation) && (isTensorflow || !antialias)) {
    const problem = `"${interpolation}" is not reproduced ${isTensorflow ? "as TensorFlow computes it" : "without antialias"}`;
    throw new UsageError(setting("interpolation"), problem, `use ${known.join(" or ")}`);
  }
  if (isTensorflow && antialias && interpolation !== "nearest") {
    const problem = "TensorFlow's antialias is not reproduced";
    throw new UsageError(setting("antialias"), problem, "leave it out, or choose another pipeline");
  }
}

/** What of a pipeline is not reproduced to the last bit, one line each. */
export function readingNotes({ like, size, interpolation }: Reading): string[] {
  if (like !== "tensorflow" || size === undefined || interpolation === "nearest") return [];
  return ["resized values are rounded to whole numbers, where tf.image.resize continues with fractions"];
}

/** A reading as JSON. What only matters for resizing is null without a size. */
export interface ReadingDescription {
  readonly like: PipelineName;
  readonly icc: Reading["icc"];
  readonly exif: Reading["exif"];
  readonly alpha: Reading["alpha"];
  readonly color: Reading["color"];
  readonly depth: Reading["depth"];
  readonly resize: {
    readonly height: number;
    readonly width: number;
    readonly fit: Reading["fit"];
    readonly interpolation: Reading["interpolation"];
    readonly antialias: boolean;
  } | null;
}

export function describeReading(reading: Reading): ReadingDescription {
  const { size, fit, interpolation, antialias, ...decoding } = reading;
  const resize = size && { height: size.height, width: size.width, fit, interpolation, antialias };
  return { ...decoding, resize: resize ?? null };
}
