import { describe, expect, it } from "vitest";
import { isHuffmanTable, lookupTable } from "../../../../src/data/images/jpeg/huffman-tables.ts";
import { LONG_CODES, LOOKUP_BITS, SYMBOLS } from "../../../../src/kernels/jpeg-tables.ts";

/** Codes 0, 10, 110 … with the given symbols, each one bit longer than the one before. */
function staircase(...symbols: readonly number[]) {
  const counts = new Uint8Array(16).fill(1, 0, symbols.length);
  return { counts, symbols: Uint8Array.from(symbols) };
}

/** The entry of bits, which are filled up with zeros. */
function entry(table: Uint8Array, bits: string): number {
  const index = Number.parseInt(bits.padEnd(LOOKUP_BITS, "0").slice(0, LOOKUP_BITS), 2);
  return new Int32Array(table.buffer, table.byteOffset)[index];
}

const whole = (value: number, zeros: number, length: number) =>
  (value << 16) | (1 << 15) | (zeros << 8) | length;
const symbolOnly = (symbol: number, length: number) => (symbol << 16) | length;

describe("tables of Huffman codes", () => {
  it("have values where code and value fit", () => {
    const ac = lookupTable(staircase(0x00, 0x32, 0xf0, 0x1a), "ac");
    // The end of a block, and sixteen zeros, are no values.
    expect(entry(ac, "0")).toBe(symbolOnly(0x00, 1));
    expect(entry(ac, "110")).toBe(symbolOnly(0xf0, 3));
    expect(["00", "01", "10", "11"].map((value) => entry(ac, `10${value}`))).toEqual([
      whole(-3, 3, 4),
      whole(-2, 3, 4),
      whole(2, 3, 4),
      whole(3, 3, 4),
    ]);
    // Ten bits of value behind four of code.
    expect(entry(ac, "1110")).toBe(symbolOnly(0x1a, 4));
    expect(entry(ac, "1111")).toBe(0);
  });

  it("have differences of DC, 0 included", () => {
    const dc = lookupTable(staircase(0, 1, 12), "dc");
    expect([entry(dc, "0"), entry(dc, "100"), entry(dc, "101")]).toEqual([
      whole(0, 0, 1),
      whole(-1, 0, 3),
      whole(1, 0, 3),
    ]);
    // Longer than a baseline JPEG has, so the kernel refuses it.
    expect(entry(dc, "110")).toBe(symbolOnly(12, 3));
  });

  it("find long codes by limits", () => {
    const symbols = Array.from({ length: 16 }, (_, i) => i + 1);
    const table = lookupTable(staircase(...symbols), "ac");
    const words = new Uint32Array(table.buffer, LONG_CODES, 2 * (16 - LOOKUP_BITS));
    for (let length = LOOKUP_BITS + 1; length <= 16; length++) {
      // Ones, then a zero.
      const code = 2 ** length - 2;
      const [limit, offset] = words.subarray(2 * (length - LOOKUP_BITS - 1));
      expect(limit).toBe((code + 1) << (16 - length));
      expect(table[SYMBOLS + ((code + offset) | 0)]).toBe(length);
    }
  });

  it("are refused if a code is all ones", () => {
    expect(isHuffmanTable(staircase(1, 2, 3))).toBe(true);
    expect(isHuffmanTable({ counts: Uint8Array.of(2), symbols: Uint8Array.of(1, 2) })).toBe(false);
    expect(isHuffmanTable({ counts: new Uint8Array(16).fill(2), symbols: new Uint8Array(32) })).toBe(false);
  });
});
