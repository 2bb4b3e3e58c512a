import { crc32, inflateSync } from "node:zlib";
import { growMemory, type Kernels, kernelsWithGrowingMemory } from "../../kernels/load.ts";
import { startsWith } from "./headers.ts";
import { checkSize, type Raster } from "./raster.ts";

const SIGNATURE = "\x89PNG\r\n\x1a\n";
/** Chunks that change nothing about the pixels. Others are left to sharp, which knows what to make of them. */
const WITHOUT_EFFECT = [
  "gAMA",
  "cHRM",
  "sRGB",
  "pHYs",
  "tIME",
  "tEXt",
  "zTXt",
  "iTXt",
  "bKGD",
  "sBIT",
  "hIST",
];
/** Larger images are left to sharp. */
const MOST_PIXELS = 2 ** 25;
/** Channels by colour type: gray, RGB, and RGB with alpha. */
const CHANNELS = new Map([
  [0, 1],
  [2, 3],
  [6, 4],
]);

/** A PNG of the plain kind. */
export interface PlainPng {
  /** Its values lie in the kernels' memory, where the next call overwrites them. */
  readonly raster: Raster;
  /** Whether it has a colour profile. */
  readonly icc: boolean;
}

/**
 * Reads a PNG of 8-bit gray, RGB or RGBA that is neither interlaced nor damaged; after the PNG specification, sections 5 and 9.
 *
 * @returns undefined for any other file: sharp reads it, or says what is wrong
 * @throws UnfitImage if it has more than `maxPixels`
 */
export function readPlainPng(file: Uint8Array, maxPixels: number): PlainPng | undefined {
  if (!startsWith(file, SIGNATURE) || file.length < 33) return undefined;
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const parts: Uint8Array[] = [];
  let header: { readonly height: number; readonly width: number; readonly channels: number } | undefined;
  let icc = false;
  for (let at = 8; at + 12 <= file.length; ) {
    const length = view.getUint32(at);
    const end = at + 12 + length;
    if (end > file.length) return undefined;
    const kind = String.fromCharCode(...file.subarray(at + 4, at + 8));
    if (view.getUint32(end - 4) !== crc32(file.subarray(at + 4, end - 4))) return undefined;
    const data = file.subarray(at + 8, end - 4);
    // What begins the file, what must follow it, and what ends it.
    if ((kind === "IHDR") !== (at === 8)) return undefined;
    if (kind === "IHDR") header = readHeader(view, data, at + 8);
    else if (kind === "IDAT") parts.push(data);
    else if (kind === "iCCP" && parts.length === 0) icc = true;
    else if (kind === "IEND") break;
    else if (!WITHOUT_EFFECT.includes(kind)) return undefined;
    if (header === undefined) return undefined;
    at = end;
  }
  if (header === undefined || parts.length === 0) return undefined;
  const { height, width, channels } = header;
  checkSize(height, width, maxPixels);
  // The memory would not shrink again.
  if (height * width > MOST_PIXELS) return undefined;
  const rows = inflated(parts, height * (1 + width * channels));
  const values = rows && unfiltered(rows, height, width * channels, channels);
  if (values === undefined) return undefined;
  return { raster: { height, width, channels, space: channels === 1 ? "gray" : "rgb", values }, icc };
}

/** Undefined unless it is 8-bit gray, RGB or RGBA, compressed and filtered as usual, and not interlaced. */
function readHeader(view: DataView, data: Uint8Array, at: number) {
  const [depth, color, compression, filter, interlace] = data.subarray(8);
  const channels = CHANNELS.get(color);
  if (data.length !== 13 || depth !== 8 || channels === undefined) return undefined;
  if (compression !== 0 || filter !== 0 || interlace !== 0) return undefined;
  const [width, height] = [view.getUint32(at), view.getUint32(at + 4)];
  return height > 0 && width > 0 ? { height, width, channels } : undefined;
}

/** The decompressed rows; undefined if they are damaged or not so many bytes. */
function inflated(parts: readonly Uint8Array[], length: number): Uint8Array | undefined {
  try {
    const [first, ...others] = parts;
    const rows = inflateSync(others.length === 0 ? first : Buffer.concat(parts), {
      maxOutputLength: length + 1,
      // One piece for most images.
      chunkSize: Math.min(Math.max(length + 1, 64), 1 << 24),
    });
    return rows.length === length ? rows : undefined;
  } catch {
    return undefined;
  }
}

/** Bytes around the pixels that the kernel may touch. */
const MARGIN = 16;

let kernels: (Kernels & { memory: WebAssembly.Memory }) | undefined;

/** The bytes that filtered rows stand for; undefined if there is an unknown filter. @param stride bytes of a row */
function unfiltered(rows: Uint8Array, height: number, stride: number, step: number): Uint8Array | undefined {
  kernels ??= kernelsWithGrowingMemory();
  const { memory, heapBase } = kernels;
  // The row above the first one is zeros.
  const above = heapBase;
  const out = above + stride + MARGIN;
  const at = out + height * stride + MARGIN;
  growMemory(memory, at + rows.length + MARGIN, "PNG");
  const bytes = new Uint8Array(memory.buffer);
  bytes.fill(0, above, out);
  bytes.set(rows, at);
  if (kernels.unfilterPng(at, height, stride, step, out) === 0) return undefined;
  return bytes.subarray(out, out + height * stride);
}
