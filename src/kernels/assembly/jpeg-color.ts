import { high16, low16 } from "./jpeg-transpose";

/**
 * A row of YCbCr as RGB (jdcolor.c of libjpeg; constants of 16 bits, rounded to nearest):
 *
 *   R = Y + 1.402 Cr,  G = Y − 0.34414 Cb − 0.71414 Cr,  B = Y + 1.772 Cb,  with Cb and Cr minus 128
 *
 * Factors above 1 are split into whole numbers and the rest. Two rests need one product with rounding, whose constants of 15 bits
 * give the same result for all 256 values.
 */
const RED_REST = 13173;
const BLUE_REST = -7471;
/** −0.34414 and 1 − 0.71414, times 2^16. */
const GREEN = i16x8(-22554, 18734, -22554, 18734, -22554, 18734, -22554, 18734);

/** Writes `width` pixels, and up to 45 bytes behind them. */
export function writeYcc(luma: usize, blue: usize, red: usize, width: i32, to: usize): void {
  const center = i8x16.splat(-128);
  const blueRest = i16x8.splat(<i16>BLUE_REST);
  const redRest = i16x8.splat(<i16>RED_REST);
  const half = i32x4.splat(32768);
  for (const end = luma + <usize>width; luma < end; luma += 16, blue += 16, red += 16, to += 48) {
    const y = v128.load(luma);
    const cb = v128.xor(v128.load(blue), center);
    const cr = v128.xor(v128.load(red), center);
    const y0 = i16x8.extend_low_i8x16_u(y);
    const y1 = i16x8.extend_high_i8x16_u(y);
    const cb0 = i16x8.extend_low_i8x16_s(cb);
    const cb1 = i16x8.extend_high_i8x16_s(cb);
    const cr0 = i16x8.extend_low_i8x16_s(cr);
    const cr1 = i16x8.extend_high_i8x16_s(cr);
    writePixels(
      i8x16.narrow_i16x8_u(
        i16x8.add(i16x8.add(y0, cr0), i16x8.q15mulr_sat_s(cr0, redRest)),
        i16x8.add(i16x8.add(y1, cr1), i16x8.q15mulr_sat_s(cr1, redRest)),
      ),
      i8x16.narrow_i16x8_u(
        i16x8.add(i16x8.sub(y0, cr0), greenRest(cb0, cr0, half)),
        i16x8.add(i16x8.sub(y1, cr1), greenRest(cb1, cr1, half)),
      ),
      i8x16.narrow_i16x8_u(
        i16x8.add(i16x8.add(y0, i16x8.add(cb0, cb0)), i16x8.q15mulr_sat_s(cb0, blueRest)),
        i16x8.add(i16x8.add(y1, i16x8.add(cb1, cb1)), i16x8.q15mulr_sat_s(cb1, blueRest)),
      ),
      to,
    );
  }
}

/** Writes `width` pixels of three components, and up to 45 bytes behind them. */
export function writeRgb(red: usize, green: usize, blue: usize, width: i32, to: usize): void {
  for (const end = red + <usize>width; red < end; red += 16, green += 16, blue += 16, to += 48) {
    writePixels(v128.load(red), v128.load(green), v128.load(blue), to);
  }
}

function greenRest(cb: v128, cr: v128, half: v128): v128 {
  const low = i32x4.dot_i16x8_s(low16(cb, cr), GREEN);
  const high = i32x4.dot_i16x8_s(high16(cb, cr), GREEN);
  return i16x8.narrow_i32x4_s(i32x4.shr_s(i32x4.add(low, half), 16), i32x4.shr_s(i32x4.add(high, half), 16));
}

/** Sixteen pixels. */
function writePixels(r: v128, g: v128, b: v128, to: usize): void {
  const first = v128.or(
    v128.or(
      i8x16.swizzle(r, i8x16(0, -1, -1, 1, -1, -1, 2, -1, -1, 3, -1, -1, 4, -1, -1, 5)),
      i8x16.swizzle(g, i8x16(-1, 0, -1, -1, 1, -1, -1, 2, -1, -1, 3, -1, -1, 4, -1, -1)),
    ),
    i8x16.swizzle(b, i8x16(-1, -1, 0, -1, -1, 1, -1, -1, 2, -1, -1, 3, -1, -1, 4, -1)),
  );
  const second = v128.or(
    v128.or(
      i8x16.swizzle(r, i8x16(-1, -1, 6, -1, -1, 7, -1, -1, 8, -1, -1, 9, -1, -1, 10, -1)),
      i8x16.swizzle(g, i8x16(5, -1, -1, 6, -1, -1, 7, -1, -1, 8, -1, -1, 9, -1, -1, 10)),
    ),
    i8x16.swizzle(b, i8x16(-1, 5, -1, -1, 6, -1, -1, 7, -1, -1, 8, -1, -1, 9, -1, -1)),
  );
  const third = v128.or(
    v128.or(
      i8x16.swizzle(r, i8x16(-1, 11, -1, -1, 12, -1, -1, 13, -1, -1, 14, -1, -1, 15, -1, -1)),
      i8x16.swizzle(g, i8x16(-1, -1, 11, -1, -1, 12, -1, -1, 13, -1, -1, 14, -1, -1, 15, -1)),
    ),
    i8x16.swizzle(b, i8x16(10, -1, -1, 11, -1, -1, 12, -1, -1, 13, -1, -1, 14, -1, -1, 15)),
  );
  v128.store(to, first, 0);
  v128.store(to, second, 16);
  v128.store(to, third, 32);
}
