import { loadSharp } from "../data/images/load-sharp.ts";

/**
 * An SVG picture as PNG on white.
 *
 * @param density pixels per unit of the picture, so that text is sharp
 * @throws PixscaleError if sharp cannot be loaded
 */
export async function svgToPng(svg: string, density = 1): Promise<Buffer> {
  const sharp = await loadSharp("write pictures");
  return sharp(Buffer.from(svg), { density: 72 * density })
    .flatten({ background: "#fff" })
    .png()
    .toBuffer();
}
