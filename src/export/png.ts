import type { ImageShape, Pixels } from "../data/dataset.ts";
import { loadSharp } from "../data/images/load-sharp.ts";

/**
 * An image as a PNG file. Bytes are kept; other values are stretched so that the smallest becomes black and the largest white.
 *
 * @param pixels of one image, height × width × channels
 * @throws PixscaleError if sharp is not installed
 */
export async function encodePng(pixels: Pixels, { height, width, channels }: ImageShape): Promise<Buffer> {
  const sharp = await loadSharp();
  const raw = { width, height, channels: channels as 1 | 2 | 3 | 4 };
  return await sharp(toBytes(pixels), { raw }).png().toBuffer();
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
