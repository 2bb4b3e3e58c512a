/**
 * The tables that describe a JPEG to the decoder (see assembly/jpeg.ts), as word indices (4 bytes each). Addresses are in bytes.
 * This file is compiled by both TypeScript and AssemblyScript.
 */

/** One per image. */
export enum JpegControl {
  /** The first byte of entropy-coded data, and the end of the file. */
  input,
  end,
  height,
  width,
  /** Components in the scan, and how many of them the output has. */
  components,
  outputs,
  /** Rows of `JpegPart`, one per component. */
  parts,
  /** Size in MCUs. */
  mcusAcross,
  mcusDown,
  /** Rows of pixels in an MCU: 8 or 16. */
  mcuHeight,
  /** MCUs between restart markers, or 0. */
  interval,
  /** 1 if colours are YCbCr, 0 if they are RGB. */
  isYcc,
  /** 1 for the fast inverse DCT, 0 for the accurate one. */
  isFast,
  /** End of the room for the bits of a segment, which are stored backwards (see assembly/jpeg-bits.ts). */
  bits,
  /** Set by the kernel: the marker behind a segment. */
  marker,
  /** Blocks of an MCU, `BLOCK_BYTES` each, and behind `MAX_BLOCKS` of them scratch for a transform. */
  blocks,
  /** Scratch: a row of 16-bit sums of two rows of samples. */
  sums,
  /** Bytes [height][width][outputs], and `MARGIN` more. */
  output,
  words,
}

/** One row per component. */
export enum JpegPart {
  /** Blocks of an MCU across and down: 1 or 2. */
  across,
  down,
  /** How many pixels a sample covers across and down: 1 or 2. */
  scaleAcross,
  scaleDown,
  /** Size in samples, without what fills up blocks. */
  columns,
  rows,
  /** Factors of coefficients, uint16 [64] in natural order. */
  multipliers,
  /** Huffman tables (see below). */
  dcCodes,
  acCodes,
  /** Samples of one row of MCUs, behind the last row of the MCUs above; and bytes from row to row. */
  samples,
  stride,
  /** Scratch: a row in the width of the image. */
  upsampled,
  /** The last DC coefficient. */
  dc,
  words,
}

/**
 * Huffman codes. By the next `LOOKUP_BITS` bits, int32 each:
 *
 *   the value of the coefficient << 16 | 1 << 15 | zeros before it << 8 | length of code and value    if all fit
 *   symbol << 16 | length of the code                                                                 if the code fits
 *   0                                                                                                 otherwise
 *
 * Then for each length above `LOOKUP_BITS`, to 16: [limit u32][offset i32]. A code has at most this length if the next 16 bits are
 * below the limit, and the index of its symbol is the code plus the offset. Then the symbols, uint8 [256].
 */
export const LOOKUP_BITS = 10;
export const LONG_CODES = 4 << LOOKUP_BITS;
export const SYMBOLS = LONG_CODES + 8 * (16 - LOOKUP_BITS);
export const CODES_BYTES = SYMBOLS + 256;

/** Largest lengths of the values of coefficients in bits (ITU-T T.81, tables F.1 and F.2). */
export const MAX_DC_LENGTH = 11;
export const MAX_AC_LENGTH = 10;

/** Most blocks of an MCU (ITU-T T.81, B.2.3). */
export const MAX_BLOCKS = 10;
/** Coefficients, int16 [64] in natural order; 15 more that damaged data may write to; and whether all but the first are 0, int16. */
export const BLOCK_BYTES = 2 * (64 + 16);
/** Where in a block that is. */
export const IS_FLAT = BLOCK_BYTES - 2;

/** Bytes that whole vectors may reach beyond a row. */
export const MARGIN = 64;
/** Bytes that may be read below the bits of a segment: more than an MCU of 10 blocks whose codes and values are all of 27 bits. */
export const BITS_MARGIN = 4096;
