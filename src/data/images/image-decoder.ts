import { readFile } from "node:fs/promises";
import { oneLine, PixscaleError, setting } from "../../errors.ts";
import type { ImageShape } from "../dataset.ts";
import type { ImageOptions } from "../format.ts";
import { type DecodedImage, decodeImage, UnfitImage } from "./decode.ts";
import type { ImageFiles } from "./image-files.ts";
import { loadSharp } from "./load-sharp.ts";
import { type Reading, resolveReading } from "./reading.ts";

export { loadSharp };

/** Values of one image, HWC. */
export type ImageValues = Uint8Array | Uint16Array;

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

/** Decodes images as a training pipeline does. */
export class ImageDecoder {
  readonly reading: Reading;
  readonly #isStrict: boolean;

  private constructor(options: ImageOptions) {
    this.reading = resolveReading(options);
    this.#isStrict = options.strict ?? false;
  }

  /** @throws PixscaleError if sharp is not installed */
  static async of(options: ImageOptions): Promise<ImageDecoder> {
    await loadSharp();
    return new ImageDecoder(options);
  }

  /**
   * @returns the pixels, or the damage
   * @throws PixscaleError if the image needs another depth; with `strict`, if it is damaged
   */
  async decode(path: string): Promise<DecodedImage | DamagedImage> {
    try {
      // libvips would read it in small pieces, which is slower.
      return await decodeImage(await readFile(path), this.reading);
    } catch (error) {
      if (error instanceof UnfitImage)
        throw new PixscaleError(path, error.message, error.remedy, { cause: error });
      const damage = DamagedImage.because(path, error);
      if (!this.#isStrict) return damage;
      const problem = `cannot be decoded (${damage.reason})`;
      throw new PixscaleError(path, problem, "replace or remove it", { cause: error });
    }
  }
}

/**
 * Checks that an image has the shape of the first.
 *
 * @throws PixscaleError if it has not
 */
export function requireShape({ height, width }: DecodedImage, { shape }: ImageKind, path: string): void {
  if (height === shape.height && width === shape.width) return;
  const problem = `${width} wide and ${height} high, but the first image is ${shape.width} by ${shape.height}`;
  const remedy = `resize all images, for example with ${setting("size", `${shape.height}x${shape.width}`)}`;
  throw new PixscaleError(path, problem, remedy);
}

/**
 * The kind of a dataset that begins with this image, or the damage of the image.
 *
 * @throws PixscaleError as `ImageDecoder.decode` does; if sharp is not installed
 */
export async function imageKind(path: string, options: ImageOptions): Promise<ImageKind | DamagedImage> {
  const decoder = await ImageDecoder.of(options);
  const found = await decoder.decode(path);
  if (found instanceof DamagedImage) return found;
  const { height, width, channels } = found;
  return { shape: { height, width, channels }, levels: decoder.reading.depth === 16 ? 65536 : 256 };
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
