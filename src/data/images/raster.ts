import { setting } from "../../errors.ts";
import type { Reading } from "./reading.ts";
import { UnfitImage } from "./unfit-image.ts";

/** Most pixels of an image unless told otherwise: a file of some kilobytes can claim gigabytes. */
export const MAX_PIXELS = 100_000_000;

/** What a reader of image files is told. */
export interface LoadOptions extends Reading {
  /** Larger images are refused before they are decoded. */
  readonly maxPixels: number;
}

/** The pixels of an image file as it stores them, before conversion to RGB or gray. */
export interface Raster {
  readonly height: number;
  readonly width: number;
  /** Values per pixel; gray has 1 or 2, RGB 3 or 4 with alpha as the last, and CMYK 4 without alpha. */
  readonly channels: number;
  readonly space: "gray" | "rgb" | "cmyk";
  /** HWC, 0 to 255 or 0 to 65535. */
  readonly values: Uint8Array | Uint16Array;
}

/** A decoded file: its first image and what else it says about the pixels. */
export interface Loaded {
  readonly raster: Raster;
  /** Whether it has a colour profile that is not yet applied. */
  readonly icc: boolean;
  /** EXIF orientation that is not yet applied, 1 to 8; 1 is upright. */
  readonly orientation: number;
}

export function hasAlpha({ space, channels }: Raster): boolean {
  return space !== "cmyk" && channels % 2 === 0;
}

/** @throws Error if a size is zero; UnfitImage if it is more than `maxPixels` */
export function checkSize(height: number, width: number, maxPixels: number): void {
  if (!(height > 0 && width > 0)) throw new Error(`${width} wide and ${height} high`);
  if (height * width > maxPixels) throw tooLarge(`${width} by ${height} pixels, `, maxPixels, height * width);
}

/** The refusal of an image that claims too many pixels. @param needed how many it has, if that is known */
export function tooLarge(size: string, maxPixels: number, needed?: number): UnfitImage {
  const problem = `${size}more than ${maxPixels.toLocaleString("en-US")} pixels`;
  return new UnfitImage(
    problem,
    `allow more with ${setting("maxPixels", needed ?? 2 * maxPixels)}, or remove it`,
  );
}

/** The bytes of a buffer, not copied. `slice` and `map` of a Buffer would do something else. */
export function plainBytes(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}

/** The 16-bit values of a buffer, not copied. */
export function shorts(buffer: Uint8Array): Uint16Array {
  return new Uint16Array(buffer.buffer, buffer.byteOffset, buffer.length / 2);
}

/**
 * Reads little-endian numbers of a file.
 *
 * @throws Error beyond its end
 */
export class ByteReader {
  readonly bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  u8(): number {
    if (this.at >= this.bytes.length) throw new Error("the file is cut off");
    return this.bytes[this.at++];
  }

  u16(): number {
    return this.u8() + 256 * this.u8();
  }

  u32(): number {
    return this.u16() + 65536 * this.u16();
  }

  /** The next bytes, not copied. */
  take(length: number): Uint8Array {
    if (this.at + length > this.bytes.length) throw new Error("the file is cut off");
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }
}

/** The colours of palette indexes; an index without a colour has zeros, as in Pillow. */
export function throughPalette(indexes: Uint8Array, palette: Uint8Array, channels: 3 | 4): Uint8Array {
  const table = new Uint8Array(256 * channels);
  table.set(palette.subarray(0, table.length));
  const values = new Uint8Array(indexes.length * channels);
  for (let i = 0, to = 0; i < indexes.length; i++) {
    const from = channels * indexes[i];
    for (let c = 0; c < channels; c++) values[to++] = table[from + c];
  }
  return values;
}

/** The bits of packed rows, most significant first, as one value per byte. Rows begin at whole bytes, `stride` bytes apart. */
export function unpackBits(
  packed: Uint8Array,
  size: { height: number; width: number },
  bits: 1 | 4 | 8,
  stride: number,
): Uint8Array {
  const { height, width } = size;
  const values = new Uint8Array(height * width);
  const [perByte, mask] = [8 / bits, 2 ** bits - 1];
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const byte = packed[y * stride + Math.floor(x / perByte)];
      values[to++] = (byte >> (8 - bits - bits * (x % perByte))) & mask;
    }
  }
  return values;
}

/** Rows in the opposite order. */
export function flipRows<T extends Uint8Array | Uint16Array>(values: T, height: number): T {
  const row = values.length / height;
  const flipped = values.slice() as T;
  for (let y = 0; y < height; y++) {
    flipped.set(values.subarray(y * row, (y + 1) * row), (height - 1 - y) * row);
  }
  return flipped;
}
