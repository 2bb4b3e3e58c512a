import { PixscaleError } from "../../errors.ts";
import { isReadError } from "../../files/read.ts";
import type { ImageShape } from "../dataset.ts";
import { DamagedImage } from "./damage.ts";
import { type DecodedImage, ownImage, useImage } from "./decode.ts";
import { Fitter } from "./fit.ts";
import { type ImageFile, type ImageFiles, imageBytes } from "./image-files.ts";
import type { ImageOptions } from "./image-options.ts";
import { loadSharp, MissingSharp } from "./load-sharp.ts";
import { type Reading, resolveReading } from "./reading.ts";
import { UnfitImage } from "./unfit-image.ts";

export type { DecodedImage };
export { loadSharp };

/** The shape and depth that all images of a dataset are decoded to. */
export interface ImageKind {
  readonly shape: ImageShape;
  /** Number of possible values: 256, or 65,536 for 16-bit images. */
  readonly levels: 256 | 65536;
}

/** Decodes images as a training pipeline does. Sharp is only loaded for images that need it. */
export class ImageDecoder {
  readonly reading: Reading;
  readonly #fitter: Fitter;
  readonly #maxPixels: number | undefined;

  constructor(options: ImageOptions) {
    this.reading = resolveReading(options);
    this.#fitter = new Fitter(this.reading);
    this.#maxPixels = options.maxPixels;
  }

  /** The options with which another thread decodes the same. */
  get options(): ImageOptions {
    return { ...this.reading, ...(this.#maxPixels !== undefined && { maxPixels: this.#maxPixels }) };
  }

  /**
   * @returns the pixels, or the damage
   * @throws PixscaleError if the image needs another reading, or sharp, which is not installed; if its file cannot be read, which says
   * nothing about the image
   */
  decode(file: ImageFile): Promise<DecodedImage | DamagedImage> {
    return this.use(file, ownImage);
  }

  /**
   * Hands an image to `use`, which must not keep its pixels: the next image may be decoded to the same memory.
   *
   * @param content if it is read already
   * @returns what `use` returns, or the damage
   * @throws as `decode` does; what `use` throws
   */
  async use<Result>(
    file: ImageFile,
    use: (image: DecodedImage) => Result,
    content: Uint8Array | Promise<Uint8Array> = imageBytes(file),
  ): Promise<Result | DamagedImage> {
    let isDecoded = false;
    const mark = (image: DecodedImage) => {
      isDecoded = true;
      return use(image);
    };
    try {
      // libvips would read it in small pieces, which is slower.
      return await useImage(await content, this.reading, mark, this.#fitter, this.#maxPixels);
    } catch (error) {
      if (isDecoded || isReadError(error) || error instanceof MissingSharp) throw error;
      if (!(error instanceof UnfitImage)) return DamagedImage.because(file.path, error);
      throw new PixscaleError(file.path, error.message, error.remedy, { cause: error });
    }
  }
}

/**
 * The kind of a dataset that begins with this image, or the damage of the image.
 *
 * @throws PixscaleError as `ImageDecoder.decode` does
 */
export async function imageKind(file: ImageFile, options: ImageOptions): Promise<ImageKind | DamagedImage> {
  const decoder = new ImageDecoder(options);
  return decoder.use(file, ({ height, width, channels }) => ({
    shape: { height, width, channels },
    levels: decoder.reading.depth === 16 ? 65536 : 256,
  }));
}

/**
 * The kind of the first image that is not damaged.
 *
 * @param look calls `imageKind` in this process or another
 * @throws PixscaleError if all are damaged
 */
export async function firstKind(
  files: ImageFiles,
  look: (file: ImageFile) => Promise<ImageKind | DamagedImage>,
): Promise<ImageKind> {
  let first: DamagedImage | undefined;
  for await (const file of files) {
    const found = await look(file);
    if (!(found instanceof DamagedImage)) return found;
    first ??= found;
  }
  const others = files.count === 1 ? "" : ", and neither can any other training image";
  const problem = `cannot be decoded (${first?.reason})${others}`;
  throw new PixscaleError(first?.path ?? "images", problem, "convert to 8-bit or 16-bit images, such as PNG");
}
