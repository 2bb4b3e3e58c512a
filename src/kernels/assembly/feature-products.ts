/**
 * Sums over a block of images of the products of every two features, added to `sums`, float64 [features][features]. Only tiles
 * of 8 × 8 on or above the diagonal are computed. `features` is a multiple of 8. Register tiles are 4 × 8 or 4 × 4 features.
 */

/**
 * Exact sums of products of bytes: `pairs` is int16 [rows][features][2], where a row holds two images. The sums of one call must
 * fit into 32 bits, so `rows` is at most 2^14.
 */
export function addPairProducts(pairs: usize, rows: i32, features: i32, sums: usize): void {
  const stride = (<usize>features) << 2;
  const end = pairs + <usize>rows * stride;
  for (let i = 0; i < features; i += 4) {
    for (let j = i & ~7; j < features; j += 8) {
      let c00 = i32x4.splat(0);
      let c01 = c00;
      let c10 = c00;
      let c11 = c00;
      let c20 = c00;
      let c21 = c00;
      let c30 = c00;
      let c31 = c00;
      const shift = (<usize>j - <usize>i) << 2;
      for (let a = pairs + ((<usize>i) << 2); a < end; a += stride) {
        const b0 = v128.load(a + shift);
        const b1 = v128.load(a + shift, 16);
        let x = v128.load32_splat(a);
        c00 = i32x4.add(c00, i32x4.dot_i16x8_s(x, b0));
        c01 = i32x4.add(c01, i32x4.dot_i16x8_s(x, b1));
        x = v128.load32_splat(a, 4);
        c10 = i32x4.add(c10, i32x4.dot_i16x8_s(x, b0));
        c11 = i32x4.add(c11, i32x4.dot_i16x8_s(x, b1));
        x = v128.load32_splat(a, 8);
        c20 = i32x4.add(c20, i32x4.dot_i16x8_s(x, b0));
        c21 = i32x4.add(c21, i32x4.dot_i16x8_s(x, b1));
        x = v128.load32_splat(a, 12);
        c30 = i32x4.add(c30, i32x4.dot_i16x8_s(x, b0));
        c31 = i32x4.add(c31, i32x4.dot_i16x8_s(x, b1));
      }
      let to = sums + ((<usize>(i * features + j)) << 3);
      const next = (<usize>features) << 3;
      addIntegers(to, c00, c01);
      to += next;
      addIntegers(to, c10, c11);
      to += next;
      addIntegers(to, c20, c21);
      to += next;
      addIntegers(to, c30, c31);
    }
  }
}

/** Adds eight 32-bit integers to eight doubles. */
function addIntegers(to: usize, low: v128, high: v128): void {
  addTwo(to, f64x2.convert_low_i32x4_s(low));
  addTwo(
    to + 16,
    f64x2.convert_low_i32x4_s(i8x16.shuffle(low, low, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7)),
  );
  addTwo(to + 32, f64x2.convert_low_i32x4_s(high));
  addTwo(
    to + 48,
    f64x2.convert_low_i32x4_s(
      i8x16.shuffle(high, high, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7),
    ),
  );
}

function addTwo(to: usize, values: v128): void {
  v128.store(to, f64x2.add(v128.load(to), values));
}

/** Sums of products of doubles: `values` is float64 [N][features]. */
export function addDoubleProducts(values: usize, N: i32, features: i32, sums: usize): void {
  const stride = (<usize>features) << 3;
  const end = values + <usize>N * stride;
  for (let i = 0; i < features; i += 4) {
    for (let j = i & ~7; j < features; j += 4) {
      let c00 = f64x2.splat(0);
      let c01 = c00;
      let c10 = c00;
      let c11 = c00;
      let c20 = c00;
      let c21 = c00;
      let c30 = c00;
      let c31 = c00;
      const shift = (<usize>j - <usize>i) << 3;
      for (let a = values + ((<usize>i) << 3); a < end; a += stride) {
        const b0 = v128.load(a + shift);
        const b1 = v128.load(a + shift, 16);
        let x = v128.load64_splat(a);
        c00 = f64x2.add(c00, f64x2.mul(x, b0));
        c01 = f64x2.add(c01, f64x2.mul(x, b1));
        x = v128.load64_splat(a, 8);
        c10 = f64x2.add(c10, f64x2.mul(x, b0));
        c11 = f64x2.add(c11, f64x2.mul(x, b1));
        x = v128.load64_splat(a, 16);
        c20 = f64x2.add(c20, f64x2.mul(x, b0));
        c21 = f64x2.add(c21, f64x2.mul(x, b1));
        x = v128.load64_splat(a, 24);
        c30 = f64x2.add(c30, f64x2.mul(x, b0));
        c31 = f64x2.add(c31, f64x2.mul(x, b1));
      }
      let to = sums + ((<usize>(i * features + j)) << 3);
      addTwo(to, c00);
      addTwo(to + 16, c01);
      to += stride;
      addTwo(to, c10);
      addTwo(to + 16, c11);
      to += stride;
      addTwo(to, c20);
      addTwo(to + 16, c21);
      to += stride;
      addTwo(to, c30);
      addTwo(to + 16, c31);
    }
  }
}
