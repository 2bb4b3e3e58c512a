import { startsWith } from "../headers.ts";
import { type HuffmanTable, isHuffmanTable } from "./huffman-tables.ts";
import { ZIGZAG } from "./zigzag.ts";

/** The segments of a JPEG before its entropy-coded data (ITU-T T.81, annex B), as libjpeg reads them (jdmarker.c). */

export interface JpegComponent {
  /** Sampling factors, 1 to 4. */
  readonly across: number;
  readonly down: number;
  /** Factors of the coefficients, [8][8]. */
  readonly quantizer: Uint16Array;
  readonly dcTable: HuffmanTable;
  readonly acTable: HuffmanTable;
}

/** A baseline or extended sequential JPEG of 8 bits whose components are all in one scan. */
export interface SequentialJpeg {
  readonly height: number;
  readonly width: number;
  readonly components: readonly JpegComponent[];
  /** Whether three components are YCbCr instead of RGB. */
  readonly isYcc: boolean;
  /** MCUs between restart markers, or 0. */
  readonly interval: number;
  /** Where the entropy-coded data begins. */
  readonly dataAt: number;
}

/** Markers (table B.1). */
const [SOF0, SOF1, DHT, SOS, DQT, DRI, COM] = [0xc0, 0xc1, 0xc4, 0xda, 0xdb, 0xdd, 0xfe];
const [APP0, APP2, APP14, APP15] = [0xe0, 0xe2, 0xee, 0xef];

/** Largest height and width that libjpeg reads. */
const MAX_SIDE = 65500;

interface Frame {
  readonly height: number;
  readonly width: number;
  readonly components: readonly {
    readonly id: number;
    readonly across: number;
    readonly down: number;
    readonly table: number;
  }[];
}

interface Tables {
  readonly quantizers: Map<number, Uint16Array>;
  readonly huffman: Map<number, HuffmanTable>;
}

/**
 * Reads all up to the first scan.
 *
 * @returns undefined if it is a JPEG of another kind, damaged, or in any way that libjpeg warns about
 */
export function readMarkers(file: Uint8Array): SequentialJpeg | undefined {
  if (file[0] !== 0xff || file[1] !== 0xd8) return undefined;
  const tables: Tables = { quantizers: new Map(), huffman: new Map() };
  let frame: Frame | undefined;
  let interval = 0;
  let isJfif = false;
  let adobeTransform: number | undefined;
  for (let at = 2; at + 4 <= file.length; ) {
    const marker = file[at + 1];
    const length = 256 * file[at + 2] + file[at + 3];
    const end = at + 2 + length;
    if (file[at] !== 0xff || length < 2 || end > file.length) return undefined;
    const segment = file.subarray(at + 4, end);
    if (marker === APP0) {
      if (startsWith(segment, "JFIF\0") && segment.length >= 14) {
        isJfif = true;
        // The major version.
        if (segment[5] !== 1) return undefined;
      }
    } else if (marker === APP14) {
      if (startsWith(segment, "Adobe") && segment.length >= 12) adobeTransform = segment[11];
    } else if (marker === APP2) {
      // Several images in a file; libvips has another reader for some of them.
      if (startsWith(segment, "MPF")) return undefined;
    } else if (marker === DQT) {
      if (!readQuantizers(segment, tables)) return undefined;
    } else if (marker === DHT) {
      if (!readHuffmanTables(segment, tables)) return undefined;
    } else if (marker === DRI) {
      if (segment.length !== 2) return undefined;
      interval = 256 * segment[0] + segment[1];
    } else if (marker === SOF0 || marker === SOF1) {
      if (frame !== undefined) return undefined;
      frame = readFrame(segment);
      if (frame === undefined) return undefined;
    } else if (marker === SOS) {
      const components = frame && readScan(segment, frame, tables);
      if (frame === undefined || components === undefined) return undefined;
      const isYcc = isColorDifference(frame, isJfif, adobeTransform);
      if (isYcc === undefined) return undefined;
      return { height: frame.height, width: frame.width, components, isYcc, interval, dataAt: end };
    } else if ((marker < APP0 || marker > APP15) && marker !== COM) {
      return undefined;
    }
    at = end;
  }
  return undefined;
}

/** Whether all is well. */
function readQuantizers(segment: Uint8Array, { quantizers }: Tables): boolean {
  let at = 0;
  while (at < segment.length) {
    const [precision, place] = [segment[at] >> 4, segment[at] & 15];
    const bytes = precision === 0 ? 1 : 2;
    const from = at + 1;
    at = from + 64 * bytes;
    if (precision > 1 || place > 3 || at > segment.length) return false;
    const quantizer = new Uint16Array(64);
    for (let k = 0; k < 64; k++) {
      const i = from + bytes * k;
      quantizer[ZIGZAG[k]] = bytes === 1 ? segment[i] : 256 * segment[i] + segment[i + 1];
    }
    quantizers.set(place, quantizer);
  }
  return true;
}

/** Tables for AC coefficients have places from 16. @returns whether all is well */
function readHuffmanTables(segment: Uint8Array, { huffman }: Tables): boolean {
  let at = 0;
  while (at < segment.length) {
    const place = segment[at];
    const counts = segment.subarray(at + 1, at + 17);
    const from = at + 17;
    at = from + counts.reduce((sum, count) => sum + count, 0);
    if ((place & ~0x13) !== 0 || at > segment.length) return false;
    const table = { counts, symbols: segment.subarray(from, at) };
    // DC symbols are lengths of 4 bits.
    if (!isHuffmanTable(table) || (place < 16 && table.symbols.some((symbol) => symbol > 15))) return false;
    huffman.set(place, table);
  }
  return true;
}

function readFrame(segment: Uint8Array): Frame | undefined {
  const count = segment[5];
  if (segment[0] !== 8 || segment.length !== 6 + 3 * count || (count !== 1 && count !== 3)) return undefined;
  const height = 256 * segment[1] + segment[2];
  const width = 256 * segment[3] + segment[4];
  if (height < 1 || width < 1 || height > MAX_SIDE || width > MAX_SIDE) return undefined;
  const components = Array.from({ length: count }, (_, i) => {
    const [id, factors, table] = segment.subarray(6 + 3 * i, 9 + 3 * i);
    return { id, across: factors >> 4, down: factors & 15, table };
  });
  const areFactors = components.every(
    ({ across, down }) => across >= 1 && across <= 4 && down >= 1 && down <= 4,
  );
  return areFactors && new Set(components.map(({ id }) => id)).size === count
    ? { height, width, components }
    : undefined;
}

/** The components of a frame with their tables, if the scan has all of them and their whole coefficients. */
function readScan(
  segment: Uint8Array,
  { components }: Frame,
  { quantizers, huffman }: Tables,
): JpegComponent[] | undefined {
  const count = components.length;
  if (segment[0] !== count || segment.length !== 4 + 2 * count) return undefined;
  const [first, last, bits] = segment.subarray(1 + 2 * count);
  if (first !== 0 || last !== 63 || bits !== 0) return undefined;
  const found: JpegComponent[] = [];
  for (const [i, { id, across, down, table }] of components.entries()) {
    const [scanId, codes] = segment.subarray(1 + 2 * i, 3 + 2 * i);
    const quantizer = quantizers.get(table);
    const dcTable = huffman.get(codes >> 4);
    const acTable = huffman.get(16 + (codes & 15));
    if (scanId !== id || quantizer === undefined || dcTable === undefined || acTable === undefined) {
      return undefined;
    }
    found.push({ across, down, quantizer, dcTable, acTable });
  }
  return found;
}

/** Whether colours are YCbCr, by libjpeg's rules (jdapimin.c); undefined if it warns. */
function isColorDifference(
  { components }: Frame,
  isJfif: boolean,
  transform: number | undefined,
): boolean | undefined {
  if (isJfif || components.length === 1) return true;
  if (transform !== undefined) return transform > 1 ? undefined : transform === 1;
  return String.fromCharCode(...components.map(({ id }) => id)) !== "RGB";
}
