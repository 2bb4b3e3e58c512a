import { ByteReader, checkSize, type Loaded, type LoadOptions, throughPalette } from "./raster.ts";

/** The first image of a GIF. libvips blackens transparent pixels; Pillow leaves them their colour, so their indexes are needed. */

export function isGif(file: Uint8Array): boolean {
  return Buffer.from(file.buffer, file.byteOffset, Math.min(6, file.length))
    .toString("latin1")
    .startsWith("GIF8");
}

const [EXTENSION, IMAGE] = [0x21, 0x2c];
const GRAPHIC_CONTROL = 0xf9;

/**
 * Reads the first image as Pillow does: what it does not cover has the transparent colour, or without one the first.
 *
 * @throws UnfitImage if it is too large; Error if the file is damaged
 */
export function readGif(
  file: Uint8Array,
  { like, maxPixels }: Pick<LoadOptions, "like" | "maxPixels">,
): Loaded {
  const { reader, screen, global, transparent, image, imageFlags } = firstImage(file);
  const { left, top, across, down } = image;
  const [width, height] = [Math.max(screen.width, left + across), Math.max(screen.height, top + down)];
  checkSize(height, width, maxPixels);
  const palette = readPalette(reader, imageFlags) ?? global;
  const part = decompress(reader, across * down);
  const indexes = new Uint8Array(height * width).fill(transparent ?? 0);
  const rows = (imageFlags & 0x40) === 0 ? undefined : interlacedRows(down);
  for (let y = 0; y < down; y++) {
    indexes.set(part.subarray(y * across, (y + 1) * across), (top + (rows?.[y] ?? y)) * width + left);
  }
  if (transparent === undefined) {
    const values = palette === undefined ? indexes : throughPalette(indexes, palette, 3);
    const [space, channels] = palette === undefined ? (["gray", 1] as const) : (["rgb", 3] as const);
    return { raster: { height, width, channels, space, values }, icc: false, orientation: 1 };
  }
  const colors = withAlpha(palette ?? grays(), transparent);
  // TensorFlow's transparent pixels are black.
  if (like === "tensorflow") colors.fill(0, 4 * transparent, 4 * transparent + 3);
  const values = throughPalette(indexes, colors, 4);
  return { raster: { height, width, channels: 4, space: "rgb", values }, icc: false, orientation: 1 };
}

/** Reads up to the colours of the first image. */
function firstImage(file: Uint8Array) {
  const reader = new ByteReader(file, 6);
  const screen = { width: reader.u16(), height: reader.u16() };
  const flags = reader.u8();
  reader.take(2);
  const global = readPalette(reader, flags);
  let transparent: number | undefined;
  for (;;) {
    const kind = reader.u8();
    if (kind === EXTENSION) {
      const isControl = reader.u8() === GRAPHIC_CONTROL;
      const block = reader.take(reader.u8());
      if (isControl && block.length >= 4 && (block[0] & 1) !== 0) transparent = block[3];
      if (block.length > 0) skipBlocks(reader);
    } else if (kind === IMAGE) {
      break;
    } else if (kind === 0x3b) {
      throw new Error("a GIF without an image");
    }
  }
  const image = { left: reader.u16(), top: reader.u16(), across: reader.u16(), down: reader.u16() };
  return { reader, screen, global, transparent, image, imageFlags: reader.u8() };
}

/** Whether the first image covers the whole screen. If not, TensorFlow's has another size than Pillow's. */
export function coversGif(file: Uint8Array): boolean {
  const { screen, image } = firstImage(file);
  return image.across === screen.width && image.down === screen.height && image.left === 0 && image.top === 0;
}

function readPalette(reader: ByteReader, flags: number): Uint8Array | undefined {
  return (flags & 0x80) === 0 ? undefined : reader.take(3 * 2 ** ((flags & 7) + 1));
}

function grays(): Uint8Array {
  return Uint8Array.from({ length: 768 }, (_, i) => Math.floor(i / 3));
}

function withAlpha(palette: Uint8Array, transparent: number): Uint8Array {
  const colors = new Uint8Array(1024);
  for (let i = 0; i < 256; i++) {
    colors.set(palette.subarray(3 * i, 3 * i + 3), 4 * i);
    colors[4 * i + 3] = i === transparent ? 0 : 255;
  }
  return colors;
}

function skipBlocks(reader: ByteReader): void {
  for (let length = reader.u8(); length > 0; length = reader.u8()) reader.take(length);
}

/** Where each stored row of an interlaced image belongs. */
function interlacedRows(height: number): number[] {
  const passes = [
    [0, 8],
    [4, 8],
    [2, 4],
    [1, 2],
  ];
  const rows: number[] = [];
  for (const [first, step] of passes) for (let y = first; y < height; y += step) rows.push(y);
  return rows;
}

const MAX_CODES = 4096;

/** LZW with codes of growing width, least significant bit first, in blocks of at most 255 bytes. */
function decompress(reader: ByteReader, count: number): Uint8Array {
  const firstBits = reader.u8();
  if (firstBits > 11) throw new Error(`LZW codes of ${firstBits} bits`);
  // A code takes more than one bit and gives at most 4,096 indexes.
  if (count > 8 * MAX_CODES * (reader.bytes.length - reader.at)) throw new Error("the file is cut off");
  const clear = 2 ** firstBits;
  const prefix = new Uint16Array(MAX_CODES);
  const last = new Uint8Array(MAX_CODES);
  const lengths = new Uint16Array(MAX_CODES);
  for (let i = 0; i < clear; i++) [last[i], lengths[i]] = [i, 1];
  const out = new Uint8Array(count);
  let [bits, next, previous] = [firstBits + 1, clear + 2, -1];
  let [at, buffer, buffered, block] = [0, 0, 0, 0];
  while (at < count) {
    while (buffered < bits) {
      if (block === 0) block = reader.u8();
      if (block === 0) throw new Error("the file is cut off");
      buffer |= reader.u8() << buffered;
      buffered += 8;
      block--;
    }
    const code = buffer & (2 ** bits - 1);
    buffer >>>= bits;
    buffered -= bits;
    if (code === clear) {
      [bits, next, previous] = [firstBits + 1, clear + 2, -1];
      continue;
    }
    if (code === clear + 1) break;
    if (code > next || (code === next && previous < 0) || (previous < 0 && code >= clear)) {
      throw new Error("a damaged LZW code");
    }
    // A code that is about to be defined stands for the previous string and its own first index.
    const known = code < next ? code : previous;
    const length = lengths[known];
    let string = known;
    for (let i = at + length - 1; i >= at; i--) {
      if (i < count) out[i] = last[string];
      string = prefix[string];
    }
    const first = out[at];
    if (code === next && at + length < count) out[at + length] = first;
    at += code === next ? length + 1 : length;
    if (previous >= 0 && next < MAX_CODES) {
      [prefix[next], last[next], lengths[next]] = [previous, first, lengths[previous] + 1];
      next++;
      if (next === 2 ** bits && bits < 12) bits++;
    }
    previous = code;
  }
  if (at < count) throw new Error("the file ends before the image");
  return out;
}
