import { Stage } from "../tables";
import {
  activationFloor,
  deadCode,
  storeCodes,
  storePixel,
  storeValues,
  windowCode,
  windowMax,
} from "./pooling";
import { address, int } from "./table-access";

/**
 * The last step of every convolution: bias, activation and pool of the sums of eight filters, which lie in scratch memory. That
 * is in a loop of its own because V8 computes a value only where a branch needs it, and until then keeps on the stack all that it is
 * computed from.
 *
 * A tile is 2×2 positions of the convolution: a pooling window, or four outputs. `codes` is 0 where no codes are wanted.
 */

/** Tiles below each other in one image. Without a pool, those of an odd height reach one row too far, which is not stored. */
export function tileRows(stage: usize): i32 {
  const outH = int(stage, Stage.outH);
  return int(stage, Stage.pool) ? outH : (outH + 1) >> 1;
}

/** Tiles beside each other in one image, with the same excess. */
export function tileColumns(stage: usize): i32 {
  const outW = int(stage, Stage.outW);
  return int(stage, Stage.pool) ? outW : (outW + 1) >> 1;
}

/** Stores the outputs of tiles first … first + count − 1 and one panel of filters; `sums` is [count][4][8]. */
export function storeTiles(
  stage: usize,
  panel: i32,
  first: i32,
  count: i32,
  sums: usize,
  output: usize,
  codes: usize,
): void {
  const F = int(stage, Stage.F);
  for (let f = panel * 8; f < min(F, panel * 8 + 8); f += 4, sums += 16) {
    if (int(stage, Stage.pool)) storeWindows(stage, f, first, count, sums, output, codes);
    else storeUnpooledTiles(stage, f, first, count, sums, output, codes);
  }
}

/** Stores outputs first … first + count − 1 of a convolution without a pool; `sums` is [count][8]. */
export function storePixels(
  stage: usize,
  panel: i32,
  first: i32,
  count: i32,
  sums: usize,
  output: usize,
  codes: usize,
): void {
  const F = int(stage, Stage.F);
  const floor = activationFloor(int(stage, Stage.relu));
  for (let f = panel * 8; f < min(F, panel * 8 + 8); f += 4, sums += 16) {
    const bias = v128.load(address(stage, Stage.bias) + ((<usize>f) << 2));
    let at = <usize>(first * F + f);
    let from = sums;
    for (let i = 0; i < count; i++, from += 32, at += F) {
      storePixel(v128.load(from), bias, floor, output + (at << 2), codes ? codes + at : 0, F - f);
    }
  }
}

/** The tiles' outputs for filters f … f + 3: one per window. */
function storeWindows(
  stage: usize,
  f: i32,
  first: i32,
  count: i32,
  sums: usize,
  output: usize,
  codes: usize,
): void {
  const F = int(stage, Stage.F);
  const bias = v128.load(address(stage, Stage.bias) + ((<usize>f) << 2));
  const floor = activationFloor(int(stage, Stage.relu));
  let at = <usize>(first * F + f);
  for (let i = 0; i < count; i++, sums += 128, at += F) {
    const v0 = v128.load(sums);
    const v1 = v128.load(sums, 32);
    const v2 = v128.load(sums, 64);
    const v3 = v128.load(sums, 96);
    // Adding the bias after the maximum changes nothing.
    const value = f32x4.add(windowMax(v0, v1, v2, v3), bias);
    storeValues(f32x4.pmax(value, floor), output + (at << 2), F - f);
    if (!codes) continue;
    storeCodes(i32x4.max_s(windowCode(v0, v1, v2, v3), deadCode(value, floor)), codes + at, F - f);
  }
}

/** The tiles' outputs for filters f … f + 3: four each, but for those outside the image. */
function storeUnpooledTiles(
  stage: usize,
  f: i32,
  first: i32,
  count: i32,
  sums: usize,
  output: usize,
  codes: usize,
): void {
  const F = int(stage, Stage.F);
  const outH = int(stage, Stage.outH);
  const outW = int(stage, Stage.outW);
  const rows = tileRows(stage);
  const columns = tileColumns(stage);
  const bias = v128.load(address(stage, Stage.bias) + ((<usize>f) << 2));
  const floor = activationFloor(int(stage, Stage.relu));
  for (let tile = first; tile < first + count; tile++) {
    const line = tile / columns;
    const n = line / rows;
    for (let place = 0; place < 4; place++, sums += 32) {
      const outY = (line - n * rows) * 2 + (place >> 1);
      const outX = (tile - line * columns) * 2 + (place & 1);
      if (outY >= outH || outX >= outW) continue;
      const at = <usize>(((n * outH + outY) * outW + outX) * F + f);
      storePixel(v128.load(sums), bias, floor, output + (at << 2), codes ? codes + at : 0, F - f);
    }
  }
}
