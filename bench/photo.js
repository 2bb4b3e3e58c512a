// @ts-check
import sharp from "sharp";

const HEIGHT = 375;
const WIDTH = 500;

/**
 * Clouds of colour under fine grain, as a JPEG of the size that photographs have.
 *
 * @param {import("sharp").JpegOptions} options
 */
export async function photo(options) {
  /** @param {number} height @param {number} width @param {number} sigma */
  const noise = (height, width, sigma) =>
    sharp({
      create: {
        height,
        width,
        channels: 3,
        background: "#000",
        noise: { type: "gaussian", mean: 128, sigma },
      },
    });
  const clouds = await noise(12, 16, 70).png().toBuffer();
  const grain = await noise(HEIGHT, WIDTH, 18).png().toBuffer();
  return sharp(clouds)
    .resize(WIDTH, HEIGHT, { kernel: "cubic" })
    .composite([{ input: grain, blend: "soft-light" }])
    .jpeg(options)
    .toBuffer();
}
