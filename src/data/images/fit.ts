import { mixBytes } from "./mix-bytes.ts";
import { roundHalfEven } from "./pnm.ts";
import type { Raster } from "./raster.ts";
import type { Reading } from "./reading.ts";
import { Resizer, resizeLikeTensorFlow, type TensorFlowMethod } from "./resize.ts";

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

/** Brings images to the size of a reading, if it has one. It keeps the weights of the last size for the next image. */
export class Fitter {
  readonly #reading: Reading;
  #resizer: { readonly to: Size; readonly resizer: Resizer } | undefined;

  constructor(reading: Reading) {
    this.#reading = reading;
  }

  /** @param image of 1 or 3 channels */
  apply(image: Raster): Raster {
    const { size, fit } = this.#reading;
    if (size === undefined || (image.height === size.height && image.width === size.width)) return image;
    const { resized, top, left } = geometry(image, size, fit);
    return crop(this.#resize(image, resized), size, top, left);
  }

  #resize(image: Raster, to: Size): Raster {
    const { like, interpolation, antialias } = this.#reading;
    if (
      (interpolation === "bilinear" && !antialias) ||
      (interpolation === "nearest" && like === "tensorflow")
    ) {
      return { ...image, ...to, values: rounded(image, to, interpolation) };
    }
    if (this.#resizer?.to.height !== to.height || this.#resizer.to.width !== to.width) {
      this.#resizer = { to, resizer: new Resizer(to, interpolation) };
    }
    return { ...image, ...to, values: this.#resizer.resizer.resize(image.values, image) };
  }
}

/** TensorFlow's resizing, rounded to whole values: halves go up. */
function rounded(image: Raster, to: Size, method: TensorFlowMethod): Raster["values"] {
  if (method === "bilinear" && image.values instanceof Uint8Array) return mixBytes(image.values, image, to);
  const floats = resizeLikeTensorFlow(image.values, image, to, method);
  const values =
    image.values instanceof Uint16Array ? new Uint16Array(floats.length) : new Uint8Array(floats.length);
  for (let i = 0; i < floats.length; i++) values[i] = Math.floor(floats[i] + 0.5);
  return values;
}
