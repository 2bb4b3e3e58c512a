/** Filters of the PNG specification, section 9. */
namespace Filter {
  export const none: i32 = 0;
  export const sub: i32 = 1;
  export const up: i32 = 2;
  export const average: i32 = 3;
  export const paeth: i32 = 4;
}

/**
 * Undoes the filter of each row: its bytes were stored minus what the left, the upper or both neighbours let expect. Rows are [height][1 +
 * stride], the filter first. `out` is [height][stride] with 16 bytes of zeros before it, `stride` zeros before those, and 16 bytes of room
 * behind.
 *
 * @param step bytes of a pixel: 1, 3 or 4
 * @returns 0 if there is an unknown filter
 */
export function unfilterPng(rows: usize, height: i32, stride: i32, step: i32, out: usize): i32 {
  let above = out - 16 - <usize>stride;
  for (let row = 0; row < height; row++) {
    const filter: i32 = load<u8>(rows++);
    const wide = step >= 3;
    if (filter === Filter.none) memory.copy(out, rows, stride);
    else if (filter === Filter.up) addUp(rows, above, out, stride);
    else if (filter === Filter.sub) wide ? addLeftWide(rows, out, stride, step) : addLeft(rows, out, stride);
    else if (filter === Filter.average) {
      wide ? addAverageWide(rows, above, out, stride, step) : addAverage(rows, above, out, stride);
    } else if (filter === Filter.paeth) {
      wide ? addPaethWide(rows, above, out, stride, step) : addPaeth(rows, above, out, stride);
    } else return 0;
    above = out;
    out += stride;
    rows += stride;
  }
  return 1;
}

function addUp(rows: usize, above: usize, out: usize, stride: i32): void {
  let i: usize = 0;
  const end = <usize>stride;
  for (; i + 16 <= end; i += 16) v128.store(out + i, i8x16.add(v128.load(rows + i), v128.load(above + i)));
  for (; i < end; i++) store<u8>(out + i, load<u8>(rows + i) + load<u8>(above + i));
}

function addLeft(rows: usize, out: usize, stride: i32): void {
  let left: u8 = 0;
  for (let i: usize = 0; i < <usize>stride; i++) {
    left += load<u8>(rows + i);
    store<u8>(out + i, left);
  }
}

function addAverage(rows: usize, above: usize, out: usize, stride: i32): void {
  let left: i32 = 0;
  for (let i: usize = 0; i < <usize>stride; i++) {
    left = (<i32>load<u8>(rows + i) + ((left + <i32>load<u8>(above + i)) >> 1)) & 255;
    store<u8>(out + i, <u8>left);
  }
}

function addPaeth(rows: usize, above: usize, out: usize, stride: i32): void {
  let left: i32 = 0;
  let corner: i32 = 0;
  for (let i: usize = 0; i < <usize>stride; i++) {
    const up: i32 = load<u8>(above + i);
    const fromLeft = abs(up - corner);
    const fromUp = abs(left - corner);
    const fromCorner = abs(left + up - 2 * corner);
    const least = min(fromLeft, min(fromUp, fromCorner));
    const expected = least === fromLeft ? left : least === fromUp ? up : corner;
    left = (<i32>load<u8>(rows + i) + expected) & 255;
    store<u8>(out + i, <u8>left);
    corner = up;
  }
}

/** A pixel of 3 or 4 bytes as 16-bit numbers. Of three bytes, the fourth number is the next pixel's and of no use. */
function pixel(address: usize): v128 {
  return i16x8.extend_low_i8x16_u(v128.load32_zero(address));
}

/** Writes four bytes; of a pixel of three, the next pixel replaces the last one. @param values 16-bit numbers below 256 */
function storePixel(address: usize, values: v128): void {
  v128.store32_lane(address, i8x16.narrow_i16x8_u(values, values), 0);
}

function addLeftWide(rows: usize, out: usize, stride: i32, step: i32): void {
  const low = i16x8.splat(255);
  let left = i16x8.splat(0);
  for (let i: usize = 0; i < <usize>stride; i += step) {
    left = v128.and(i16x8.add(left, pixel(rows + i)), low);
    storePixel(out + i, left);
  }
}

function addAverageWide(rows: usize, above: usize, out: usize, stride: i32, step: i32): void {
  const low = i16x8.splat(255);
  let left = i16x8.splat(0);
  for (let i: usize = 0; i < <usize>stride; i += step) {
    const mean = i16x8.shr_u(i16x8.add(left, pixel(above + i)), 1);
    left = v128.and(i16x8.add(mean, pixel(rows + i)), low);
    storePixel(out + i, left);
  }
}

/** Paeth's filter expects the neighbour (left, above, above left) nearest to left + above − above left; of equal ones the first. */
function addPaethWide(rows: usize, above: usize, out: usize, stride: i32, step: i32): void {
  const low = i16x8.splat(255);
  let left = i16x8.splat(0);
  let corner = i16x8.splat(0);
  for (let i: usize = 0; i < <usize>stride; i += step) {
    const up = pixel(above + i);
    const fromLeft = i16x8.sub(up, corner);
    const fromUp = i16x8.sub(left, corner);
    const fromCorner = i16x8.abs(i16x8.add(fromLeft, fromUp));
    const a = i16x8.abs(fromLeft);
    const b = i16x8.abs(fromUp);
    const least = i16x8.min_s(a, i16x8.min_s(b, fromCorner));
    const other = v128.bitselect(up, corner, i16x8.eq(least, b));
    const expected = v128.bitselect(left, other, i16x8.eq(least, a));
    left = v128.and(i16x8.add(expected, pixel(rows + i)), low);
    storePixel(out + i, left);
    corner = up;
  }
}
