import {
  CODES_BYTES,
  LONG_CODES,
  LOOKUP_BITS,
  MAX_AC_LENGTH,
  MAX_DC_LENGTH,
  SYMBOLS,
} from "../../../kernels/jpeg-tables.ts";

/** Huffman codes as a file lists them (ITU-T T.81, B.2.4.2): how many there are of each length, 1 to 16, and their symbols. */
export interface HuffmanTable {
  readonly counts: Uint8Array;
  readonly symbols: Uint8Array;
}

const MAX_LENGTH = 16;
const MAX_SYMBOLS = 256;

/** Whether the codes have room: there are fewer of a length than the shorter ones leave, as no code is all ones. */
export function isHuffmanTable({ counts, symbols }: HuffmanTable): boolean {
  let code = 0;
  for (let length = 1; length <= MAX_LENGTH; length++) {
    code = 2 * code + counts[length - 1];
    if (code >= 2 ** length) return false;
  }
  return symbols.length <= MAX_SYMBOLS;
}

/** What the symbols mean: lengths of values, or also how many zeros are before them. */
export type CoefficientKind = "dc" | "ac";

/** Most tables kept, as the files of a folder often have the same. */
const MAX_KEPT = 64;
const kept = new Map<string, Uint8Array>();

/** Codes as the kernel looks them up (see kernels/jpeg-tables.ts). */
export function lookupTable(table: HuffmanTable, kind: CoefficientKind): Uint8Array {
  const key = `${kind}${Buffer.concat([table.counts, table.symbols]).toString("latin1")}`;
  const found = kept.get(key);
  if (found !== undefined) return found;
  if (kept.size === MAX_KEPT) kept.clear();
  const built = buildLookup(table, kind);
  kept.set(key, built);
  return built;
}

function buildLookup({ counts, symbols }: HuffmanTable, kind: CoefficientKind): Uint8Array {
  const bytes = new Uint8Array(CODES_BYTES);
  const short = new Int32Array(bytes.buffer, 0, 2 ** LOOKUP_BITS);
  const long = new Int32Array(bytes.buffer, LONG_CODES, 2 * (MAX_LENGTH - LOOKUP_BITS));
  bytes.set(symbols, SYMBOLS);
  let limit = 0;
  for (let length = 1, code = 0, at = 0; length <= MAX_LENGTH; length++, code *= 2) {
    const offset = at - code;
    for (const end = at + counts[length - 1]; at < end; at++, code++) {
      if (length <= LOOKUP_BITS) fillShort(short, code, length, symbols[at], kind);
    }
    if (counts[length - 1] > 0) limit = code << (MAX_LENGTH - length);
    if (length > LOOKUP_BITS) long.set([limit, offset], 2 * (length - LOOKUP_BITS - 1));
  }
  return bytes;
}

/** Fills the entries of all bits that begin with a code. */
function fillShort(
  short: Int32Array,
  code: number,
  length: number,
  symbol: number,
  kind: CoefficientKind,
): void {
  const rest = LOOKUP_BITS - length;
  const first = code << rest;
  const [zeros, bits] = kind === "ac" ? [symbol >> 4, symbol & 15] : [0, symbol];
  // A value of no bits is 0, which is a difference of DC coefficients, but ends AC coefficients or stands for many.
  const isWhole =
    bits <= rest && bits <= (kind === "ac" ? MAX_AC_LENGTH : MAX_DC_LENGTH) && (kind === "dc" || bits > 0);
  if (!isWhole) {
    short.fill((symbol << 16) | length, first, first + (1 << rest));
    return;
  }
  const [values, half, equal] = [1 << bits, (1 << bits) >> 1, 1 << (rest - bits)];
  for (let low = 0, at = first; low < values; low++) {
    const value = low < half ? low - values + 1 : low;
    const entry = (value << 16) | (1 << 15) | (zeros << 8) | (length + bits);
    for (const end = at + equal; at < end; at++) short[at] = entry;
  }
}
