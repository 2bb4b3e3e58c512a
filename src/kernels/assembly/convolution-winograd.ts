import { Stage, WINOGRAD_TILES } from "../tables";
import { storeTiles, tileColumns, tileRows } from "./outputs";
import { patchBytes, patchRowBytes, valueOffset } from "./patch-panel";
import { product6 } from "./product";
import { address, int } from "./table-access";

/**
 * 3×3 convolution (stride 1, no padding) by Winograd's F(2×2, 3×3) (Lavin and Gray, "Fast Algorithms for Convolutional Neural
 * Networks", 2015): [N][H][W][C] to [N][outH][outW][F], with bias, activation and pool. Each 4×4 input tile gives 2×2 outputs
 * with 16 multiplications per channel and filter instead of 36.
 *
 * C is a multiple of 4. The packed kernel is [16][F / 8][C][8]. Scratch memory holds the transformed input [16][tiles][C], the
 * products of one panel [16][tiles][8], with tiles rounded up to a multiple of 6, and their sums [tiles][4][8].
 */
export function convolutionWinograd(
  stage: usize,
  N: i32,
  input: usize,
  output: usize,
  codes: usize,
  workspace: usize,
): void {
  const C = int(stage, Stage.C);
  const scratch = address(stage, Stage.scratch) + workspace;
  const packedKernel = address(stage, Stage.packedKernel);
  const tiles = N * tileRows(stage) * tileColumns(stage);
  const panels = (int(stage, Stage.F) + 7) >> 3;
  const pixel = (<usize>C) << 2;
  const panelBytes = pixel << 3;
  for (let first = 0; first < tiles; first += WINOGRAD_TILES) {
    const count = min(WINOGRAD_TILES, tiles - first);
    const inputPlane = <usize>paddedTiles(count) * pixel;
    const productPlane = (<usize>paddedTiles(count)) << 5;
    const products = scratch + 16 * inputPlane;
    const sums = products + 16 * productPlane;
    transformInput(stage, input, first, count, scratch);
    for (let panel = 0; panel < panels; panel++) {
      for (let i = 0; i < 16; i++) {
        const columns = packedKernel + <usize>(i * panels + panel) * panelBytes;
        const plane = <usize>i * inputPlane;
        product6(scratch + plane, pixel, count, C, columns, products + <usize>i * productPlane, false);
      }
      transformOutput(count, products, productPlane, sums);
      storeTiles(stage, panel, first, count, sums, output, codes);
    }
  }
}

/** `count` rounded up to whole steps of the product. */
function paddedTiles(count: i32): i32 {
  return ((count + 5) / 6) * 6;
}

/** V = Bᵀ d B of `count` tiles, four channels at a time. The 16 values of a tile go to 16 planes [tiles][C]. */
function transformInput(stage: usize, input: usize, first: i32, count: i32, transformed: usize): void {
  const H = int(stage, Stage.H);
  const rows = tileRows(stage);
  const columns = tileColumns(stage);
  const pixel = (<usize>int(stage, Stage.C)) << 2;
  const row = <usize>int(stage, Stage.W) * pixel;
  const plane = <usize>paddedTiles(count) * pixel;
  let column = first % columns;
  let line = first / columns;
  for (let tile = 0; tile < count; tile++) {
    const n = line / rows;
    const corner = input + <usize>(n * H + (line - n * rows) * 2) * row + <usize>(column * 2) * pixel;
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
    if (++column === columns) {
      column = 0;
      line++;
    }
  }
}

/** Multiplies one row of Bᵀd by B and stores it in four planes; returns the address in the next plane. */
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

/** Y = Aᵀ M A of `count` tiles and eight filters: [count][4][8] sums. */
function transformOutput(count: i32, products: usize, plane: usize, sums: usize): void {
  const row = <usize>4 * plane;
  // Four filters at a time.
  for (const end = products + ((<usize>count) << 5); products < end; products += 16) {
    let p = products;
    const s0 = addThree(p, row);
    const s1 = addThree(p + plane, row);
    const s2 = addThree(p + 2 * plane, row);
    const s3 = addThree(p + 3 * plane, row);
    v128.store(sums, f32x4.add(f32x4.add(s0, s1), s2));
    v128.store(sums, f32x4.sub(f32x4.sub(s1, s2), s3), 32);
    p += row;
    const t0 = subtractTwo(p, row);
    const t1 = subtractTwo(p + plane, row);
    const t2 = subtractTwo(p + 2 * plane, row);
    const t3 = subtractTwo(p + 3 * plane, row);
    v128.store(sums, f32x4.add(f32x4.add(t0, t1), t2), 64);
    v128.store(sums, f32x4.sub(f32x4.sub(t1, t2), t3), 96);
    // On to the tile's other four filters, or to the next tile.
    sums += sums & 16 ? 112 : 16;
  }
}

/** Three products below each other: m₀ + m₁ + m₂. */
function addThree(p: usize, row: usize): v128 {
  return f32x4.add(f32x4.add(v128.load(p), v128.load(p + row)), v128.load(p + 2 * row));
}

/** Three products below each other: m₀ − m₁ − m₂. */
function subtractTwo(p: usize, row: usize): v128 {
  return f32x4.sub(f32x4.sub(v128.load(p), v128.load(p + row)), v128.load(p + 2 * row));
}

/** Packs filters 8·panel … 8·panel + 7 for the products, as U = G g Gᵀ: [16][F / 8][C][8]. */
export function packWinograd(stage: usize, panel: i32): void {
  const C = int(stage, Stage.C);
  const F = int(stage, Stage.F);
  const filters = min(F - panel * 8, 8);
  const patch = patchBytes(stage);
  const row = patchRowBytes(stage);
  const kernel = address(stage, Stage.kernel) + <usize>(panel * 8) * patch;
  const panelBytes = (<usize>C) << 5;
  const plane = <usize>((F + 7) >> 3) * panelBytes;
  const to = address(stage, Stage.packedKernel) + <usize>panel * panelBytes;
  for (let c = 0; c < C; c++) {
    const column0 = kernel + valueOffset(stage, 0, c);
    const column1 = kernel + valueOffset(stage, 0, C + c);
    const column2 = kernel + valueOffset(stage, 0, 2 * C + c);
    for (let f = 0; f < filters; f++) {
      const filter = <usize>f * patch;
      let at = to + ((<usize>(c * 8 + f)) << 2);
      // Rows of G: (1, 0, 0), (½, ½, ½), (½, −½, ½), (0, 0, 1), first down the columns of g, then along its rows.
      for (let i = 0; i < 4; i++) {
        const u0 = transformColumn(column0 + filter, row, i);
        const u1 = transformColumn(column1 + filter, row, i);
        const u2 = transformColumn(column2 + filter, row, i);
        store<f32>(at, u0);
        at += plane;
        store<f32>(at, (u0 + u1 + u2) * 0.5);
        at += plane;
        store<f32>(at, (u0 - u1 + u2) * 0.5);
        at += plane;
        store<f32>(at, u2);
        at += plane;
      }
    }
  }
}

/** Row i of G times one column of a 3×3 kernel, whose rows are `row` bytes apart. */
function transformColumn(column: usize, row: usize, i: i32): f32 {
  const g0 = load<f32>(column);
  const g1 = load<f32>(column + row);
  const g2 = load<f32>(column + 2 * row);
  if (i === 0) return g0;
  if (i === 1) return (g0 + g1 + g2) * 0.5;
  if (i === 2) return (g0 - g1 + g2) * 0.5;
  return g2;
}
