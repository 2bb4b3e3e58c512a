import { readFile } from "node:fs/promises";
import { oneLine, PixscaleError } from "../../errors.ts";
import type { ImageShape } from "../dataset.ts";
import type { ImageOptions } from "../format.ts";
import type { ImageFiles } from "./image-files.ts";

/** Values of one image, HWC. */
export type ImageValues = Uint8Array | Uint16Array;

/** A decoded image: `height × width × channels` values, HWC. */
export interface DecodedImage extends ImageShape {
  readonly values: ImageValues;
}

/** An image that cannot be decoded. */
export class DamagedImage {
  readonly path: string;
  /** One line without semicolons, for use in an error. */
  readonly reason: string;

  constructor(path: string, reason: string) {
    this.path = path;
    this.reason = reason;
  }

  static because(path: string, cause: unknown): DamagedImage {
    const message = cause instanceof Error ? cause.message : String(cause);
    // sharp repeats some lines, and does not know that its buffer is a file.
    const lines = new Set(message.split("\n").map((line) => line.trim()));
    return new DamagedImage(path, oneLine([...lines].join("\n").replaceAll("Input buffer", "Input file")));
  }
}

/** The shape and depth that all images of a dataset are decoded to. */
export interface ImageKind {
  readonly shape: ImageShape;
  /** Number of possible values: 256, or 65,536 for 16-bit images. */
  readonly levels: 256 | 65536;
}

type SharpModule = typeof import("sharp")["default"];

/** Decodes images to one shape and depth: EXIF orientation applied, alpha blended onto black, resized, in sRGB or gray. */
export class ImageDecoder {
  readonly levels: 256 | 65536;
  readonly #sharp: SharpModule;
  readonly #options: ImageOptions;

  private constructor(sharp: SharpModule, levels: ImageKind["levels"], options: ImageOptions) {
    this.#sharp = sharp;
    this.#options = options;
    this.levels = levels;
  }

  /** @throws PixscaleError if sharp is not installed */
  static async of(levels: ImageKind["levels"], options: ImageOptions): Promise<ImageDecoder> {
    return new ImageDecoder(await loadSharp(), levels, options);
  }

  /**
   * @returns the pixels, or the damage
   * @throws PixscaleError if the depth differs from that of the first image; with `strict`, if the image is damaged
   */
  async decode(path: string): Promise<DecodedImage | DamagedImage> {
    const found = await readImage(this.#sharp, path, this.#options, this.levels).catch((error) => {
      const damage = DamagedImage.because(path, error);
      if (this.#options.strict) throw strictError(damage, error);
      return damage;
    });
    if (found instanceof DamagedImage) return found;
    const { deep, data, info } = found;
    if (deep !== this.levels > 256) {
      const [bits, firstBits] = deep ? [16, 8] : [8, 16];
      const problem = `${bits}-bit values, but the first image has ${firstBits}-bit values`;
      throw new PixscaleError(path, problem, "convert one of them");
    }
    const { height, width, channels } = info;
    const values =
      this.levels === 256 ? data : new Uint16Array(data.buffer, data.byteOffset, data.length / 2);
    return { height, width, channels, values };
  }
}

/**
 * The kind of a dataset that begins with this image, or the damage of the image.
 *
 * @throws PixscaleError with `strict`, if the image is damaged; if sharp is not installed
 */
export async function imageKind(path: string, options: ImageOptions): Promise<ImageKind | DamagedImage> {
  const sharp = await loadSharp();
  try {
    const { deep, info } = await readImage(sharp, path, options);
    const { height, width, channels } = info;
    return { shape: { height, width, channels }, levels: deep ? 65536 : 256 };
  } catch (error) {
    const damage = DamagedImage.because(path, error);
    if (options.strict) throw strictError(damage, error);
    return damage;
  }
}

/**
 * The kind of the first image that is not damaged.
 *
 * @param look calls `imageKind` in this process or another
 * @throws PixscaleError if all are damaged
 */
export async function firstKind(
  files: ImageFiles,
  look: (path: string) => Promise<ImageKind | DamagedImage>,
): Promise<ImageKind> {
  let first: DamagedImage | undefined;
  for await (const { path } of files) {
    const found = await look(path);
    if (!(found instanceof DamagedImage)) return found;
    first ??= found;
  }
  const others = files.count === 1 ? "" : ", and neither can any other training image";
  const problem = `cannot be decoded (${first?.reason})${others}`;
  throw new PixscaleError(first?.path ?? "images", problem, "convert to 8-bit or 16-bit images, such as PNG");
}

/** @param levels depth to decode to; by default that of the file */
async function readImage(sharp: SharpModule, path: string, options: ImageOptions, levels?: number) {
  // libvips would read it in small pieces, which is slower.
  const file = await readFile(path);
  const deep = await isDeep(sharp, file);
  return { deep, ...(await decode(sharp, file, options, levels ?? (deep ? 65536 : 256))) };
}

/** Formats that may hold 16-bit values, as sharp names them; `heif` is AVIF. */
const DEEP_FORMATS = ["png", "tiff", "heif"];

/**
 * Whether an image has 16-bit values.
 *
 * @throws Error if its format or its type of values is not supported
 */
async function isDeep(sharp: SharpModule, file: Buffer): Promise<boolean> {
  if (holdsBytesOnly(file)) return false;
  const { depth, format } = await sharp(file).metadata();
  if (!DEEP_FORMATS.includes(format)) throw new Error(`format "${format}" is not supported`);
  if (depth !== "uchar" && depth !== "ushort") throw new Error(`values of type "${depth}" are not supported`);
  return depth === "ushort";
}

/** Whether a file starts like JPEG, GIF or WebP; its name does not matter. */
function holdsBytesOnly(file: Buffer): boolean {
  const text = file.toString("latin1", 0, 12);
  return text.startsWith("\xff\xd8") || text.startsWith("GIF8") || /^RIFF.{4}WEBP/s.test(text);
}

function strictError({ path, reason }: DamagedImage, cause: unknown): PixscaleError {
  return new PixscaleError(path, `cannot be decoded (${reason})`, "replace or remove it", { cause });
}

function decode(sharp: SharpModule, file: Buffer, options: ImageOptions, levels: number) {
  const { size, fit = "cover", color = "rgb" } = options;
  // "error", not "warning": libvips warns about images that browsers and Pillow show without complaint.
  const image = sharp(file, { failOn: "error" }).autoOrient().flatten({ background: "#000" });
  if (size !== undefined) image.resize({ ...size, fit, background: "#000" });
  const deep = levels > 256;
  image.toColourspace(color === "gray" ? (deep ? "grey16" : "b-w") : deep ? "rgb16" : "srgb");
  return image.raw({ depth: deep ? "ushort" : "uchar" }).toBuffer({ resolveWithObject: true });
}

/** @throws PixscaleError if sharp is not installed or does not run on this machine */
export async function loadSharp(): Promise<SharpModule> {
  try {
    const { default: sharp } = await import("sharp");
    // Many images are decoded at once, each by one thread, and none twice.
    sharp.concurrency(1);
    sharp.cache(false);
    return sharp;
  } catch (cause) {
    const remedy = "run npm install sharp, or convert the images to an .npz file";
    throw new PixscaleError("sharp", "cannot be loaded to decode images", remedy, { cause });
  }
}
