/** Bytes of a place in a table: two distances in bytes (u32) and the share of the second (f32). */
const PLACE: usize = 12;

/**
 * Resizes bytes by mixing the four pixels around each output, in float32 and in the order of TensorFlow's `tf.image.resize`, rounded to
 * whole values: halves go up. Reads and writes up to 3 bytes behind the images.
 *
 * @param input [H][W][C], C at most 4
 * @param rows [outH] places: distances of rows
 * @param columns [outW] places: distances of pixels in a row
 * @param output [outH][outW][C]
 */
export function mixBytes(
  input: usize,
  rows: usize,
  outH: i32,
  columns: usize,
  outW: i32,
  C: i32,
  output: usize,
): void {
  const endRows = rows + <usize>outH * PLACE;
  const endColumns = columns + <usize>outW * PLACE;
  const half = f32x4.splat(0.5);
  for (; rows < endRows; rows += PLACE) {
    const top = input + <usize>load<u32>(rows);
    const bottom = input + <usize>load<u32>(rows, 4);
    const down = v128.load32_splat(rows, 8);
    for (let column = columns; column < endColumns; column += PLACE, output += <usize>C) {
      const left = <usize>load<u32>(column);
      const right = <usize>load<u32>(column, 4);
      const across = v128.load32_splat(column, 8);
      const upper = mix(pixel(top + left), pixel(top + right), across);
      const lower = mix(pixel(bottom + left), pixel(bottom + right), across);
      const mixed = mix(upper, lower, down);
      // Adding a half first could round up what is just below it.
      const whole = i32x4.trunc_sat_f32x4_s(mixed);
      const isUp = f32x4.ge(f32x4.sub(mixed, f32x4.convert_i32x4_s(whole)), half);
      const words = i16x8.narrow_i32x4_s(i32x4.sub(whole, isUp), whole);
      v128.store32_lane(output, i8x16.narrow_i16x8_u(words, words), 0);
    }
  }
}

/** Four bytes as float32. */
function pixel(address: usize): v128 {
  const words = i16x8.extend_low_i8x16_u(v128.load32_zero(address));
  return f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(words));
}

/** a + (b − a) · share */
function mix(a: v128, b: v128, share: v128): v128 {
  return f32x4.add(a, f32x4.mul(f32x4.sub(b, a), share));
}
