/**
 * Matrix products c [rows][8] = a [rows][K] · b [K][8] by register blocks of rows × 8. Each sum runs over k in order, with one
 * rounding per product and one per sum and no fused or relaxed instructions, so every machine computes the same bits. The loops
 * are unrolled by two because V8 reaches its peak there. Strides are in bytes.
 */

/** c + x·y per lane. */
export function multiplyAdd(c: v128, x: v128, y: v128): v128 {
  return f32x4.add(c, f32x4.mul(x, y));
}

/**
 * c = a · b, or c += a · b if `accumulate`, six rows at a time: a is read and c written for `rows` rounded up to a multiple of 6.
 * K is even; rows of c are adjacent.
 *
 * A second loop within a block of rows, or a step for an odd K after the loop, would make V8 spill sums to the stack, at a third
 * of the speed.
 */
export function product6(
  a: usize,
  aStride: usize,
  rows: i32,
  K: i32,
  b: usize,
  c: usize,
  accumulate: bool,
): void {
  for (let row = 0; row < rows; row += 6) {
    let c00 = f32x4.splat(0);
    let c01 = c00;
    let c10 = c00;
    let c11 = c00;
    let c20 = c00;
    let c21 = c00;
    let c30 = c00;
    let c31 = c00;
    let c40 = c00;
    let c41 = c00;
    let c50 = c00;
    let c51 = c00;
    if (accumulate) {
      c00 = v128.load(c);
      c01 = v128.load(c, 16);
      c10 = v128.load(c, 32);
      c11 = v128.load(c, 48);
      c20 = v128.load(c, 64);
      c21 = v128.load(c, 80);
      c30 = v128.load(c, 96);
      c31 = v128.load(c, 112);
      c40 = v128.load(c, 128);
      c41 = v128.load(c, 144);
      c50 = v128.load(c, 160);
      c51 = v128.load(c, 176);
    }
    let p = b;
    let a0 = a;
    let a1 = a0 + aStride;
    let a2 = a1 + aStride;
    let a3 = a2 + aStride;
    let a4 = a3 + aStride;
    let a5 = a4 + aStride;
    const end = p + ((<usize>K) << 5);
    while (p < end) {
      let b0 = v128.load(p);
      let b1 = v128.load(p, 16);
      let x = v128.load32_splat(a0);
      c00 = multiplyAdd(c00, x, b0);
      c01 = multiplyAdd(c01, x, b1);
      x = v128.load32_splat(a1);
      c10 = multiplyAdd(c10, x, b0);
      c11 = multiplyAdd(c11, x, b1);
      x = v128.load32_splat(a2);
      c20 = multiplyAdd(c20, x, b0);
      c21 = multiplyAdd(c21, x, b1);
      x = v128.load32_splat(a3);
      c30 = multiplyAdd(c30, x, b0);
      c31 = multiplyAdd(c31, x, b1);
      x = v128.load32_splat(a4);
      c40 = multiplyAdd(c40, x, b0);
      c41 = multiplyAdd(c41, x, b1);
      x = v128.load32_splat(a5);
      c50 = multiplyAdd(c50, x, b0);
      c51 = multiplyAdd(c51, x, b1);
      b0 = v128.load(p, 32);
      b1 = v128.load(p, 48);
      x = v128.load32_splat(a0, 4);
      c00 = multiplyAdd(c00, x, b0);
      c01 = multiplyAdd(c01, x, b1);
      x = v128.load32_splat(a1, 4);
      c10 = multiplyAdd(c10, x, b0);
      c11 = multiplyAdd(c11, x, b1);
      x = v128.load32_splat(a2, 4);
      c20 = multiplyAdd(c20, x, b0);
      c21 = multiplyAdd(c21, x, b1);
      x = v128.load32_splat(a3, 4);
      c30 = multiplyAdd(c30, x, b0);
      c31 = multiplyAdd(c31, x, b1);
      x = v128.load32_splat(a4, 4);
      c40 = multiplyAdd(c40, x, b0);
      c41 = multiplyAdd(c41, x, b1);
      x = v128.load32_splat(a5, 4);
      c50 = multiplyAdd(c50, x, b0);
      c51 = multiplyAdd(c51, x, b1);
      a0 += 8;
      a1 += 8;
      a2 += 8;
      a3 += 8;
      a4 += 8;
      a5 += 8;
      p += 64;
    }
    v128.store(c, c00);
    v128.store(c, c01, 16);
    v128.store(c, c10, 32);
    v128.store(c, c11, 48);
    v128.store(c, c20, 64);
    v128.store(c, c21, 80);
    v128.store(c, c30, 96);
    v128.store(c, c31, 112);
    v128.store(c, c40, 128);
    v128.store(c, c41, 144);
    v128.store(c, c50, 160);
    v128.store(c, c51, 176);
    a += 6 * aStride;
    c += 192;
  }
}

/** c = a · b four rows at a time, for a dense layer's images; K is even. */
export function product4(
  a: usize,
  aStride: usize,
  rows: i32,
  K: i32,
  b: usize,
  c: usize,
  cStride: usize,
): void {
  for (let row = 0; row < rows; row += 4) {
    let c00 = f32x4.splat(0);
    let c01 = c00;
    let c10 = c00;
    let c11 = c00;
    let c20 = c00;
    let c21 = c00;
    let c30 = c00;
    let c31 = c00;
    let a0 = a;
    let a1 = a0 + aStride;
    let a2 = a1 + aStride;
    let a3 = a2 + aStride;
    let p = b;
    const end = p + ((<usize>K) << 5);
    while (p < end) {
      let b0 = v128.load(p);
      let b1 = v128.load(p, 16);
      let x = v128.load32_splat(a0);
      c00 = multiplyAdd(c00, x, b0);
      c01 = multiplyAdd(c01, x, b1);
      x = v128.load32_splat(a1);
      c10 = multiplyAdd(c10, x, b0);
      c11 = multiplyAdd(c11, x, b1);
      x = v128.load32_splat(a2);
      c20 = multiplyAdd(c20, x, b0);
      c21 = multiplyAdd(c21, x, b1);
      x = v128.load32_splat(a3);
      c30 = multiplyAdd(c30, x, b0);
      c31 = multiplyAdd(c31, x, b1);
      b0 = v128.load(p, 32);
      b1 = v128.load(p, 48);
      x = v128.load32_splat(a0, 4);
      c00 = multiplyAdd(c00, x, b0);
      c01 = multiplyAdd(c01, x, b1);
      x = v128.load32_splat(a1, 4);
      c10 = multiplyAdd(c10, x, b0);
      c11 = multiplyAdd(c11, x, b1);
      x = v128.load32_splat(a2, 4);
      c20 = multiplyAdd(c20, x, b0);
      c21 = multiplyAdd(c21, x, b1);
      x = v128.load32_splat(a3, 4);
      c30 = multiplyAdd(c30, x, b0);
      c31 = multiplyAdd(c31, x, b1);
      a0 += 8;
      a1 += 8;
      a2 += 8;
      a3 += 8;
      p += 64;
    }
    v128.store(c, c00);
    v128.store(c, c01, 16);
    c += cStride;
    v128.store(c, c10);
    v128.store(c, c11, 16);
    c += cStride;
    v128.store(c, c20);
    v128.store(c, c21, 16);
    c += cStride;
    v128.store(c, c30);
    v128.store(c, c31, 16);
    c += cStride;
    a += 4 * aStride;
  }
}

/**
 * c = aᵀ · b six rows at a time, where a is [K][rows] and K is even: a is read and c written for `rows` rounded up to a multiple
 * of 6. Strides lead from one k to the next; rows of c are adjacent.
 */
export function productTransposed6(
  a: usize,
  aStride: usize,
  rows: i32,
  K: i32,
  b: usize,
  bStride: usize,
  c: usize,
): void {
  for (let row = 0; row < rows; row += 6) {
    let c00 = f32x4.splat(0);
    let c01 = c00;
    let c10 = c00;
    let c11 = c00;
    let c20 = c00;
    let c21 = c00;
    let c30 = c00;
    let c31 = c00;
    let c40 = c00;
    let c41 = c00;
    let c50 = c00;
    let c51 = c00;
    let p = a;
    let q = b;
    for (let k = 0; k < K; k += 2) {
      let b0 = v128.load(q);
      let b1 = v128.load(q, 16);
      let x = v128.load32_splat(p);
      c00 = multiplyAdd(c00, x, b0);
      c01 = multiplyAdd(c01, x, b1);
      x = v128.load32_splat(p, 4);
      c10 = multiplyAdd(c10, x, b0);
      c11 = multiplyAdd(c11, x, b1);
      x = v128.load32_splat(p, 8);
      c20 = multiplyAdd(c20, x, b0);
      c21 = multiplyAdd(c21, x, b1);
      x = v128.load32_splat(p, 12);
      c30 = multiplyAdd(c30, x, b0);
      c31 = multiplyAdd(c31, x, b1);
      x = v128.load32_splat(p, 16);
      c40 = multiplyAdd(c40, x, b0);
      c41 = multiplyAdd(c41, x, b1);
      x = v128.load32_splat(p, 20);
      c50 = multiplyAdd(c50, x, b0);
      c51 = multiplyAdd(c51, x, b1);
      p += aStride;
      q += bStride;
      b0 = v128.load(q);
      b1 = v128.load(q, 16);
      x = v128.load32_splat(p);
      c00 = multiplyAdd(c00, x, b0);
      c01 = multiplyAdd(c01, x, b1);
      x = v128.load32_splat(p, 4);
      c10 = multiplyAdd(c10, x, b0);
      c11 = multiplyAdd(c11, x, b1);
      x = v128.load32_splat(p, 8);
      c20 = multiplyAdd(c20, x, b0);
      c21 = multiplyAdd(c21, x, b1);
      x = v128.load32_splat(p, 12);
      c30 = multiplyAdd(c30, x, b0);
      c31 = multiplyAdd(c31, x, b1);
      x = v128.load32_splat(p, 16);
      c40 = multiplyAdd(c40, x, b0);
      c41 = multiplyAdd(c41, x, b1);
      x = v128.load32_splat(p, 20);
      c50 = multiplyAdd(c50, x, b0);
      c51 = multiplyAdd(c51, x, b1);
      p += aStride;
      q += bStride;
    }
    v128.store(c, c00);
    v128.store(c, c01, 16);
    v128.store(c, c10, 32);
    v128.store(c, c11, 48);
    v128.store(c, c20, 64);
    v128.store(c, c21, 80);
    v128.store(c, c30, 96);
    v128.store(c, c31, 112);
    v128.store(c, c40, 128);
    v128.store(c, c41, 144);
    v128.store(c, c50, 160);
    v128.store(c, c51, 176);
    a += 24;
    c += 192;
  }
}

/** c += a · b for K = 1, the last k of an odd K. Strides lead to the next row. */
export function addOuterProduct(
  a: usize,
  aStride: usize,
  rows: i32,
  b: usize,
  c: usize,
  cStride: usize,
): void {
  const b0 = v128.load(b);
  const b1 = v128.load(b, 16);
  for (let row = 0; row < rows; row++) {
    const x = v128.load32_splat(a);
    v128.store(c, multiplyAdd(v128.load(c), x, b0));
    v128.store(c, multiplyAdd(v128.load(c, 16), x, b1), 16);
    a += aStride;
    c += cStride;
  }
}
