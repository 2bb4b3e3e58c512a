import { readFile } from "node:fs/promises";
import { PixscaleError } from "../../errors.ts";
import type { ImageShape } from "../dataset.ts";
import type { ImageOptions } from "../format.ts";
import type { ImageFiles } from "./image-files.ts";

/** Values of one image, HWC. */
export type ImageValues = Uint8Array | Uint16Array;

/** An image that cannot be decoded. */
export class DamagedImage {
  readonly path: string;
  /** One line that can stand in an error, whose parts are told apart by semicolons. */
  readonly reason: string;

  constructor(path: string, cause: unknown) {
    this.path = path;
    const message = cause instanceof Error ? cause.message : String(cause);
    // sharp says some things several times, and knows of no file.
    const parts = message.split(/[\n;]/).map((part) => part.trim().replace("Input buffer", "Input file"));
    this.reason = [...new Set(parts.filter((part) => part !== ""))].join(", ");
  }
}

/** What all images of a dataset are made to be. */
export interface ImageKind {
  readonly shape: ImageShape;
  /** How many values there are: 256, or 65,536 for 16-bit images. */
  readonly levels: 256 | 65536;
}

type SharpModule = typeof import("sharp")["default"];

/** Decodes images to one shape and depth: turned by EXIF, alpha over black, resized, as sRGB or gray. */
export class ImageDecoder implements ImageKind {
  readonly shape: ImageShape;
  readonly levels: 256 | 65536;
  readonly #sharp: SharpModule;
  readonly #options: ImageOptions;

  private constructor(sharp: SharpModule, { shape, levels }: ImageKind, options: ImageOptions) {
    this.#sharp = sharp;
    this.#options = options;
    this.shape = shape;
    this.levels = levels;
  }

  /** @throws PixscaleError if sharp is not installed */
  static async of(kind: ImageKind, options: ImageOptions): Promise<ImageDecoder> {
    return new ImageDecoder(await loadSharp(), kind, options);
  }

  /**
   * @returns the image, or what is wrong with it if it is damaged
   * @throws PixscaleError if it has another size than the first and none was asked for, or another depth; if it is damaged and `strict`
   * was asked for
   */
  async decode(path: string): Promise<ImageValues | DamagedImage> {
    const found = await readImage(this.#sharp, path, this.#options, this.levels).catch((error) => {
      if (this.#options.strict) throw strictError(path, error);
      return new DamagedImage(path, error);
    });
    if (found instanceof DamagedImage) return found;
    const { deep, data, info } = found;
    if (deep !== this.levels > 256) {
      const [bits, others] = deep ? ["16", "8"] : ["8", "16"];
      const problem = `has ${bits}-bit values, but the first image ${others}-bit ones`;
      throw new PixscaleError(path, problem, "convert one of them");
    }
    const { height, width, channels } = this.shape;
    if (info.height !== height || info.width !== width || info.channels !== channels) {
      const problem = `is ${info.height}×${info.width}, but the first image is ${height}×${width}`;
      throw new PixscaleError(path, problem, `resize all with --size, such as --size ${height}x${width}`);
    }
    return this.levels === 256 ? data : new Uint16Array(data.buffer, data.byteOffset, data.length / 2);
  }
}

/**
 * What images are made to be where this one is the first.
 *
 * @returns undefined if it is damaged
 * @throws PixscaleError if it is damaged and `strict` was asked for, or sharp is not installed
 */
export async function imageKind(path: string, options: ImageOptions): Promise<ImageKind | undefined> {
  const sharp = await loadSharp();
  try {
    const { deep, info } = await readImage(sharp, path, options);
    const { height, width, channels } = info;
    return { shape: { height, width, channels }, levels: deep ? 65536 : 256 };
  } catch (error) {
    if (options.strict) throw strictError(path, error);
    return undefined;
  }
}

/**
 * The kind of the first image that is not damaged.
 *
 * @param look `imageKind`, here or elsewhere
 * @throws PixscaleError if all are damaged
 */
export async function firstKind(
  files: ImageFiles,
  look: (path: string) => Promise<ImageKind | undefined>,
): Promise<ImageKind> {
  let first: string | undefined;
  for await (const { path } of files) {
    first ??= path;
    const kind = await look(path);
    if (kind !== undefined) return kind;
  }
  const problem = files.count === 1 ? "cannot be decoded" : `and ${files.count - 1} more cannot be decoded`;
  throw new PixscaleError(first ?? "images", problem, "replace them with images");
}

/** @param levels what it is decoded to; by default as many as it has */
async function readImage(sharp: SharpModule, path: string, options: ImageOptions, levels?: number) {
  // libvips would read it in small pieces, which takes longer.
  const file = await readFile(path);
  const deep = await isDeep(sharp, file);
  return { deep, ...(await decode(sharp, file, options, levels ?? (deep ? 65536 : 256))) };
}

/** Beside those that hold bytes only, in sharp's words; `heif` is AVIF. */
const DEEP_FORMATS = ["png", "tiff", "heif"];

/**
 * Whether an image has 16 bits a value.
 *
 * @throws Error if it is in no format that is read, or has values of another kind
 */
async function isDeep(sharp: SharpModule, file: Buffer): Promise<boolean> {
  if (holdsBytesOnly(file)) return false;
  const { depth, format } = await sharp(file).metadata();
  if (!DEEP_FORMATS.includes(format)) throw new Error(`the format ${format} is not read`);
  if (depth !== "uchar" && depth !== "ushort") throw new Error(`values of the type ${depth} are not read`);
  return depth === "ushort";
}

/** Whether a file begins as JPEG, GIF or WebP do, whatever its name says. */
function holdsBytesOnly(file: Buffer): boolean {
  const text = file.toString("latin1", 0, 12);
  return text.startsWith("\xff\xd8") || text.startsWith("GIF8") || /^RIFF.{4}WEBP/s.test(text);
}

/** The error that a damaged image is where none may be. */
function strictError(path: string, cause: unknown): PixscaleError {
  const { reason } = new DamagedImage(path, cause);
  return new PixscaleError(path, `cannot be decoded (${reason})`, "replace or remove it", { cause });
}

function decode(sharp: SharpModule, file: Buffer, options: ImageOptions, levels: number) {
  const { size, fit = "cover", color = "rgb" } = options;
  // "error": what browsers and Pillow show without complaint is no damage.
  const image = sharp(file, { failOn: "error" }).autoOrient().flatten({ background: "#000" });
  if (size !== undefined) image.resize({ ...size, fit, background: "#000" });
  const deep = levels > 256;
  image.toColourspace(color === "gray" ? (deep ? "grey16" : "b-w") : deep ? "rgb16" : "srgb");
  return image.raw({ depth: deep ? "ushort" : "uchar" }).toBuffer({ resolveWithObject: true });
}

/** @throws PixscaleError if the package is not installed or does not run on this machine */
export async function loadSharp(): Promise<SharpModule> {
  try {
    const { default: sharp } = await import("sharp");
    // Many images are decoded at the same time, each by one thread, and none twice.
    sharp.concurrency(1);
    sharp.cache(false);
    return sharp;
  } catch (cause) {
    const remedy = "install it with npm install sharp, or convert the images to an .npz file";
    throw new PixscaleError("sharp", "the package that decodes images does not load here", remedy, { cause });
  }
}
