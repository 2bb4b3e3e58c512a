import { Stage, WINOGRAD_TILES } from "../tables";
import { storeTiles, tileColumns, tileRows } from "./outputs";
import { patchBytes, patchRowBytes } from "./patch-panel";
import { multiplyAdd } from "./product";
import { address, int } from "./table-access";

/**
 * 3×3 convolution (stride 1, no padding) of one channel: [N][H][W][1] to [N][outH][outW][F], with bias, activation and pool. Each
 * row of outputs is the sum of three kernel rows' convolutions, by Winograd's F(2, 3): 24 multiplications per 2×2 outputs instead
 * of 36. A matrix product, whose sums would have nine terms, would spend more time on its inputs and results than on products.
 *
 * The packed kernel is [F / 8][4][3][8]. Scratch memory holds the transformed rows of tiles, [tiles][4 rows][4], the terms of one
 * panel, [tiles][4][2][8], and their sums, [tiles][4][8].
 */
export function convolutionOneChannel(
  stage: usize,
  N: i32,
  input: usize,
  output: usize,
  codes: usize,
  workspace: usize,
): void {
  const panels = (int(stage, Stage.F) + 7) >> 3;
  const scratch = address(stage, Stage.scratch) + workspace;
  const tiles = N * tileRows(stage) * tileColumns(stage);
  for (let first = 0; first < tiles; first += WINOGRAD_TILES) {
    const count = min(WINOGRAD_TILES, tiles - first);
    transformRows(stage, input, first, count, scratch);
    const terms = scratch + ((<usize>count) << 6);
    const sums = terms + ((<usize>count) << 8);
    let kernel = address(stage, Stage.packedKernel);
    for (let panel = 0; panel < panels; panel++, kernel += 384) {
      for (let i: usize = 0; i < 4; i++) {
        multiplyTerm(count, scratch + (i << 2), kernel + i * 96, terms + (i << 6));
      }
      addTerms(count, terms, sums);
      storeTiles(stage, panel, first, count, sums, output, codes);
    }
  }
}

/** The four values of F(2, 3), (d₀ − d₂, d₁ + d₂, d₂ − d₁, d₁ − d₃), of the four rows of `count` tiles. */
function transformRows(stage: usize, input: usize, first: i32, count: i32, transformed: usize): void {
  const H = int(stage, Stage.H);
  const rows = tileRows(stage);
  const columns = tileColumns(stage);
  const row = (<usize>int(stage, Stage.W)) << 2;
  const minus = f32x4(-1, 1, -1, -1);
  let column = first % columns;
  let line = first / columns;
  for (let tile = 0; tile < count; tile++) {
    const n = line / rows;
    let from = input + <usize>(n * H + (line - n * rows) * 2) * row + ((<usize>column) << 3);
    for (let end = transformed + 64; transformed < end; transformed += 16, from += row) {
      const d = v128.load(from);
      const left = v128.shuffle<f32>(d, d, 0, 1, 2, 1);
      const right = v128.shuffle<f32>(d, d, 2, 2, 1, 3);
      v128.store(transformed, f32x4.add(left, f32x4.mul(right, minus)));
    }
    if (++column === columns) {
      column = 0;
      line++;
    }
  }
}

/**
 * One of the four terms of F(2, 3) of `count` tiles, for both rows of outputs and eight filters: Σ over three rows of transformed
 * value × kernel.
 */
function multiplyTerm(count: i32, transformed: usize, kernel: usize, terms: usize): void {
  const u0 = v128.load(kernel);
  const u1 = v128.load(kernel, 32);
  const u2 = v128.load(kernel, 64);
  const w0 = v128.load(kernel, 16);
  const w1 = v128.load(kernel, 48);
  const w2 = v128.load(kernel, 80);
  for (const end = terms + ((<usize>count) << 8); terms < end; transformed += 64, terms += 256) {
    const d0 = v128.load32_splat(transformed);
    const d1 = v128.load32_splat(transformed, 16);
    const d2 = v128.load32_splat(transformed, 32);
    const d3 = v128.load32_splat(transformed, 48);
    v128.store(terms, multiplyAdd(multiplyAdd(f32x4.mul(d0, u0), d1, u1), d2, u2));
    v128.store(terms, multiplyAdd(multiplyAdd(f32x4.mul(d0, w0), d1, w1), d2, w2), 16);
    v128.store(terms, multiplyAdd(multiplyAdd(f32x4.mul(d1, u0), d2, u1), d3, u2), 32);
    v128.store(terms, multiplyAdd(multiplyAdd(f32x4.mul(d1, w0), d2, w1), d3, w2), 48);
  }
}

/** The outputs of F(2, 3) from its terms m: m₀ + m₁ + m₂ and m₁ − m₂ − m₃, as [count][4][8] sums. */
function addTerms(count: i32, terms: usize, sums: usize): void {
  for (const end = terms + ((<usize>count) << 8); terms < end; terms += 256, sums += 128) {
    // Two rows of outputs, each with two vectors of filters.
    for (let at: usize = 0; at < 64; at += 16) {
      const m0 = v128.load(terms + at);
      const m1 = v128.load(terms + at, 64);
      const m2 = v128.load(terms + at, 128);
      const m3 = v128.load(terms + at, 192);
      const to = sums + at + (at & 32);
      v128.store(to, f32x4.add(f32x4.add(m0, m1), m2));
      v128.store(to, f32x4.sub(f32x4.sub(m1, m2), m3), 32);
    }
  }
}

/** Packs filters 8·panel … 8·panel + 7, each row of a kernel as (g₀, (g₀ + g₁ + g₂)/2, (g₀ − g₁ + g₂)/2, g₂). */
export function packOneChannel(stage: usize, panel: i32): void {
  const filters = min(int(stage, Stage.F) - panel * 8, 8);
  const patch = patchBytes(stage);
  const kernel = address(stage, Stage.kernel) + <usize>(panel * 8) * patch;
  const to = address(stage, Stage.packedKernel) + <usize>panel * 384;
  for (let f = 0; f < filters; f++) {
    for (let kh = 0; kh < 3; kh++) {
      const from = kernel + <usize>f * patch + <usize>kh * patchRowBytes(stage);
      const at = to + ((<usize>(kh * 8 + f)) << 2);
      const g0 = load<f32>(from);
      const g1 = load<f32>(from, 4);
      const g2 = load<f32>(from, 8);
      store<f32>(at, g0);
      store<f32>(at, (g0 + g1 + g2) * 0.5, 96);
      store<f32>(at, (g0 - g1 + g2) * 0.5, 192);
      store<f32>(at, g2, 288);
    }
  }
}
