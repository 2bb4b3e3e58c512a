/**
 * Image resizing: one-dimensional passes, and a choice of pixels. In a pass, each output value is a weighted sum of source values.
 * The taps say which:
 *
 *   bytes:          per output [offset u32][pairs u32], then per pair of weights [low u32][high u32]
 *   16-bit values:  per output [offset u32][count u32], then the weights as float64
 *
 * `offset` is the distance in bytes of the first source value. A weight w of bytes is an integer scaled by 2^22, cut into
 * w = high · 2^15 + low with 0 ≤ low < 2^15. Both parts fit into 16 bits, so one instruction multiplies two values by two weights
 * and adds the products. `low` holds the low parts of two weights, `high` their high parts. Sums may wrap: they are exact modulo
 * 2^32, and the whole sum fits into 32 bits.
 *
 * The last pair may have one weight of 0, whose value is still read. All passes work on whole vectors, so they read and write up
 * to 15 bytes after a row; the next row then overwrites what they wrote. Rows are [W][C], without gaps.
 */

/** Bits after the binary point of a byte's weights. */
const PRECISION = 22;
const LOW_BITS = 15;
/** Start of a sum: one half. */
const HALF = 1 << (PRECISION - 1);
/** Bytes per pair of weights, and of the two numbers before them. */
const PAIR: usize = 8;
const HEAD: usize = 8;

/** Horizontal pass over bytes: output [H][outW][C] from input [H][W][C]. */
export function resizeBytesAcross(
  input: usize,
  H: i32,
  W: i32,
  C: i32,
  taps: usize,
  outW: i32,
  output: usize,
): void {
  const step = <usize>W * <usize>C;
  const outStep = <usize>outW * <usize>C;
  if (C === 1) {
    for (let h = 0; h < H; h += 4) {
      // After the last row, the last row again.
      const last = H - 1 - h;
      const to1 = <usize>min(1, last);
      const to2 = <usize>min(2, last);
      const to3 = <usize>min(3, last);
      grayRowsAcross(
        input + <usize>h * step,
        step,
        taps,
        output + <usize>h * outStep,
        outStep,
        outW,
        (to1 << 2) | (to2 << 4) | (to3 << 6),
      );
    }
  } else if (C === 3) {
    for (let h = 0; h < H; h += 2) {
      const pair = <usize>(h + 1 < H);
      rgbRowsAcross(
        input + <usize>h * step,
        pair * step,
        taps,
        output + <usize>h * outStep,
        pair * outStep,
        outStep,
      );
    }
  } else {
    for (let h = 0; h < H; h++) {
      rowAcross(input + <usize>h * step, C, taps, output + <usize>h * outStep, outStep);
    }
  }
}

/** Four rows of one channel. Bits 2i and 2i + 1 of `rows` say which row stands in for row i. */
function grayRowsAcross(
  row: usize,
  step: usize,
  taps: usize,
  to: usize,
  outStep: usize,
  outW: i32,
  rows: usize,
): void {
  const from1 = ((rows >> 2) & 3) * step;
  const from2 = ((rows >> 4) & 3) * step;
  const from3 = ((rows >> 6) & 3) * step;
  const to1 = ((rows >> 2) & 3) * outStep;
  const to2 = ((rows >> 4) & 3) * outStep;
  const to3 = ((rows >> 6) & 3) * outStep;
  for (const end = to + <usize>outW; to < end; to++) {
    let from = row + <usize>load<u32>(taps);
    const endTaps = taps + HEAD + <usize>load<u32>(taps, 4) * PAIR;
    let low = i32x4.splat(HALF);
    let high = i32x4.splat(0);
    for (taps += HEAD; taps < endTaps; taps += PAIR, from += 2) {
      let values = v128.load16_lane(from, i32x4.splat(0), 0);
      values = v128.load16_lane(from + from1, values, 1);
      values = v128.load16_lane(from + from2, values, 2);
      values = i16x8.extend_low_i8x16_u(v128.load16_lane(from + from3, values, 3));
      low = i32x4.add(low, i32x4.dot_i16x8_s(values, v128.load32_splat(taps)));
      high = i32x4.add(high, i32x4.dot_i16x8_s(values, v128.load32_splat(taps, 4)));
    }
    const bytes = fourBytes(low, high);
    v128.store8_lane(to, bytes, 0);
    v128.store8_lane(to + to1, bytes, 1);
    v128.store8_lane(to + to2, bytes, 2);
    v128.store8_lane(to + to3, bytes, 3);
  }
}

/** Two rows of three channels, `step` and `outStep` bytes apart; the same row twice if both are 0. */
function rgbRowsAcross(
  row: usize,
  step: usize,
  taps: usize,
  to: usize,
  outStep: usize,
  rowBytes: usize,
): void {
  for (const end = to + rowBytes; to < end; to += 3) {
    let from = row + <usize>load<u32>(taps);
    const endTaps = taps + HEAD + <usize>load<u32>(taps, 4) * PAIR;
    let low0 = i32x4.splat(HALF);
    let low1 = low0;
    let high0 = i32x4.splat(0);
    let high1 = high0;
    for (taps += HEAD; taps < endTaps; taps += PAIR, from += 6) {
      const low = v128.load32_splat(taps);
      const high = v128.load32_splat(taps, 4);
      let values = rgbPair(from);
      low0 = i32x4.add(low0, i32x4.dot_i16x8_s(values, low));
      high0 = i32x4.add(high0, i32x4.dot_i16x8_s(values, high));
      values = rgbPair(from + step);
      low1 = i32x4.add(low1, i32x4.dot_i16x8_s(values, low));
      high1 = i32x4.add(high1, i32x4.dot_i16x8_s(values, high));
    }
    const words = i16x8.narrow_i32x4_s(shifted(low0, high0), shifted(low1, high1));
    const bytes = i8x16.narrow_i16x8_u(words, words);
    // Three bytes, not four: the start of the second row is already there.
    v128.store16_lane(to, bytes, 0);
    v128.store8_lane(to, bytes, 2, 2);
    v128.store32_lane(to + outStep, bytes, 1);
  }
}

/** Two RGB pixels as 16-bit values: each channel beside the same channel of the next pixel. */
function rgbPair(from: usize): v128 {
  return i8x16.swizzle(
    v128.load64_zero(from),
    i8x16(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1),
  );
}

/** A row of any number of channels, four at a time. */
function rowAcross(row: usize, C: i32, taps: usize, to: usize, rowBytes: usize): void {
  const next = <usize>C;
  for (const end = to + rowBytes; to < end; to += next) {
    const start = row + <usize>load<u32>(taps);
    const pairs = taps + HEAD;
    const endTaps = pairs + <usize>load<u32>(taps, 4) * PAIR;
    for (let c: usize = 0; c < next; c += 4) {
      let from = start + c;
      let low = i32x4.splat(HALF);
      let high = i32x4.splat(0);
      for (let pair = pairs; pair < endTaps; pair += PAIR, from += 2 * next) {
        const values = i16x8.extend_low_i8x16_u(
          interleaveLow(v128.load32_zero(from), v128.load32_zero(from + next)),
        );
        low = i32x4.add(low, i32x4.dot_i16x8_s(values, v128.load32_splat(pair)));
        high = i32x4.add(high, i32x4.dot_i16x8_s(values, v128.load32_splat(pair, 4)));
      }
      v128.store32_lane(to + c, fourBytes(low, high), 0);
    }
    taps = endTaps;
  }
}

/** Vertical pass over bytes: output [outH][row] from input [H][row]. */
export function resizeBytesDown(input: usize, taps: usize, outH: i32, row: i32, output: usize): void {
  const rowBytes = <usize>row;
  for (let y = 0; y < outH; y++, output += rowBytes) {
    const start = input + <usize>load<u32>(taps);
    const pairs = taps + HEAD;
    const endTaps = pairs + <usize>load<u32>(taps, 4) * PAIR;
    for (let column: usize = 0; column < rowBytes; column += 16) {
      let from = start + column;
      let low0 = i32x4.splat(HALF);
      let low1 = low0;
      let low2 = low0;
      let low3 = low0;
      let high0 = i32x4.splat(0);
      let high1 = high0;
      let high2 = high0;
      let high3 = high0;
      for (let pair = pairs; pair < endTaps; pair += PAIR, from += 2 * rowBytes) {
        const upper = v128.load(from);
        const lower = v128.load(from + rowBytes);
        const low = v128.load32_splat(pair);
        const high = v128.load32_splat(pair, 4);
        let both = interleaveLow(upper, lower);
        let values = i16x8.extend_low_i8x16_u(both);
        low0 = i32x4.add(low0, i32x4.dot_i16x8_s(values, low));
        high0 = i32x4.add(high0, i32x4.dot_i16x8_s(values, high));
        values = i16x8.extend_high_i8x16_u(both);
        low1 = i32x4.add(low1, i32x4.dot_i16x8_s(values, low));
        high1 = i32x4.add(high1, i32x4.dot_i16x8_s(values, high));
        both = interleaveHigh(upper, lower);
        values = i16x8.extend_low_i8x16_u(both);
        low2 = i32x4.add(low2, i32x4.dot_i16x8_s(values, low));
        high2 = i32x4.add(high2, i32x4.dot_i16x8_s(values, high));
        values = i16x8.extend_high_i8x16_u(both);
        low3 = i32x4.add(low3, i32x4.dot_i16x8_s(values, low));
        high3 = i32x4.add(high3, i32x4.dot_i16x8_s(values, high));
      }
      v128.store(
        output + column,
        i8x16.narrow_i16x8_u(
          i16x8.narrow_i32x4_s(shifted(low0, high0), shifted(low1, high1)),
          i16x8.narrow_i32x4_s(shifted(low2, high2), shifted(low3, high3)),
        ),
      );
    }
    taps = endTaps;
  }
}

function interleaveLow(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

function interleaveHigh(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

/** The whole sums, without the bits after the binary point. */
function shifted(low: v128, high: v128): v128 {
  return i32x4.shr_s(i32x4.add(low, i32x4.shl(high, LOW_BITS)), PRECISION);
}

/** Four sums, clipped to 0..255, as the first four bytes. */
function fourBytes(low: v128, high: v128): v128 {
  const sums = shifted(low, high);
  const words = i16x8.narrow_i32x4_s(sums, sums);
  return i8x16.narrow_i16x8_u(words, words);
}

/** Horizontal pass over 16-bit values: output [H][outW][C] from input [H][W][C]. */
export function resizeWordsAcross(
  input: usize,
  H: i32,
  W: i32,
  C: i32,
  taps: usize,
  outW: i32,
  output: usize,
): void {
  const pixel = (<usize>C) << 1;
  const step = <usize>W * pixel;
  for (let h = 0; h < H; h++, input += step) {
    let tap = taps;
    for (const end = output + <usize>outW * pixel; output < end; output += pixel) {
      const start = input + <usize>load<u32>(tap);
      const weights = tap + HEAD;
      tap = weights + ((<usize>load<u32>(tap, 4)) << 3);
      for (let c: usize = 0; c < pixel; c += 8) {
        v128.store64_lane(output + c, fourWords(start + c, pixel, weights, tap), 0);
      }
    }
  }
}

/** Vertical pass over 16-bit values: output [outH][row] from input [H][row]; `row` counts values. */
export function resizeWordsDown(input: usize, taps: usize, outH: i32, row: i32, output: usize): void {
  const rowBytes = (<usize>row) << 1;
  for (let y = 0; y < outH; y++, output += rowBytes) {
    const start = input + <usize>load<u32>(taps);
    const weights = taps + HEAD;
    taps = weights + ((<usize>load<u32>(taps, 4)) << 3);
    for (let column: usize = 0; column < rowBytes; column += 8) {
      v128.store64_lane(output + column, fourWords(start + column, rowBytes, weights, taps), 0);
    }
  }
}

/** Four weighted sums of values `step` bytes apart, rounded and clipped to 0..65535, as the first four words. */
function fourWords(from: usize, step: usize, weights: usize, end: usize): v128 {
  let sums01 = f64x2.splat(0);
  let sums23 = sums01;
  for (let at = weights; at < end; at += 8, from += step) {
    const values = i32x4.extend_low_i16x8_u(v128.load64_zero(from));
    const weight = v128.load64_splat(at);
    sums01 = f64x2.add(sums01, f64x2.mul(f64x2.convert_low_i32x4_u(values), weight));
    const upper = i8x16.shuffle(values, values, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
    sums23 = f64x2.add(sums23, f64x2.mul(f64x2.convert_low_i32x4_u(upper), weight));
  }
  const half = f64x2.splat(0.5);
  const most = i32x4.splat(65535);
  // The conversion rounds down and turns what is negative into 0.
  const words01 = i32x4.min_u(i32x4.trunc_sat_f64x2_u_zero(f64x2.add(sums01, half)), most);
  const words23 = i32x4.min_u(i32x4.trunc_sat_f64x2_u_zero(f64x2.add(sums23, half)), most);
  return i16x8.narrow_i32x4_u(
    i8x16.shuffle(words01, words23, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23),
    words01,
  );
}

/**
 * Pixels of input rows and columns: output [outH][outW] pixels of `pixelBytes`.
 *
 * @param rows distances in bytes, uint32 [outH]
 * @param columns distances in bytes from the start of a row, uint32 [outW]
 */
export function pickPixels(
  input: usize,
  rows: usize,
  outH: i32,
  columns: usize,
  outW: i32,
  pixelBytes: i32,
  output: usize,
): void {
  const endRows = rows + ((<usize>outH) << 2);
  const endColumns = columns + ((<usize>outW) << 2);
  const pixel = <usize>pixelBytes;
  for (; rows < endRows; rows += 4) {
    const row = input + <usize>load<u32>(rows);
    for (let column = columns; column < endColumns; column += 4, output += pixel) {
      const from = row + <usize>load<u32>(column);
      for (let byte: usize = 0; byte < pixel; byte += 4) store<u32>(output + byte, load<u32>(from + byte));
    }
  }
}
