/**
 * Products of float64 matrices and vectors, by columns: numbers of a column are adjacent in memory, `stride` bytes lead to the next column.
 * Memory sets their speed, so four columns are read at a time.
 */

/** Bytes of scratch memory of `multiplySymmetric` and `dotColumns`. */
const TWO: usize = 16;

/**
 * Part of a product y = A·x with a symmetric A of which only the lower triangle is read: that of `columns` columns from the diagonal down.
 * Each number below the diagonal counts for its row and for its column.
 *
 * @param a the block's first number on the diagonal; @param rows from there down
 * @param x [rows], @param y [rows], overwritten
 * @param scratch 64 bytes
 */
export function multiplySymmetric(
  a: usize,
  stride: usize,
  rows: i32,
  columns: i32,
  x: usize,
  y: usize,
  scratch: usize,
): void {
  memory.fill(y, 0, (<usize>rows) << 3);
  const full = min(columns & ~3, rows & ~3);
  for (let j = 0; j < full; j += 4) {
    const corner = a + <usize>j * stride + ((<usize>j) << 3);
    const from = (<usize>j) << 3;
    multiplyTriangle(corner, stride, 4, x + from, y + from);
    multiplyBelow(corner, stride, rows - j - 4, x + from, y + from, scratch);
  }
  for (let j = full; j < columns; j++) {
    const from = (<usize>j) << 3;
    multiplyTriangle(a + <usize>j * stride + from, stride, 1, x + from, y + from);
    const factor = load<f64>(x + from);
    let sum = load<f64>(y + from);
    for (let i = j + 1; i < rows; i++) {
      const down = (<usize>i) << 3;
      const value = load<f64>(a + <usize>j * stride + down);
      store<f64>(y + down, load<f64>(y + down) + value * factor);
      sum += value * load<f64>(x + down);
    }
    store<f64>(y + from, sum);
  }
}

/** Adds the product with the first `size` rows and columns. */
function multiplyTriangle(a: usize, stride: usize, size: i32, x: usize, y: usize): void {
  for (let j = 0; j < size; j++) {
    for (let i = j; i < size; i++) {
      const value = load<f64>(a + <usize>j * stride + ((<usize>i) << 3));
      const row = (<usize>i) << 3;
      const column = (<usize>j) << 3;
      store<f64>(y + row, load<f64>(y + row) + value * load<f64>(x + column));
      if (i > j) store<f64>(y + column, load<f64>(y + column) + value * load<f64>(x + row));
    }
  }
}

/** Adds the product with four columns from their fifth row on. */
function multiplyBelow(a: usize, stride: usize, rows: i32, x: usize, y: usize, sums: usize): void {
  const x0 = v128.load64_splat(x);
  const x1 = v128.load64_splat(x, 8);
  const x2 = v128.load64_splat(x, 16);
  const x3 = v128.load64_splat(x, 24);
  let s0 = f64x2.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let a0 = a + 32;
  let a1 = a0 + stride;
  let a2 = a1 + stride;
  let a3 = a2 + stride;
  let from = x + 32;
  let to = y + 32;
  const end = from + ((<usize>(rows & ~1)) << 3);
  while (from < end) {
    const b0 = v128.load(a0);
    const b1 = v128.load(a1);
    const b2 = v128.load(a2);
    const b3 = v128.load(a3);
    const xs = v128.load(from);
    s0 = multiplyAdd(s0, b0, xs);
    s1 = multiplyAdd(s1, b1, xs);
    s2 = multiplyAdd(s2, b2, xs);
    s3 = multiplyAdd(s3, b3, xs);
    let sum = multiplyAdd(v128.load(to), b0, x0);
    sum = multiplyAdd(sum, b1, x1);
    sum = multiplyAdd(sum, b2, x2);
    v128.store(to, multiplyAdd(sum, b3, x3));
    a0 += TWO;
    a1 += TWO;
    a2 += TWO;
    a3 += TWO;
    from += TWO;
    to += TWO;
  }
  v128.store(sums, s0);
  v128.store(sums, s1, 16);
  v128.store(sums, s2, 32);
  v128.store(sums, s3, 48);
  for (let j: usize = 0; j < 4; j++) {
    const column = j << 3;
    let sum = load<f64>(sums + (j << 4)) + load<f64>(sums + (j << 4), 8);
    if (rows & 1) {
      const value = load<f64>(a0 + j * stride);
      sum += value * load<f64>(from);
      store<f64>(to, load<f64>(to) + value * load<f64>(x + column));
    }
    store<f64>(y + column, load<f64>(y + column) + sum);
  }
}

/** y [rows] += matrix [rows][count] · weights [count]. */
export function addColumns(
  matrix: usize,
  stride: usize,
  rows: i32,
  count: i32,
  weights: usize,
  y: usize,
): void {
  const end = (<usize>(rows & ~1)) << 3;
  let q = 0;
  for (; q + 4 <= count; q += 4) {
    const a0 = matrix + <usize>q * stride;
    const a1 = a0 + stride;
    const a2 = a1 + stride;
    const a3 = a2 + stride;
    const w = weights + ((<usize>q) << 3);
    const w0 = v128.load64_splat(w);
    const w1 = v128.load64_splat(w, 8);
    const w2 = v128.load64_splat(w, 16);
    const w3 = v128.load64_splat(w, 24);
    for (let i: usize = 0; i < end; i += TWO) {
      let sum = multiplyAdd(v128.load(y + i), v128.load(a0 + i), w0);
      sum = multiplyAdd(sum, v128.load(a1 + i), w1);
      sum = multiplyAdd(sum, v128.load(a2 + i), w2);
      v128.store(y + i, multiplyAdd(sum, v128.load(a3 + i), w3));
    }
    if (rows & 1) {
      for (let j: usize = 0; j < 4; j++) addNumber(a0 + j * stride + end, w + (j << 3), y + end);
    }
  }
  for (; q < count; q++) {
    const from = matrix + <usize>q * stride;
    const weight = weights + ((<usize>q) << 3);
    for (let i: usize = 0; i < (<usize>rows) << 3; i += 8) addNumber(from + i, weight, y + i);
  }
}

function addNumber(a: usize, weight: usize, y: usize): void {
  store<f64>(y, load<f64>(y) + load<f64>(a) * load<f64>(weight));
}

/** out [count] = matrix [rows][count]ᵀ · x [rows]. */
export function dotColumns(
  matrix: usize,
  stride: usize,
  rows: i32,
  count: i32,
  x: usize,
  out: usize,
  scratch: usize,
): void {
  const end = (<usize>(rows & ~1)) << 3;
  let q = 0;
  for (; q + 4 <= count; q += 4) {
    const a0 = matrix + <usize>q * stride;
    const a1 = a0 + stride;
    const a2 = a1 + stride;
    const a3 = a2 + stride;
    let s0 = f64x2.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    for (let i: usize = 0; i < end; i += TWO) {
      const xs = v128.load(x + i);
      s0 = multiplyAdd(s0, v128.load(a0 + i), xs);
      s1 = multiplyAdd(s1, v128.load(a1 + i), xs);
      s2 = multiplyAdd(s2, v128.load(a2 + i), xs);
      s3 = multiplyAdd(s3, v128.load(a3 + i), xs);
    }
    v128.store(scratch, s0);
    v128.store(scratch, s1, 16);
    v128.store(scratch, s2, 32);
    v128.store(scratch, s3, 48);
    for (let j: usize = 0; j < 4; j++) {
      let sum = load<f64>(scratch + (j << 4)) + load<f64>(scratch + (j << 4), 8);
      if (rows & 1) sum += load<f64>(a0 + j * stride + end) * load<f64>(x + end);
      store<f64>(out + ((<usize>q + j) << 3), sum);
    }
  }
  for (; q < count; q++) {
    let sum: f64 = 0;
    for (let i: usize = 0; i < (<usize>rows) << 3; i += 8) {
      sum += load<f64>(matrix + <usize>q * stride + i) * load<f64>(x + i);
    }
    store<f64>(out + ((<usize>q) << 3), sum);
  }
}

/** c + x·y per lane. */
function multiplyAdd(c: v128, x: v128, y: v128): v128 {
  return f64x2.add(c, f64x2.mul(x, y));
}
