import { type ImageShape, type ImageSplit, imageSize, type Pixels } from "../data/dataset.ts";
import { loadSharp } from "../data/images/load-sharp.ts";
import { inPieces, selectImages } from "../data/stored-split.ts";

/**
 * An image as a PNG file. Bytes are kept; other values are stretched so that the smallest becomes black and the largest white.
 *
 * @param pixels of one image, height × width × channels
 * @throws PixscaleError if sharp is not installed
 */
export async function encodePng(pixels: Pixels, { height, width, channels }: ImageShape): Promise<Buffer> {
  const sharp = await loadSharp("write pictures");
  const raw = { width, height, channels: channels as 1 | 2 | 3 | 4 };
  return await sharp(toBytes(pixels), { raw }).png().toBuffer();
}

/**
 * Some images of a split as PNG files, in the order asked for.
 *
 * @throws PixscaleError if sharp is not installed, or a file cannot be read
 */
export async function encodeImages(split: ImageSplit, images: readonly number[]): Promise<Buffer[]> {
  const size = imageSize(split.shape);
  const files: Promise<Buffer>[] = [];
  for (const { pixels, count, shape } of inPieces(selectImages(split, Uint32Array.from(images)))) {
    // Copied, as the next piece may reuse the memory.
    for (let i = 0; i < count; i++) files.push(encodePng(pixels.slice(i * size, (i + 1) * size), shape));
  }
  return await Promise.all(files);
}

function toBytes(pixels: Pixels): Uint8Array {
  if (pixels instanceof Uint8Array) return pixels;
  let [low, high] = [Infinity, -Infinity];
  for (const value of pixels) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const scale = high > low ? 255 / (high - low) : 0;
  return Uint8Array.from(pixels, (value) => Math.round((value - low) * scale));
}
