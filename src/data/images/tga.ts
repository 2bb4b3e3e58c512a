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

const HEADER = 18;
const FOOTER = 26;
const SIGNATURE = "TRUEVISION-XFILE.\0";
/** Where a version 2 file says what its alpha channel means, from the start of its extension area. */
const ATTRIBUTES_TYPE = 494;

/** Kinds of pixels: the type without its compression bit, and the bits of a pixel. */
const KINDS = ["1/8", "3/1", "3/8", "3/16", "2/16", "2/24", "2/32"];

/** Whether a file may be TGA: its header has possible values. It has no signature, so all other formats come first. */
export function isTga(file: Uint8Array): boolean {
  if (file.length < HEADER) return false;
  const [hasMap, type, bits] = [file[1], file[2], file[16]];
  return hasMap <= 1 && [1, 2, 3, 9, 10, 11].includes(type) && KINDS.includes(`${type & 7}/${bits}`);
}

/**
 * Reads TGA as Pillow does: gray, colours and colour maps, plain or run-length encoded, from any corner.
 *
 * @throws UnfitImage if it is too large; Error if the file is damaged
 */
export function readTga(file: Uint8Array, { maxPixels }: Pick<LoadOptions, "maxPixels">): Loaded {
  if (!isTga(file)) throw new Error("a TGA header with impossible values");
  const header = new ByteReader(file);
  const nameLength = header.u8();
  const hasMap = header.u8() === 1;
  const type = header.u8();
  const [mapStart, mapLength, mapBits] = [header.u16(), header.u16(), header.u8()];
  header.take(4);
  const [width, height, bits, flags] = [header.u16(), header.u16(), header.u8(), header.u8()];
  checkSize(height, width, maxPixels);
  header.take(nameLength);
  const map = hasMap ? readMap(header, mapStart, mapLength, mapBits) : undefined;
  const size = bits / 8;
  const stride = Math.ceil((width * bits) / 8);
  const isPacked = type >= 8;
  if (isPacked && bits === 1) throw new Error("run-length encoded bits are not supported");
  const bytes = isPacked ? unpackRuns(header, height * width, size) : header.take(stride * height);
  const { space, channels, values } = toValues(bytes, { height, width }, `${type & 7}/${bits}`, map);
  let upright = (flags & 0x20) === 0 ? flipRows(values, height) : values;
  if ((flags & 0x10) !== 0) upright = flipColumns(upright, width, channels);
  if (channels === 4 && alphaIsMeaningless(file))
    for (let i = 3; i < upright.length; i += 4) upright[i] = 255;
  return { raster: { height, width, channels, space, values: upright }, icc: false, orientation: 1 };
}

interface ColorMap {
  readonly channels: 3 | 4;
  readonly colors: Uint8Array;
}

function readMap(header: ByteReader, start: number, length: number, bits: number): ColorMap {
  if (bits !== 16 && bits !== 24 && bits !== 32) throw new Error(`a colour map of ${bits} bits`);
  const channels = bits === 24 ? 3 : 4;
  const colors = new Uint8Array(channels * (start + length));
  colors.set(toRgb(header.take((bits / 8) * length), bits), channels * start);
  return { channels, colors };
}

/** RGB of 24-bit pixels, and RGBA of 16 and 32 bits. */
function toRgb(bytes: Uint8Array, bits: 16 | 24 | 32): Uint8Array {
  const size = bits / 8;
  const channels = bits === 24 ? 3 : 4;
  const values = new Uint8Array((bytes.length / size) * channels);
  for (let from = 0, to = 0; from < bytes.length; from += size, to += channels) {
    if (bits === 16) {
      const pixel = bytes[from] + 256 * bytes[from + 1];
      for (let i = 0; i < 3; i++) values[to + i] = Math.floor((((pixel >> (10 - 5 * i)) & 31) * 255) / 31);
      // The highest bit is set where nothing shows.
      values[to + 3] = pixel >> 15 === 0 ? 255 : 0;
    } else {
      for (let i = 0; i < 3; i++) values[to + i] = bytes[from + 2 - i];
      if (bits === 32) values[to + 3] = bytes[from + 3];
    }
  }
  return values;
}

function toValues(
  bytes: Uint8Array,
  size: { height: number; width: number },
  kind: string,
  map: ColorMap | undefined,
): Pick<Raster, "space" | "channels"> & { values: Uint8Array } {
  const gray = (channels: 1 | 2, values: Uint8Array) => ({ space: "gray", channels, values }) as const;
  const rgb = (channels: 3 | 4, values: Uint8Array) => ({ space: "rgb", channels, values }) as const;
  if (kind === "1/8") {
    if (map === undefined) throw new Error("the colour map is missing");
    return rgb(map.channels, throughPalette(bytes, map.colors, map.channels));
  }
  if (kind === "3/1") {
    return gray(
      1,
      unpackBits(bytes, size, 1, Math.ceil(size.width / 8)).map((bit) => 255 * bit),
    );
  }
  if (kind === "3/8") return gray(1, bytes.slice());
  if (kind === "3/16") return gray(2, bytes.slice());
  if (kind === "2/16") return rgb(4, toRgb(bytes, 16));
  return kind === "2/24" ? rgb(3, toRgb(bytes, 24)) : rgb(4, toRgb(bytes, 32));
}

/** Runs and single pixels, which may go on in the next row. */
function unpackRuns(header: ByteReader, count: number, size: number): Uint8Array {
  const left = header.bytes.length - header.at;
  // A run of 128 pixels takes at least 1 + size bytes.
  if (count > 128 * Math.ceil(left / (1 + size))) throw new Error("the file is cut off");
  const values = new Uint8Array(count * size);
  for (let at = 0; at < values.length; ) {
    const head = header.u8();
    const wanted = ((head & 127) + 1) * size;
    const room = Math.min(wanted, values.length - at);
    if (head >= 128) {
      const pixel = header.take(size);
      for (let i = 0; i < room; i++) values[at + i] = pixel[i % size];
    } else {
      values.set(header.take(room), at);
    }
    at += room;
  }
  return values;
}

function flipColumns(values: Uint8Array, width: number, channels: number): Uint8Array {
  const flipped = new Uint8Array(values.length);
  const pixels = values.length / channels;
  for (let i = 0; i < pixels; i++) {
    const x = i % width;
    const to = (i - x + (width - 1 - x)) * channels;
    for (let c = 0; c < channels; c++) flipped[to + c] = values[i * channels + c];
  }
  return flipped;
}

/** Whether a version 2 file says that its fourth channel is no alpha. */
function alphaIsMeaningless(file: Uint8Array): boolean {
  if (file.length < FOOTER) return false;
  const footer = Buffer.from(file.buffer, file.byteOffset + file.length - FOOTER, FOOTER);
  if (footer.toString("latin1", 8) !== SIGNATURE) return false;
  const extension = footer.readUInt32LE(0);
  return extension !== 0 && file[extension + ATTRIBUTES_TYPE] === 0;
}
