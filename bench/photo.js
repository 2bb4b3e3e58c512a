// @ts-check
import sharp from "sharp";

const HEIGHT = 375;
const WIDTH = 500;

/** Clouds of colour under fine grain, of the size that photographs have. */
async function picture() {
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
    .composite([{ input: grain, blend: "soft-light" }]);
}

/**
 * A picture as a JPEG.
 *
 * @param {import("sharp").JpegOptions} options
 */
export async function photo(options) {
  return (await picture()).jpeg(options).toBuffer();
}

/** A picture as a PNG. */
export async function pngPhoto() {
  return (await picture()).removeAlpha().png().toBuffer();
}
