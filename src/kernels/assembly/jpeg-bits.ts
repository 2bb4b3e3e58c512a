import { JpegControl } from "../jpeg-tables";
import { address, word } from "./table-access";

/**
 * The bits of entropy-coded data (ITU-T T.81, F.2.2.5). A segment, up to the next marker, is stored without the zeros behind
 * bytes of 255, and backwards: the eight bytes below an address are the next 64 bits with the first as the most significant.
 */

/** Stores a segment and its marker's address. @returns the lowest address stored to, or 0 if there is no marker behind it */
export function storeSegment(control: usize, from: usize): usize {
  const end = address(control, JpegControl.end);
  let to = address(control, JpegControl.bits);
  const marks = i8x16.splat(-1);
  while (from + 1 < end) {
    const bytes = v128.load(from);
    v128.store(to - 16, i8x16.swizzle(bytes, i8x16(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)));
    const found = i8x16.bitmask(i8x16.eq(bytes, marks));
    if (!found) {
      from += 16;
      to -= 16;
      continue;
    }
    // The byte of 255 too, which is data if a zero is behind it.
    const count = <usize>ctz(found) + 1;
    from += count;
    to -= count;
    if (from >= end) return 0;
    if (load<u8>(from)) {
      store<usize>(word(control, JpegControl.marker), from - 1);
      return to + 1;
    }
    from++;
  }
  return 0;
}
