import {
  BLOCK_BYTES,
  IS_FLAT,
  JpegControl,
  JpegPart,
  LONG_CODES,
  LOOKUP_BITS,
  MAX_AC_LENGTH,
  MAX_DC_LENGTH,
  SYMBOLS,
} from "../jpeg-tables";
import { storeSegment } from "./jpeg-bits";
import { transformMcu, writeRows } from "./jpeg-rows";
import { address, int, word } from "./table-access";

/** Bytes from the start of a block to each coefficient in the order of the file, and 15 times to what follows the block. */
const ZIGZAG = memory.data<u8>([
  0, 2, 16, 32, 18, 4, 6, 20, 34, 48, 64, 50, 36, 22, 8, 10, 24, 38, 52, 66, 80, 96, 82, 68, 54, 40, 26, 12,
  14, 28, 42, 56, 70, 84, 98, 112, 114, 100, 86, 72, 58, 44, 30, 46, 60, 74, 88, 102, 116, 118, 104, 90, 76,
  62, 78, 92, 106, 120, 122, 108, 94, 110, 124, 126, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128,
  128, 128, 128, 128,
]);

const IS_WHOLE = 1 << 15;
/** Sixteen coefficients of 0. */
const ZEROS_16 = 0xf0;

const EOI = 0xd9;
const RST0 = 0xd0;

/**
 * Decodes the only scan of a baseline JPEG (ITU-T T.81, F.2) into pixels.
 *
 * Nothing is read or written outside the rooms of the tables, whatever the data is: each MCU reads a limited number of bits, and
 * they are compared with those that there are behind each MCU. It is one function, so that the bits stay in registers.
 *
 * @param control a `JpegControl` table
 * @returns 1, or 0 if the data is damaged in any way or followed by anything but the end of the image
 */
export function decodeJpeg(control: usize): i32 {
  const bits = address(control, JpegControl.bits);
  const blocks = address(control, JpegControl.blocks);
  const parts = address(control, JpegControl.parts);
  const endParts = parts + <usize>(int(control, JpegControl.components) * (JpegPart.words << 2));
  const mcusAcross = int(control, JpegControl.mcusAcross);
  const mcusDown = int(control, JpegControl.mcusDown);
  const interval = int(control, JpegControl.interval);
  let left = interval;
  let restarts = 0;
  let low = storeSegment(control, address(control, JpegControl.input));
  if (!low) return 0;
  // The next bits from the most significant on, how many of them count, and the end of those behind them.
  let next: u64 = 0;
  let count = 0;
  let at = bits;
  for (let row = 0; row < mcusDown; row++) {
    for (let column = 0; column < mcusAcross; column++) {
      if (interval) {
        if (left === 0) {
          const from = segmentBehind(control, at, count, low, RST0 + (restarts & 7));
          if (!from) return 0;
          low = storeSegment(control, from);
          if (!low) return 0;
          next = 0;
          count = 0;
          at = bits;
          for (let part = parts; part < endParts; part += JpegPart.words << 2) {
            store<i32>(word(part, JpegPart.dc), 0);
          }
          left = interval;
          restarts++;
        }
        left--;
      }
      let block = blocks;
      for (let part = parts; part < endParts; part += JpegPart.words << 2) {
        const dcCodes = address(part, JpegPart.dcCodes);
        const acCodes = address(part, JpegPart.acCodes);
        const endBlocks =
          block + <usize>(int(part, JpegPart.across) * int(part, JpegPart.down) * BLOCK_BYTES);
        let dc = int(part, JpegPart.dc);
        for (; block < endBlocks; block += BLOCK_BYTES) {
          for (let i: usize = 0; i < 128; i += 16) v128.store(block + i, i32x4.splat(0));
          // At least 56 bits. Below, shifts by an entry take its lowest 6 bits: the length.
          next |= load<u64>(at - 8) >> count;
          at -= (63 - count) >> 3;
          count |= 56;
          let entry = load<i32>(dcCodes + lookup(next));
          if (entry & IS_WHOLE) {
            dc += entry >> 16;
          } else {
            if (!entry) entry = longCode(dcCodes, next);
            if (!entry) return 0;
            next <<= <u64>entry;
            count -= entry & 31;
            entry >>= 16;
            if (entry > MAX_DC_LENGTH) return 0;
            if (entry > 0) dc += signed(next, entry);
          }
          next <<= <u64>entry;
          count -= entry & 31;
          if (<i32>(<i16>dc) !== dc) return 0;
          store<i16>(block, <i16>dc);
          let k = 1;
          do {
            next |= load<u64>(at - 8) >> count;
            at -= (63 - count) >> 3;
            count |= 56;
            entry = load<i32>(acCodes + lookup(next));
            if (entry & IS_WHOLE) {
              k += (entry >> 8) & 15;
              next <<= <u64>entry;
              count -= entry & 31;
              store<i16>(block + <usize>load<u8>(ZIGZAG + <usize>k), <i16>(entry >> 16));
              k++;
              if (k >= 64) break;
              // So few bits were read that there are enough for any other entry.
              entry = load<i32>(acCodes + lookup(next));
              if (entry & IS_WHOLE) {
                k += (entry >> 8) & 15;
                next <<= <u64>entry;
                count -= entry & 31;
                store<i16>(block + <usize>load<u8>(ZIGZAG + <usize>k), <i16>(entry >> 16));
                k++;
                continue;
              }
            }
            if (!entry) entry = longCode(acCodes, next);
            if (!entry) return 0;
            next <<= <u64>entry;
            count -= entry & 31;
            const symbol = entry >> 16;
            const length = symbol & 15;
            if (length === 0) {
              // The rest is 0.
              if (symbol !== ZEROS_16) break;
              k += 16;
              continue;
            }
            if (length > MAX_AC_LENGTH) return 0;
            k += symbol >> 4;
            store<i16>(block + <usize>load<u8>(ZIGZAG + <usize>k), <i16>signed(next, length));
            next <<= length;
            count -= length;
            k++;
          } while (k < 64);
          if (k > 64) return 0;
          store<i16>(block + IS_FLAT, <i16>(k === 1));
        }
        store<i32>(word(part, JpegPart.dc), dc);
      }
      if (unread(at, count, low) < 0) return 0;
      transformMcu(control, column);
    }
    writeRows(control, row);
  }
  return <i32>(segmentBehind(control, at, count, low, EOI) !== 0);
}

/** Distance of the entry of the next bits in a table of codes. */
function lookup(next: u64): usize {
  return (<usize>(next >> (64 - LOOKUP_BITS))) << 2;
}

/** Symbol << 16 | length of a code longer than `LOOKUP_BITS`; 0 if there is no such code. */
function longCode(codes: usize, next: u64): i32 {
  const code = <u32>(next >> 48);
  let at = codes + LONG_CODES;
  for (let length = LOOKUP_BITS + 1; length <= 16; length++, at += 8) {
    if (code >= load<u32>(at)) continue;
    const index = ((code >> (16 - length)) + load<u32>(at, 4)) & 255;
    return ((<i32>load<u8>(codes + SYMBOLS + <usize>index)) << 16) | length;
  }
  return 0;
}

/** A number of a length in bits, 1 or more: the lower half of the codes is negative (F.2.2.1). */
function signed(next: u64, length: i32): i32 {
  const value = <i32>(next >> (64 - length));
  return <i64>next < 0 ? value : value - (1 << length) + 1;
}

/** Bits of the segment that are not read yet; negative if more were read than there are. */
function unread(at: usize, count: i32, low: usize): i32 {
  return ((<i32>(at - low)) << 3) + count;
}

/** The address behind the marker of a segment; 0 if it is another marker, or whole bytes are left before it. */
function segmentBehind(control: usize, at: usize, count: i32, low: usize, marker: i32): usize {
  const found = address(control, JpegControl.marker);
  const rest = unread(at, count, low);
  return rest >= 0 && rest < 8 && <i32>load<u8>(found, 1) === marker ? found + 2 : 0;
}
