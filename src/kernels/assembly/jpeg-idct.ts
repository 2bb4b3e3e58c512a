import { high16, low16, storeSamples, storeSwapped } from "./jpeg-transpose";

/**
 * The accurate integer inverse DCT of libjpeg (jidctint.c): first columns, then rows, by Loeffler, Ligtenberg and Moschytz, with
 * constants of 13 bits. Columns keep 2 bits of fractions. Sums of 16 bits wrap, and results are clipped to 16 bits after the
 * columns and to 8 after the rows, as in libjpeg-turbo's vector instructions (jidctint-sse2.asm).
 */

const CONST_BITS = 13;
const FRACTION_BITS = 2;

// The rotations as sums of two products: cos and sin of multiples of π/16, times √2 and 2^13.
const EVEN_SUM = i16x8(10703, 4433, 10703, 4433, 10703, 4433, 10703, 4433);
const EVEN_DIFFERENCE = i16x8(4433, -10704, 4433, -10704, 4433, -10704, 4433, -10704);
const ODD_3 = i16x8(-6436, 9633, -6436, 9633, -6436, 9633, -6436, 9633);
const ODD_4 = i16x8(9633, 6437, 9633, 6437, 9633, 6437, 9633, 6437);
const ODD_71 = i16x8(-4927, -7373, -4927, -7373, -4927, -7373, -4927, -7373);
const ODD_17 = i16x8(-7373, 4926, -7373, 4926, -7373, 4926, -7373, 4926);
const ODD_53 = i16x8(-4176, -20995, -4176, -20995, -4176, -20995, -4176, -20995);
const ODD_35 = i16x8(-20995, 4177, -20995, 4177, -20995, 4177, -20995, 4177);

/**
 * Samples of a block, uint8 [8] in rows of `stride` bytes.
 *
 * @param block coefficients, int16 [8][8]
 * @param multipliers uint16 [8][8]
 * @param halfway scratch, int16 [8][8]
 */
export function accurateBlock(
  block: usize,
  multipliers: usize,
  halfway: usize,
  to: usize,
  stride: usize,
): void {
  if (isOneRow(block)) {
    // The same result, but for values that only damaged files have: these wrap here, as in libjpeg-turbo.
    const row = i16x8.shl(i16x8.mul(v128.load(block), v128.load(multipliers)), FRACTION_BITS);
    storeSwapped(halfway, row, row, row, row, row, row, row, row);
  } else {
    transform<i16>(block, multipliers, halfway, 0);
  }
  transform<u8>(halfway, 0, to, stride);
}

/** Whether all coefficients behind the first row are 0. */
function isOneRow(block: usize): bool {
  const rows12 = v128.or(v128.load(block, 16), v128.load(block, 32));
  const rows34 = v128.or(v128.load(block, 48), v128.load(block, 64));
  const rows56 = v128.or(v128.load(block, 80), v128.load(block, 96));
  return !v128.any_true(v128.or(v128.or(rows12, rows34), v128.or(rows56, v128.load(block, 112))));
}

/** Transforms columns if results are int16, and rows if they are samples. */
function transform<Result>(from: usize, multipliers: usize, to: usize, stride: usize): void {
  let in0 = v128.load(from, 0);
  let in1 = v128.load(from, 16);
  let in2 = v128.load(from, 32);
  let in3 = v128.load(from, 48);
  let in4 = v128.load(from, 64);
  let in5 = v128.load(from, 80);
  let in6 = v128.load(from, 96);
  let in7 = v128.load(from, 112);
  if (sizeof<Result>() === 2) {
    in0 = i16x8.mul(in0, v128.load(multipliers, 0));
    in1 = i16x8.mul(in1, v128.load(multipliers, 16));
    in2 = i16x8.mul(in2, v128.load(multipliers, 32));
    in3 = i16x8.mul(in3, v128.load(multipliers, 48));
    in4 = i16x8.mul(in4, v128.load(multipliers, 64));
    in5 = i16x8.mul(in5, v128.load(multipliers, 80));
    in6 = i16x8.mul(in6, v128.load(multipliers, 96));
    in7 = i16x8.mul(in7, v128.load(multipliers, 112));
  }
  const shift = sizeof<Result>() === 2 ? CONST_BITS - FRACTION_BITS : CONST_BITS + FRACTION_BITS + 3;
  const half = i32x4.splat(1 << (shift - 1));

  const sum04 = i16x8.add(in0, in4);
  const difference04 = i16x8.sub(in0, in4);
  const low26 = low16(in2, in6);
  const high26 = high16(in2, in6);
  let lowTurned = i32x4.dot_i16x8_s(low26, EVEN_SUM);
  let highTurned = i32x4.dot_i16x8_s(high26, EVEN_SUM);
  let lowPlain = i32x4.add(i32x4.shl(i32x4.extend_low_i16x8_s(sum04), CONST_BITS), half);
  let highPlain = i32x4.add(i32x4.shl(i32x4.extend_high_i16x8_s(sum04), CONST_BITS), half);
  const lowEven0 = i32x4.add(lowPlain, lowTurned);
  const highEven0 = i32x4.add(highPlain, highTurned);
  const lowEven3 = i32x4.sub(lowPlain, lowTurned);
  const highEven3 = i32x4.sub(highPlain, highTurned);
  lowTurned = i32x4.dot_i16x8_s(low26, EVEN_DIFFERENCE);
  highTurned = i32x4.dot_i16x8_s(high26, EVEN_DIFFERENCE);
  lowPlain = i32x4.add(i32x4.shl(i32x4.extend_low_i16x8_s(difference04), CONST_BITS), half);
  highPlain = i32x4.add(i32x4.shl(i32x4.extend_high_i16x8_s(difference04), CONST_BITS), half);
  const lowEven1 = i32x4.add(lowPlain, lowTurned);
  const highEven1 = i32x4.add(highPlain, highTurned);
  const lowEven2 = i32x4.sub(lowPlain, lowTurned);
  const highEven2 = i32x4.sub(highPlain, highTurned);

  const sum73 = i16x8.add(in7, in3);
  const sum51 = i16x8.add(in5, in1);
  const lowSums = low16(sum73, sum51);
  const highSums = high16(sum73, sum51);
  const low3 = i32x4.dot_i16x8_s(lowSums, ODD_3);
  const high3 = i32x4.dot_i16x8_s(highSums, ODD_3);
  const low4 = i32x4.dot_i16x8_s(lowSums, ODD_4);
  const high4 = i32x4.dot_i16x8_s(highSums, ODD_4);
  const low71 = low16(in7, in1);
  const high71 = high16(in7, in1);
  const low53 = low16(in5, in3);
  const high53 = high16(in5, in3);

  let lowOdd = i32x4.add(i32x4.dot_i16x8_s(low71, ODD_17), low4);
  let highOdd = i32x4.add(i32x4.dot_i16x8_s(high71, ODD_17), high4);
  const out0 = words(i32x4.add(lowEven0, lowOdd), i32x4.add(highEven0, highOdd), shift);
  const out7 = words(i32x4.sub(lowEven0, lowOdd), i32x4.sub(highEven0, highOdd), shift);
  lowOdd = i32x4.add(i32x4.dot_i16x8_s(low53, ODD_35), low3);
  highOdd = i32x4.add(i32x4.dot_i16x8_s(high53, ODD_35), high3);
  const out1 = words(i32x4.add(lowEven1, lowOdd), i32x4.add(highEven1, highOdd), shift);
  const out6 = words(i32x4.sub(lowEven1, lowOdd), i32x4.sub(highEven1, highOdd), shift);
  lowOdd = i32x4.add(i32x4.dot_i16x8_s(low53, ODD_53), low4);
  highOdd = i32x4.add(i32x4.dot_i16x8_s(high53, ODD_53), high4);
  const out2 = words(i32x4.add(lowEven2, lowOdd), i32x4.add(highEven2, highOdd), shift);
  const out5 = words(i32x4.sub(lowEven2, lowOdd), i32x4.sub(highEven2, highOdd), shift);
  lowOdd = i32x4.add(i32x4.dot_i16x8_s(low71, ODD_71), low3);
  highOdd = i32x4.add(i32x4.dot_i16x8_s(high71, ODD_71), high3);
  const out3 = words(i32x4.add(lowEven3, lowOdd), i32x4.add(highEven3, highOdd), shift);
  const out4 = words(i32x4.sub(lowEven3, lowOdd), i32x4.sub(highEven3, highOdd), shift);

  if (sizeof<Result>() === 2) storeSwapped(to, out0, out1, out2, out3, out4, out5, out6, out7);
  else storeSamples(to, stride, out0, out1, out2, out3, out4, out5, out6, out7);
}

function words(low: v128, high: v128, shift: i32): v128 {
  return i16x8.narrow_i32x4_s(i32x4.shr_s(low, shift), i32x4.shr_s(high, shift));
}
