import { loadSharp } from "../data/images/load-sharp.ts";
import { type ColorScale, colorOf } from "../output/preview/color-scale.ts";
import { resizeArea, type ValueImage } from "../output/preview/resize-area.ts";

/**
 * An image in the colours of a scale, as a PNG file.
 *
 * @param most larger images are shrunk to so many pixels on their longer side
 * @throws PixscaleError if sharp is not installed
 */
export async function encodeValueImage(image: ValueImage, scale: ColorScale, most: number): Promise<Buffer> {
  const sharp = await loadSharp("write pictures");
  const factor = Math.min(1, most / Math.max(image.height, image.width));
  const side = (length: number) => Math.max(1, Math.round(length * factor));
  const { height, width, channels, values } = resizeArea(image, side(image.height), side(image.width));
  const rgb = new Uint8Array(height * width * 3);
  for (let pixel = 0; pixel < height * width; pixel++) {
    rgb.set(colorOf(scale, values.subarray(pixel * channels, (pixel + 1) * channels)), pixel * 3);
  }
  return await sharp(rgb, { raw: { height, width, channels: 3 } })
    .png({ compressionLevel: 9 })
    .toBuffer();
}
