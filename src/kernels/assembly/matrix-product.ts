import { PRODUCT_COLUMNS, PRODUCT_DEPTH, PRODUCT_ROWS } from "../matrix-layout";

/**
 * Products of float64 matrices, by the scheme of Goto and van de Geijn: blocks of both factors are packed into panels of six rows and
 * of three columns, so that the innermost loop reads memory in order and keeps a tile of c in registers. Each number of c is a
 * sum of products in order, so it does not depend on how the matrices are cut into blocks.
 */

/** Rows and columns of a tile of c. */
const MR = 6;
const NR = 3;
const DOUBLE: usize = 8;

/**
 * c [m][n] += factor · a [m][k] · b [k][n]; c is overwritten if `add` is false. Rows of c are adjacent in memory: `cColumn` leads
 * to the next column. All strides are in bytes.
 *
 * @param scratch memory for packed panels, PRODUCT_SCRATCH bytes, aligned to 16
 */
export function multiplyMatrices(
  a: usize,
  aRow: usize,
  aColumn: usize,
  b: usize,
  bRow: usize,
  bColumn: usize,
  c: usize,
  cColumn: usize,
  m: i32,
  n: i32,
  k: i32,
  factor: f64,
  add: bool,
  scratch: usize,
): void {
  if (!add) {
    for (let j = 0; j < n; j++) memory.fill(c + <usize>j * cColumn, 0, (<usize>m) << 3);
  }
  const packedB = scratch + ((<usize>(PRODUCT_ROWS * PRODUCT_DEPTH)) << 3);
  const edge = packedB + ((<usize>(PRODUCT_COLUMNS * PRODUCT_DEPTH)) << 3);
  for (let j = 0; j < n; j += PRODUCT_COLUMNS) {
    const columns = min(PRODUCT_COLUMNS, n - j);
    for (let p = 0; p < k; p += PRODUCT_DEPTH) {
      const depth = min(PRODUCT_DEPTH, k - p);
      pack(b + <usize>j * bColumn + <usize>p * bRow, bColumn, bRow, columns, depth, NR, 1, packedB);
      for (let i = 0; i < m; i += PRODUCT_ROWS) {
        const rows = min(PRODUCT_ROWS, m - i);
        pack(a + <usize>i * aRow + <usize>p * aColumn, aRow, aColumn, rows, depth, MR, factor, scratch);
        const to = c + <usize>j * cColumn + <usize>i * DOUBLE;
        multiplyBlock(scratch, packedB, to, cColumn, rows, columns, depth, edge);
      }
    }
  }
}

/**
 * Packs [lines][depth] into panels of `width` lines: [lines / width][depth][width], times a factor. Missing lines are
 * filled with zeros.
 */
function pack(
  from: usize,
  lineStride: usize,
  depthStride: usize,
  lines: i32,
  depth: i32,
  width: i32,
  factor: f64,
  to: usize,
): void {
  const rowBytes = (<usize>width) << 3;
  for (let line = 0; line < lines; line += width) {
    const filled = min(width, lines - line);
    let at = from + <usize>line * lineStride;
    if (filled < width) memory.fill(to, 0, <usize>depth * rowBytes);
    if (lineStride === DOUBLE && filled === width) {
      const factors = f64x2.splat(factor);
      for (let p = 0; p < depth; p++, at += depthStride, to += rowBytes) {
        v128.store(to, f64x2.mul(v128.load(at), factors));
        if (width === NR) {
          store<f64>(to, load<f64>(at, 16) * factor, 16);
        } else {
          v128.store(to, f64x2.mul(v128.load(at, 16), factors), 16);
          v128.store(to, f64x2.mul(v128.load(at, 32), factors), 32);
        }
      }
    } else {
      for (let i = 0; i < filled; i++) {
        let source = at + <usize>i * lineStride;
        let target = to + ((<usize>i) << 3);
        for (let p = 0; p < depth; p++, source += depthStride, target += rowBytes) {
          store<f64>(target, load<f64>(source) * factor);
        }
      }
      to += <usize>depth * rowBytes;
    }
  }
}

/** Packed panels of a times packed panels of b. Tiles that reach over the edge of c go through `edge`. */
function multiplyBlock(
  a: usize,
  b: usize,
  c: usize,
  cColumn: usize,
  rows: i32,
  columns: i32,
  depth: i32,
  edge: usize,
): void {
  const aPanel = (<usize>(depth * MR)) << 3;
  const bPanel = (<usize>(depth * NR)) << 3;
  for (let i = 0; i < rows; i += MR, a += aPanel) {
    let panel = b;
    for (let j = 0; j < columns; j += NR, panel += bPanel) {
      const to = c + <usize>j * cColumn + ((<usize>i) << 3);
      if (i + MR <= rows && j + NR <= columns) {
        addTile(a, panel, depth, to, cColumn);
      } else {
        const height = min(MR, rows - i);
        const width = min(NR, columns - j);
        copyColumns(to, cColumn, edge, MR << 3, height, width);
        addTile(a, panel, depth, edge, MR << 3);
        copyColumns(edge, MR << 3, to, cColumn, height, width);
      }
    }
  }
}

function copyColumns(
  from: usize,
  fromStride: usize,
  to: usize,
  toStride: usize,
  rows: i32,
  columns: i32,
): void {
  for (let j = 0; j < columns; j++) {
    memory.copy(to + <usize>j * toStride, from + <usize>j * fromStride, (<usize>rows) << 3);
  }
}

/**
 * Adds the product of two panels to a tile of c. Nine sums, three vectors of a and one number of b leave registers to spare.
 * V8 halves the speed by spilling them if the loop is unrolled, or if c is read after the loop instead of before.
 */
function addTile(a: usize, b: usize, depth: i32, c: usize, cColumn: usize): void {
  const d = c + cColumn;
  const e = d + cColumn;
  let c00 = v128.load(c);
  let c01 = v128.load(c, 16);
  let c02 = v128.load(c, 32);
  let c10 = v128.load(d);
  let c11 = v128.load(d, 16);
  let c12 = v128.load(d, 32);
  let c20 = v128.load(e);
  let c21 = v128.load(e, 16);
  let c22 = v128.load(e, 32);
  const end = a + ((<usize>(depth * MR)) << 3);
  while (a < end) {
    const a0 = v128.load(a);
    const a1 = v128.load(a, 16);
    const a2 = v128.load(a, 32);
    let x = v128.load64_splat(b);
    c00 = multiplyAdd(c00, x, a0);
    c01 = multiplyAdd(c01, x, a1);
    c02 = multiplyAdd(c02, x, a2);
    x = v128.load64_splat(b, 8);
    c10 = multiplyAdd(c10, x, a0);
    c11 = multiplyAdd(c11, x, a1);
    c12 = multiplyAdd(c12, x, a2);
    x = v128.load64_splat(b, 16);
    c20 = multiplyAdd(c20, x, a0);
    c21 = multiplyAdd(c21, x, a1);
    c22 = multiplyAdd(c22, x, a2);
    a += 48;
    b += 24;
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  v128.store(c, c02, 32);
  v128.store(d, c10);
  v128.store(d, c11, 16);
  v128.store(d, c12, 32);
  v128.store(e, c20);
  v128.store(e, c21, 16);
  v128.store(e, c22, 32);
}

/** c + x·y per lane. */
function multiplyAdd(c: v128, x: v128, y: v128): v128 {
  return f64x2.add(c, f64x2.mul(x, y));
}
