import { hasAlpha, type Raster } from "./raster.ts";
import type { Reading } from "./reading.ts";

/** Conversions of pixels. Unless a comment says otherwise, the formulas are Pillow's (libImaging/Convert.c). */

type Values = Uint8Array | Uint16Array;

function sameDepth(values: Values, length: number): Values {
  return values instanceof Uint16Array ? new Uint16Array(length) : new Uint8Array(length);
}

function levelsOf(values: Values): number {
  return values instanceof Uint16Array ? 65535 : 255;
}

/** CMYK to RGB, HWC: (1 − c)·(1 − k), rounded to nearest: `clip(nk − MULDIV255(c, nk))` with nk = 255 − k. */
export function cmykToRgb(cmyk: Values): Values {
  const white = levelsOf(cmyk);
  const rgb = sameDepth(cmyk, (cmyk.length / 4) * 3);
  for (let from = 0, to = 0; from < cmyk.length; from += 4) {
    const light = white - cmyk[from + 3];
    // Never halfway between two levels, as 255 and 65535 are odd.
    for (let i = 0; i < 3; i++) rgb[to++] = Math.round(((white - cmyk[from + i]) * light) / white);
  }
  return rgb;
}

/** RGB to gray, HWC: ITU-R 601-2 luma in fixed point, `L24` of Pillow. */
export function rgbToGray(rgb: Values): Values {
  const gray = sameDepth(rgb, rgb.length / 3);
  for (let from = 0, to = 0; from < rgb.length; from += 3) {
    // Below 2³² for 16-bit values too.
    gray[to++] = (rgb[from] * 19595 + rgb[from + 1] * 38470 + rgb[from + 2] * 7471 + 32768) >>> 16;
  }
  return gray;
}

export function grayToRgb(gray: Values): Values {
  const rgb = sameDepth(gray, 3 * gray.length);
  for (let i = 0, to = 0; i < gray.length; i++, to += 3) {
    const value = gray[i];
    rgb[to] = value;
    rgb[to + 1] = value;
    rgb[to + 2] = value;
  }
  return rgb;
}

/**
 * The high bytes of 16-bit values, as Pillow and TensorFlow read 16-bit colour. (`Uint8Array.from` with a function would take fifty
 * times as long.)
 */
export function highBytes(values: Uint16Array): Uint8Array {
  const bytes = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) bytes[i] = values[i] >> 8;
  return bytes;
}

/** Bytes as 16-bit values: 255 becomes 65535. */
export function widen(values: Uint8Array): Uint16Array {
  const wide = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) wide[i] = 257 * values[i];
  return wide;
}

/** Removes the last of `channels`, or lays the others over black or white, rounded to nearest as Pillow's `paste` does. */
export function withoutAlpha(values: Values, channels: number, alpha: Reading["alpha"]): Values {
  const kept = channels - 1;
  const out = sameDepth(values, (values.length / channels) * kept);
  const white = levelsOf(values);
  const background = alpha === "white" ? white : 0;
  for (let from = 0, to = 0; from < values.length; from += channels) {
    const opacity = values[from + kept];
    for (let i = 0; i < kept; i++) {
      const value = values[from + i];
      out[to++] =
        alpha === "drop" ? value : Math.round((value * opacity + background * (white - opacity)) / white);
    }
  }
  return out;
}

/** An image turned upright from an EXIF orientation of 1 to 8. */
export function orient(raster: Raster, orientation: number): Raster {
  const { height, width, channels, values } = raster;
  if (orientation === 1) return raster;
  const turned = orientation >= 5;
  const size = turned ? { height: width, width: height } : { height, width };
  const out = sameDepth(values, values.length);
  // Where the stored rows and columns go; 2 to 4 mirror, 5 to 8 swap rows and columns too.
  const mirrorX = [2, 3, 7, 8].includes(orientation);
  const mirrorY = [3, 4, 6, 7].includes(orientation);
  for (let y = 0, from = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const column = mirrorX ? width - 1 - x : x;
      const row = mirrorY ? height - 1 - y : y;
      const to = channels * (turned ? column * size.width + row : row * size.width + column);
      for (let i = 0; i < channels; i++) out[to + i] = values[from++];
    }
  }
  return { ...raster, ...size, values: out };
}

/** An image in the colours, without alpha, and in the depth of a reading. Of 16-bit values, `depth: 8` keeps the high bytes. */
export function toColor(raster: Raster, { alpha, color, depth }: Reading): Raster {
  let { values, space } = raster;
  if (depth === 8 && values instanceof Uint16Array) values = highBytes(values);
  if (hasAlpha(raster)) values = withoutAlpha(values, raster.channels, alpha);
  if (space === "cmyk") [values, space] = [cmykToRgb(values), "rgb"];
  if (color === "gray" && space === "rgb") values = rgbToGray(values);
  if (color === "rgb" && space === "gray") values = grayToRgb(values);
  if (depth === 16 && values instanceof Uint8Array) values = widen(values);
  return { ...raster, values, space: color, channels: color === "gray" ? 1 : 3 };
}
