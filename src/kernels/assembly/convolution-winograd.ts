import { WINOGRAD_TILES } from "../tables";
import { activate, activationFloor, poolAndActivate } from "./pooling";
import { product6 } from "./product";

/**
 * 3×3 convolution (stride 1, no padding) as Winograd's F(2×2, 3×3) (Lavin and Gray, "Fast Algorithms for Convolutional Neural
 * Networks", 2015): each 4×4 input tile gives 2×2 outputs with 16 multiplications a channel instead of 36. A tile is one
 * pooling window where a pool follows. Otherwise an odd last row or column makes tiles that reach one pixel outside; what is
 * read there touches only outputs that are not stored.
 *
 * Channels must be a multiple of 4. `panels` is the transformed kernel, [16][filters / 8][channels][8]. `scratch` holds the
 * transformed input [16][tiles][channels] and then the products of one panel [16][tiles][8], tiles rounded up to 6.
 */
export function convolutionWinograd(
  input: usize,
  images: i32,
  height: i32,
  width: i32,
  channels: i32,
  filters: i32,
  panels: usize,
  bias: usize,
  relu: bool,
  pool: bool,
  output: usize,
  codes: usize,
  scratch: usize,
): void {
  const outHeight = height - 2;
  const outWidth = width - 2;
  const tileRows = pool ? outHeight >> 1 : (outHeight + 1) >> 1;
  const tileColumns = pool ? outWidth >> 1 : (outWidth + 1) >> 1;
  const tiles = images * tileRows * tileColumns;
  const panelCount = (filters + 7) >> 3;
  const panelBytes = (<usize>channels) << 5;
  const pixel = (<usize>channels) << 2;
  for (let first = 0; first < tiles; first += WINOGRAD_TILES) {
    const count = min(WINOGRAD_TILES, tiles - first);
    const rows = ((count + 5) / 6) * 6;
    const products = scratch + <usize>(16 * rows) * pixel;
    transformInput(input, height, width, channels, tileRows, tileColumns, first, count, scratch, rows);
    for (let panel = 0; panel < panelCount; panel++) {
      for (let i = 0; i < 16; i++) {
        product6(
          scratch + <usize>(i * rows) * pixel,
          pixel,
          rows,
          channels,
          panels + <usize>(i * panelCount + panel) * panelBytes,
          products + ((<usize>(i * rows)) << 5),
          32,
          false,
        );
      }
      for (let half = 0; half < 8; half += 4) {
        const f = panel * 8 + half;
        if (f >= filters) break;
        transformOutput(
          products + ((<usize>half) << 2),
          (<usize>rows) << 5,
          v128.load(bias + ((<usize>f) << 2)),
          relu,
          pool,
          tileRows,
          tileColumns,
          outHeight,
          outWidth,
          first,
          count,
          output + ((<usize>f) << 2),
          codes + f,
          filters,
          filters - f,
        );
      }
    }
  }
}

/** V = Bᵀ d B of each tile and four channels at a time. */
function transformInput(
  input: usize,
  height: i32,
  width: i32,
  channels: i32,
  tileRows: i32,
  tileColumns: i32,
  first: i32,
  count: i32,
  transformed: usize,
  rows: i32,
): void {
  const pixel = (<usize>channels) << 2;
  const row = <usize>width * pixel;
  const plane = <usize>rows * pixel;
  let column = first % tileColumns;
  let line = first / tileColumns;
  for (let tile = 0; tile < count; tile++) {
    const image = line / tileRows;
    const corner =
      input + <usize>(image * height + (line - image * tileRows) * 2) * row + <usize>(column * 2) * pixel;
    const target = transformed + <usize>tile * pixel;
    for (let at: usize = 0; at < pixel; at += 16) {
      let p = corner + at;
      const d00 = v128.load(p);
      const d01 = v128.load(p + pixel);
      const d02 = v128.load(p + 2 * pixel);
      const d03 = v128.load(p + 3 * pixel);
      p += row;
      const d10 = v128.load(p);
      const d11 = v128.load(p + pixel);
      const d12 = v128.load(p + 2 * pixel);
      const d13 = v128.load(p + 3 * pixel);
      p += row;
      const d20 = v128.load(p);
      const d21 = v128.load(p + pixel);
      const d22 = v128.load(p + 2 * pixel);
      const d23 = v128.load(p + 3 * pixel);
      p += row;
      const d30 = v128.load(p);
      const d31 = v128.load(p + pixel);
      const d32 = v128.load(p + 2 * pixel);
      const d33 = v128.load(p + 3 * pixel);
      let q = target + at;
      q = storeRow(
        f32x4.sub(d00, d20),
        f32x4.sub(d01, d21),
        f32x4.sub(d02, d22),
        f32x4.sub(d03, d23),
        q,
        plane,
      );
      q = storeRow(
        f32x4.add(d10, d20),
        f32x4.add(d11, d21),
        f32x4.add(d12, d22),
        f32x4.add(d13, d23),
        q,
        plane,
      );
      q = storeRow(
        f32x4.sub(d20, d10),
        f32x4.sub(d21, d11),
        f32x4.sub(d22, d12),
        f32x4.sub(d23, d13),
        q,
        plane,
      );
      storeRow(f32x4.sub(d10, d30), f32x4.sub(d11, d31), f32x4.sub(d12, d32), f32x4.sub(d13, d33), q, plane);
    }
    if (++column === tileColumns) {
      column = 0;
      line++;
    }
  }
}

/** One row of Bᵀd, multiplied by B and stored in four planes; returns the address in the plane after them. */
function storeRow(t0: v128, t1: v128, t2: v128, t3: v128, q: usize, plane: usize): usize {
  v128.store(q, f32x4.sub(t0, t2));
  q += plane;
  v128.store(q, f32x4.add(t1, t2));
  q += plane;
  v128.store(q, f32x4.sub(t2, t1));
  q += plane;
  v128.store(q, f32x4.sub(t1, t3));
  return q + plane;
}

/** Y = Aᵀ M A of each tile for four filters, then bias, activation and pool. */
function transformOutput(
  products: usize,
  plane: usize,
  bias: v128,
  relu: bool,
  pool: bool,
  tileRows: i32,
  tileColumns: i32,
  outHeight: i32,
  outWidth: i32,
  first: i32,
  count: i32,
  output: usize,
  codes: usize,
  filters: i32,
  lanes: i32,
): void {
  const pixel = (<usize>filters) << 2;
  const zero = i32x4.splat(0);
  const floor = activationFloor(relu);
  let column = first % tileColumns;
  let line = first / tileColumns;
  for (let tile = 0; tile < count; tile++) {
    let p = products + ((<usize>tile) << 5);
    let m0 = v128.load(p);
    let m1 = v128.load(p + plane);
    let m2 = v128.load(p + 2 * plane);
    let m3 = v128.load(p + 3 * plane);
    let s0 = m0;
    let s1 = m1;
    let s2 = m2;
    let s3 = m3;
    p += 4 * plane;
    m0 = v128.load(p);
    m1 = v128.load(p + plane);
    m2 = v128.load(p + 2 * plane);
    m3 = v128.load(p + 3 * plane);
    s0 = f32x4.add(s0, m0);
    s1 = f32x4.add(s1, m1);
    s2 = f32x4.add(s2, m2);
    s3 = f32x4.add(s3, m3);
    let t0 = m0;
    let t1 = m1;
    let t2 = m2;
    let t3 = m3;
    p += 4 * plane;
    m0 = v128.load(p);
    m1 = v128.load(p + plane);
    m2 = v128.load(p + 2 * plane);
    m3 = v128.load(p + 3 * plane);
    s0 = f32x4.add(s0, m0);
    s1 = f32x4.add(s1, m1);
    s2 = f32x4.add(s2, m2);
    s3 = f32x4.add(s3, m3);
    t0 = f32x4.sub(t0, m0);
    t1 = f32x4.sub(t1, m1);
    t2 = f32x4.sub(t2, m2);
    t3 = f32x4.sub(t3, m3);
    p += 4 * plane;
    t0 = f32x4.sub(t0, v128.load(p));
    t1 = f32x4.sub(t1, v128.load(p + plane));
    t2 = f32x4.sub(t2, v128.load(p + 2 * plane));
    t3 = f32x4.sub(t3, v128.load(p + 3 * plane));
    const y00 = f32x4.add(f32x4.add(s0, s1), s2);
    const y01 = f32x4.sub(f32x4.sub(s1, s2), s3);
    const y10 = f32x4.add(f32x4.add(t0, t1), t2);
    const y11 = f32x4.sub(f32x4.sub(t1, t2), t3);
    if (pool) {
      const at = <usize>(line * tileColumns + column);
      poolAndActivate(y00, y01, y10, y11, bias, floor, output + at * pixel, codes + at * filters, lanes);
    } else {
      const image = line / tileRows;
      const y = (line - image * tileRows) * 2;
      const x = column * 2;
      const at = <usize>((image * outHeight + y) * outWidth + x);
      const below = at + outWidth;
      const right = x + 1 < outWidth;
      activate(y00, zero, bias, floor, output + at * pixel, codes + at * filters, lanes);
      if (right)
        activate(y01, zero, bias, floor, output + (at + 1) * pixel, codes + (at + 1) * filters, lanes);
      if (y + 1 < outHeight) {
        activate(y10, zero, bias, floor, output + below * pixel, codes + below * filters, lanes);
        if (right)
          activate(
            y11,
            zero,
            bias,
            floor,
            output + (below + 1) * pixel,
            codes + (below + 1) * filters,
            lanes,
          );
      }
    }
    if (++column === tileColumns) {
      column = 0;
      line++;
    }
  }
}
