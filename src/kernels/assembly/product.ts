/**
 * Matrix products by register blocks of rows × 8. Sums run in index order with one rounding per product and per sum: no
 * fused or relaxed instruction, so the bits are the same on every machine. The loops are unrolled by two, which is where V8
 * reaches its peak.
 */

/** c + x·y per lane. */
export function multiplyAdd(c: v128, x: v128, y: v128): v128 {
  return f32x4.add(c, f32x4.mul(x, y));
}

/**
 * C[r][0…7] = Σ A[r][k]·B[k][0…7], or += if `accumulate`, for `rows` rows, rounded up to a multiple of 6 (memory behind A and C
 * is read and written that far). B is a panel of 8 columns, contiguous over all k. `length`, the number of k, is even. Strides in
 * bytes.
 *
 * A second loop within a block of rows, or a step for an odd k behind the loop, would make V8 spill sums to the stack and cost
 * a third of the speed.
 */
export function product6(
  a: usize,
  rowStride: usize,
  rows: i32,
  length: i32,
  b: usize,
  c: usize,
  cStride: usize,
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
      let at = c;
      c00 = v128.load(at);
      c01 = v128.load(at, 16);
      at += cStride;
      c10 = v128.load(at);
      c11 = v128.load(at, 16);
      at += cStride;
      c20 = v128.load(at);
      c21 = v128.load(at, 16);
      at += cStride;
      c30 = v128.load(at);
      c31 = v128.load(at, 16);
      at += cStride;
      c40 = v128.load(at);
      c41 = v128.load(at, 16);
      at += cStride;
      c50 = v128.load(at);
      c51 = v128.load(at, 16);
    }
    let p = b;
    let a0 = a;
    let a1 = a0 + rowStride;
    let a2 = a1 + rowStride;
    let a3 = a2 + rowStride;
    let a4 = a3 + rowStride;
    let a5 = a4 + rowStride;
    const end = p + ((<usize>length) << 5);
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
    v128.store(c, c40);
    v128.store(c, c41, 16);
    c += cStride;
    v128.store(c, c50);
    v128.store(c, c51, 16);
    c += cStride;
    a += 6 * rowStride;
  }
}

/** The same for rows in fours: a dense layer's images. */
export function product4(
  a: usize,
  rowStride: usize,
  rows: i32,
  length: i32,
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
    let a1 = a0 + rowStride;
    let a2 = a1 + rowStride;
    let a3 = a2 + rowStride;
    let p = b;
    const end = p + ((<usize>length) << 5);
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
    a += 4 * rowStride;
  }
}

/**
 * C[r][0…7] = Σ Aᵀ[r][k]·B[k][0…7] where A is stored with k as its rows: `rows` (rounded up to a multiple of 6) adjacent
 * floats per k. `length`, the number of k, is even. Strides, in bytes, lead from one k to the next. C is contiguous.
 */
export function productTransposed6(
  a: usize,
  aStride: usize,
  rows: i32,
  length: i32,
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
    for (let k = 0; k < length; k += 2) {
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

/** C[r][0…7] += A[r]·B[0…7] for `rows` values of A: what an odd last k adds. Strides, in bytes, lead to the next row. */
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
