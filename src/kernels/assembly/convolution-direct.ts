import { DIRECT_POSITIONS, Stage } from "../tables";
import { storePixels, storeTiles } from "./outputs";
import { patchBytes, rowLength, valueOffset } from "./patch-panel";
import { product6 } from "./product";
import { address, int } from "./table-access";

/**
 * Convolution (stride 1, no padding) for any kernel and any C: [N][H][W][C] to [N][outH][outW][F], with bias, activation and
 * pool. Copies the input patches of a few outputs side by side, then multiplies them by the kernel. The four patches of a
 * pooled output follow each other; outputs that the pool drops are never computed.
 *
 * A patch has K = kernelH · kernelW · C values, rounded up to an even number by a zero. The packed kernel is [F / 8][K][8].
 * Scratch memory holds the patches [DIRECT_POSITIONS][K], then the products of one panel [DIRECT_POSITIONS][8].
 */
export function convolutionDirect(
  stage: usize,
  N: i32,
  input: usize,
  output: usize,
  codes: usize,
  workspace: usize,
): void {
  const panels = (int(stage, Stage.F) + 7) >> 3;
  const scratch = address(stage, Stage.scratch) + workspace;
  const pool = int(stage, Stage.pool);
  const patchesPerOutput = pool ? 4 : 1;
  const outputs = N * int(stage, Stage.outH) * int(stage, Stage.outW);
  const K = directLength(stage);
  const patch = (<usize>K) << 2;
  const products = (scratch + <usize>DIRECT_POSITIONS * patch + 31) & ~15;
  for (let first = 0; first < outputs; first += DIRECT_POSITIONS / patchesPerOutput) {
    const count = min(DIRECT_POSITIONS / patchesPerOutput, outputs - first);
    gatherPatches(stage, input, first, count, scratch);
    let columns = address(stage, Stage.packedKernel);
    for (let panel = 0; panel < panels; panel++, columns += patch << 3) {
      product6(scratch, patch, count * patchesPerOutput, K, columns, products, false);
      if (pool) storeTiles(stage, panel, first, count, products, output, codes);
      else storePixels(stage, panel, first, count, products, output, codes);
    }
  }
}

/** Values per patch, rounded up to an even number. */
function directLength(stage: usize): i32 {
  return (int(stage, Stage.kernelH) * rowLength(stage) + 1) & ~1;
}

/** Copies the patches of outputs first … first + count − 1 by whole vectors; the next row overwrites what is too much. */
function gatherPatches(stage: usize, input: usize, first: i32, count: i32, patches: usize): void {
  const H = int(stage, Stage.H);
  const kernelH = int(stage, Stage.kernelH);
  const outH = int(stage, Stage.outH);
  const outW = int(stage, Stage.outW);
  const step = int(stage, Stage.pool) ? 2 : 1;
  const pixel = (<usize>int(stage, Stage.C)) << 2;
  const row = <usize>int(stage, Stage.W) * pixel;
  const kernelRow = (<usize>rowLength(stage)) << 2;
  const bytes = (<usize>directLength(stage)) << 2;
  let outX = first % outW;
  let line = first / outW;
  for (let i = 0; i < count; i++) {
    const n = line / outH;
    const h = (line - n * outH) * step;
    const corner = input + <usize>(n * H + h) * row + <usize>(outX * step) * pixel;
    for (let place = 0; place < step * step; place++) {
      let from = corner + <usize>(place >> 1) * row + <usize>(place & 1) * pixel;
      let to = patches;
      for (let kh = 0; kh < kernelH; kh++) {
        for (let at: usize = 0; at < kernelRow; at += 16) v128.store(to + at, v128.load(from + at));
        to += kernelRow;
        from += row;
      }
      // The value that makes an odd patch even is multiplied by zero, so it must be a number.
      if (to - patches < bytes) store<f32>(to, 0);
      patches += bytes;
    }
    if (++outX === outW) {
      outX = 0;
      line++;
    }
  }
}

/** Packs filters 8·panel … 8·panel + 7 for the product: [F / 8][K][8]. */
export function packDirect(stage: usize, panel: i32): void {
  const kernelH = int(stage, Stage.kernelH);
  const columns = rowLength(stage);
  const filters = min(int(stage, Stage.F) - panel * 8, 8);
  const patch = patchBytes(stage);
  const kernel = address(stage, Stage.kernel) + <usize>(panel * 8) * patch;
  let to = address(stage, Stage.packedKernel) + ((<usize>(panel * directLength(stage))) << 5);
  for (let kh = 0; kh < kernelH; kh++) {
    for (let column = 0; column < columns; column++, to += 32) {
      const from = kernel + valueOffset(stage, kh, column);
      for (let f = 0; f < filters; f++) {
        store<f32>(to + ((<usize>f) << 2), load<f32>(from + <usize>f * patch));
      }
    }
  }
}
