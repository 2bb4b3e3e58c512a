import {
  ByteReader,
  checkSize,
  flipRows,
  type Loaded,
  type LoadOptions,
  type Raster,
  throughPalette,
  unpackBits,
} from "./raster.ts";

/** Sizes of the headers that Pillow knows: OS/2 version 1, then Windows version 3 to 5 and OS/2 version 2. */
const OLD_HEADER = 12;
const HEADERS = [40, 52, 56, 64, 108, 124];
const [RAW, RLE8, RLE4, BITFIELDS] = [0, 1, 2, 3];

/** Places of red, green, blue and alpha in the bytes of 32-bit pixels, by their masks; Pillow reads no others. */
const LAYOUTS: Readonly<Record<string, readonly number[]>> = {
  "ff0000,ff00,ff,0": [2, 1, 0],
  "ff000000,ff0000,ff00,0": [3, 2, 1],
  "ff000000,ff00,ff,0": [3, 1, 0],
  "ff000000,ff0000,ff00,ff": [3, 2, 1, 0],
  "ff,ff00,ff0000,ff000000": [0, 1, 2, 3],
  "ff0000,ff00,ff,ff000000": [2, 1, 0, 3],
  "ff000000,ff00,ff,ff0000": [3, 1, 0, 2],
  "0,0,0,0": [2, 1, 0, 3],
};
const BGR = [2, 1, 0];

export function isBmp(file: Uint8Array): boolean {
  return file[0] === 0x42 && file[1] === 0x4d;
}

/** Whether a file is a bitmap without the first 14 bytes, as the clipboard holds it. */
export function isDib(file: Uint8Array): boolean {
  return file.length > 16 && [OLD_HEADER, ...HEADERS].includes(new ByteReader(file).u32());
}

/** Whether TensorFlow reads a BMP as Pillow does: it knows neither palettes nor masks, and nothing may follow the pixels. */
export function isPlainBmp(file: Uint8Array, { space }: Pick<Raster, "space">): boolean {
  if (!isBmp(file)) return false;
  const reader = new ByteReader(file, 10);
  const header = readHeader(reader, reader.u32());
  const isKnown = header.bits === 24 || header.bits === 32 || (header.bits === 8 && space === "gray");
  const end = header.offset + strideOf(header) * header.height;
  return isKnown && header.compression === RAW && file.length === end;
}

interface Header {
  readonly height: number;
  readonly width: number;
  readonly bits: number;
  readonly compression: number;
  readonly isTopDown: boolean;
  /** Red, green, blue, alpha. */
  readonly masks: readonly number[];
  readonly colors: number;
  /** Bytes of a colour of the palette. */
  readonly colorSize: 3 | 4;
  /** Where the pixels are. */
  readonly offset: number;
}

/**
 * Reads BMP as Pillow does: 1, 4 and 8 bits with a palette (also run-length encoded), 16, 24 and 32 bits.
 *
 * @throws UnfitImage if it is too large; Error if the file is damaged, or of a kind that Pillow does not read
 */
export function readBmp(file: Uint8Array, { maxPixels }: Pick<LoadOptions, "maxPixels">): Loaded {
  const reader = new ByteReader(file, isBmp(file) ? 10 : 0);
  const header = readHeader(reader, isBmp(file) ? reader.u32() : 0);
  const { height, width, bits } = header;
  checkSize(height, width, maxPixels);
  const loaded = (space: "gray" | "rgb", channels: number, values: Uint8Array): Loaded => {
    const upright = header.isTopDown ? values : flipRows(values, height);
    return { raster: { height, width, channels, space, values: upright }, icc: false, orientation: 1 };
  };
  if (bits <= 8) {
    const palette = readPalette(reader, header);
    const indexes = readIndexes(reader, header);
    if (isGrayRamp(palette)) return loaded("gray", 1, indexes);
    return loaded("rgb", 3, throughPalette(indexes, palette, 3));
  }
  const stride = strideOf(header);
  const bytes = takeRows(reader, header);
  if (bits === 16) return loaded("rgb", 3, fromShorts(bytes, header, stride));
  const places = bits === 24 || header.compression !== BITFIELDS ? BGR : LAYOUTS[maskText(header.masks)];
  return loaded("rgb", places.length, fromBytes(bytes, header, stride, places));
}

function readHeader(reader: ByteReader, storedOffset: number): Header {
  let offset = storedOffset;
  const size = reader.u32();
  if (size !== OLD_HEADER && !HEADERS.includes(size)) throw new Error(`a BMP header of ${size} bytes`);
  const isOld = size === OLD_HEADER;
  const fields = new ByteReader(reader.take(size - 4));
  const isTopDown = !isOld && fields.bytes[7] === 0xff;
  const width = isOld ? fields.u16() : fields.u32();
  const storedHeight = isOld ? fields.u16() : fields.u32();
  const height = isTopDown ? 2 ** 32 - storedHeight : storedHeight;
  fields.u16();
  const bits = fields.u16();
  const compression = isOld ? RAW : fields.u32();
  if (!isOld) fields.at = 28;
  const colors = (isOld ? 0 : fields.u32()) || 2 ** bits;
  let masks: number[] = [0, 0, 0, 0];
  if (compression === BITFIELDS) {
    // Short headers are followed by the masks; the fourth of them is reserved.
    const from = size >= 52 ? new ByteReader(fields.bytes, 36) : reader;
    masks = [from.u32(), from.u32(), from.u32(), size >= 56 ? from.u32() : 0];
  }
  const colorSize = isOld ? 3 : 4;
  if (![1, 4, 8, 16, 24, 32].includes(bits)) throw new Error(`${bits} bits per pixel`);
  const known =
    compression === RAW ||
    (bits <= 8 ? compression === RLE8 || compression === RLE4 : hasLayout(bits, compression, masks));
  if (!known) throw new Error(`BMP compression ${compression} of ${bits}-bit pixels`);
  // Some writers count only the headers.
  if (offset === 14 + size && bits <= 8) offset += colorSize * colors;
  return { height, width, bits, compression, isTopDown, masks, colors, colorSize, offset };
}

function maskText(masks: readonly number[]): string {
  return masks.map((mask) => mask.toString(16)).join();
}

function hasLayout(bits: number, compression: number, masks: readonly number[]): boolean {
  if (compression !== BITFIELDS) return false;
  if (bits === 32) return maskText(masks) in LAYOUTS;
  const colors = maskText(masks.slice(0, 3));
  return bits === 24 ? colors === "ff0000,ff00,ff" : colors === "f800,7e0,1f" || colors === "7c00,3e0,1f";
}

/** RGB of each colour. */
function readPalette(reader: ByteReader, { colors, colorSize }: Header): Uint8Array {
  if (colors > 65536) throw new Error(`a palette of ${colors} colours`);
  const bytes = reader.bytes.subarray(reader.at, reader.at + colorSize * colors);
  reader.at += bytes.length;
  const palette = new Uint8Array(3 * Math.floor(bytes.length / colorSize));
  for (let i = 0; i < palette.length; i++) {
    palette[i] = bytes[Math.floor(i / 3) * colorSize + 2 - (i % 3)];
  }
  return palette;
}

/** Whether each colour is the gray of its own index; Pillow then reads any index, even beyond the palette, as gray. */
function isGrayRamp(palette: Uint8Array): boolean {
  return palette.length > 6 && palette.every((value, i) => value === Math.floor(i / 3));
}

/** Bytes of a row, which is padded to a multiple of four. */
function strideOf({ width, bits }: Header): number {
  return Math.ceil((width * bits) / 32) * 4;
}

/** All rows; the last may lack its padding. */
function takeRows(reader: ByteReader, header: Header): Uint8Array {
  const { height, width, bits, offset } = header;
  reader.at = offset || reader.at;
  return reader.take(strideOf(header) * (height - 1) + Math.ceil((width * bits) / 8));
}

function readIndexes(reader: ByteReader, header: Header): Uint8Array {
  const { height, width, bits, compression, offset } = header;
  if (compression === RAW) {
    return unpackBits(takeRows(reader, header), { height, width }, bits as 1 | 4 | 8, strideOf(header));
  }
  reader.at = offset || reader.at;
  return unpackRuns(reader, height, width, compression === RLE4);
}

/** 16-bit pixels: 5 bits for each colour, or 6 for green. Whole numbers, as `BGR;15` and `BGR;16` of Pillow. */
function fromShorts(bytes: Uint8Array, { height, width, masks }: Header, stride: number): Uint8Array {
  const green = masks[0] === 0xf800 ? 6 : 5;
  const most = 2 ** green - 1;
  const values = new Uint8Array(3 * height * width);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * stride + 2 * x;
      const pixel = bytes[at] + 256 * bytes[at + 1];
      values[to++] = Math.floor((((pixel >> (5 + green)) & 31) * 255) / 31);
      values[to++] = Math.floor((((pixel >> 5) & most) * 255) / most);
      values[to++] = Math.floor(((pixel & 31) * 255) / 31);
    }
  }
  return values;
}

function fromBytes(
  bytes: Uint8Array,
  { height, width, bits }: Header,
  stride: number,
  places: readonly number[],
): Uint8Array {
  const values = new Uint8Array(places.length * height * width);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * stride + (x * bits) / 8;
      for (const place of places) values[to++] = bytes[at + place];
    }
  }
  return values;
}

/** Run-length encoded indexes. Where a run passes the end of its row, Pillow cuts it. */
function unpackRuns(reader: ByteReader, height: number, width: number, isRle4: boolean): Uint8Array {
  const count = height * width;
  // Two bytes give at most 255 indexes, or skip 255 rows and 255 more.
  const left = reader.bytes.length - reader.at;
  if (count > Math.ceil(left / 2) * 255 * (width + 1)) throw new Error("the file is cut off");
  const indexes = new Growing(count);
  let x = 0;
  while (indexes.length < count) {
    const length = reader.u8();
    const code = reader.u8();
    if (length > 0) {
      const fitting = Math.min(length, Math.max(0, width - x));
      for (let i = 0; i < fitting; i++) {
        indexes.push(isRle4 ? (i % 2 === 0 ? code >> 4 : code & 15) : code);
      }
      x += fitting;
    } else if (code === 0) {
      indexes.skip((width - (indexes.length % width)) % width);
      x = 0;
    } else if (code === 1) {
      break;
    } else if (code === 2) {
      indexes.skip(reader.u8() + width * reader.u8());
      x = indexes.length % width;
    } else {
      // Pillow reads no half of a last byte.
      for (const byte of reader.take(isRle4 ? code >> 1 : code)) {
        if (isRle4) indexes.push(byte >> 4);
        indexes.push(isRle4 ? byte & 15 : byte);
      }
      x += code;
      if (reader.at % 2 !== 0) reader.at++;
    }
  }
  if (indexes.length < count) throw new Error("the file ends before the image");
  return indexes.values();
}

/** Bytes that take up memory only as they come, because a damaged header may promise anything. */
class Growing {
  readonly #most: number;
  #bytes = new Uint8Array(1024);
  length = 0;

  constructor(most: number) {
    this.#most = most;
  }

  push(byte: number): void {
    this.#reserve(1);
    this.#bytes[this.length++] = byte;
  }

  skip(count: number): void {
    // What passes the end of the image is not kept.
    const kept = Math.min(count, Math.max(0, this.#most - this.length));
    this.#reserve(kept);
    this.length += kept;
  }

  values(): Uint8Array {
    return this.#bytes.slice(0, this.#most);
  }

  #reserve(count: number): void {
    if (this.length + count <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(2 * this.#bytes.length, this.length + count));
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}
