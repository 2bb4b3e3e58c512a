import { loadSharp } from "./load-sharp.ts";
import { roundHalfEven } from "./pnm.ts";
import { plainBytes, type Raster } from "./raster.ts";
import type { Reading } from "./reading.ts";

export interface Size {
  readonly height: number;
  readonly width: number;
}

/** How an image comes to a size: it is resized, and then cut or padded. */
export interface Geometry {
  readonly resized: Size;
  /** Row and column of the resized image at the result's top left corner; negative where the result is padded. */
  readonly top: number;
  readonly left: number;
}

/**
 * The geometry of fitting an image.
 *
 * - `fill` stretches it.
 * - `cover` resizes the short side and cuts the centre out, as `v2.Resize(side)` and `v2.CenterCrop` of torchvision.
 * - `contain` resizes it to fit in and centres it, as Pillow's `ImageOps.pad`.
 */
export function geometry(from: Size, to: Size, fit: Reading["fit"]): Geometry {
  if (fit === "fill") return { resized: to, top: 0, left: 0 };
  const resized = fit === "cover" ? covering(from, to) : contained(from, to);
  return {
    resized,
    top: centre(resized.height - to.height),
    left: centre(resized.width - to.width),
  };
}

/** torchvision cuts the fraction of the long side off. */
function covering(from: Size, to: Size): Size {
  const isWide = from.width * to.height > to.width * from.height;
  return isWide
    ? { height: to.height, width: Math.floor((to.height * from.width) / from.height) }
    : { height: Math.floor((to.width * from.height) / from.width), width: to.width };
}

/** `ImageOps.contain`. A side never vanishes. */
function contained(from: Size, to: Size): Size {
  const [ratio, wanted] = [from.width / from.height, to.width / to.height];
  if (ratio === wanted) return to;
  return ratio > wanted
    ? { height: Math.max(1, roundHalfEven((from.height / from.width) * to.width)), width: to.width }
    : { height: to.height, width: Math.max(1, roundHalfEven(ratio * to.height)) };
}

/** Half of the rest; Python rounds a half to the even number. */
function centre(rest: number): number {
  const half = roundHalfEven(Math.abs(rest) / 2);
  return rest < 0 ? -half : half;
}

/** Cuts or pads an image with black. */
export function crop(image: Raster, to: Size, top: number, left: number): Raster {
  const { height, width, channels, values } = image;
  if (top === 0 && left === 0 && height === to.height && width === to.width) return image;
  const length = to.height * to.width * channels;
  const out = values instanceof Uint16Array ? new Uint16Array(length) : new Uint8Array(length);
  const [firstX, endX] = [Math.max(0, left), Math.min(width, left + to.width)];
  for (let y = Math.max(0, top); y < Math.min(height, top + to.height); y++) {
    const row = values.subarray((y * width + firstX) * channels, (y * width + endX) * channels);
    out.set(row, ((y - top) * to.width + firstX - left) * channels);
  }
  return { ...image, ...to, values: out };
}

/** An image of 1 or 3 channels in the size of the reading, if it has one. */
export async function fitImage(image: Raster, reading: Reading): Promise<Raster> {
  const { size, fit } = reading;
  if (size === undefined || (image.height === size.height && image.width === size.width)) return image;
  const { resized, top, left } = geometry(image, size, fit);
  return crop(await resize(image, resized, reading), size, top, left);
}

/** sharp has no box filter, and antialiases all others. */
const KERNELS = {
  nearest: "nearest",
  bilinear: "linear",
  bicubic: "cubic",
  lanczos: "lanczos3",
  box: "linear",
} as const;

async function resize(image: Raster, to: Size, { interpolation }: Reading): Promise<Raster> {
  const { height, width, values } = image;
  const [channels, isDeep] = [image.channels as 1 | 3, values instanceof Uint16Array];
  const sharp = await loadSharp();
  const space = channels === 1 ? (isDeep ? "grey16" : "b-w") : isDeep ? "rgb16" : "srgb";
  const data = await sharp(values, { raw: { height, width, channels } })
    .resize({ ...to, fit: "fill", kernel: KERNELS[interpolation] })
    .toColourspace(space)
    .raw({ depth: isDeep ? "ushort" : "uchar" })
    .toBuffer();
  return { ...image, ...to, values: isDeep ? shorts(data) : plainBytes(data) };
}

/** The 16-bit values of a buffer, not copied. */
export function shorts(data: Buffer): Uint16Array {
  return new Uint16Array(data.buffer, data.byteOffset, data.length / 2);
}
