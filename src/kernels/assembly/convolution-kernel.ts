import { PATCH_ROWS } from "../tables";
import { directLength } from "./convolution-direct";

/**
 * A convolution kernel's layouts. The parameters live as a patch panel (see convolution-gradient.ts); the forward products
 * read a copy that is packed anew, eight filters at a time, after each update.
 */

/** Address of one kernel value in a patch panel; column = kx × channels + c. */
function patchAddress(
  panel: usize,
  filters: i32,
  columnBlocks: i32,
  vectors: i32,
  f: i32,
  ky: i32,
  column: i32,
): usize {
  const width = 4 * vectors;
  const rowBlock = ky / PATCH_ROWS;
  const columnBlock = column / width;
  const patch = (rowBlock * columnBlocks + columnBlock) * filters + f;
  return (
    panel +
    ((<usize>((patch * PATCH_ROWS + ky - rowBlock * PATCH_ROWS) * width + column - columnBlock * width)) << 2)
  );
}

/** Filters 8·panel … 8·panel + 7 for the direct product: [filters / 8][length][8] (see convolution-direct.ts). */
export function packDirect(
  kernel: usize,
  kernelHeight: i32,
  rowLength: i32,
  filters: i32,
  vectors: i32,
  panel: i32,
  panels: usize,
): void {
  const columnBlocks = (rowLength + 4 * vectors - 1) / (4 * vectors);
  const target = panels + ((<usize>(panel * directLength(kernelHeight, rowLength))) << 5);
  for (let f = panel * 8; f < min(filters, panel * 8 + 8); f++) {
    let at = target + ((<usize>(f & 7)) << 2);
    for (let ky = 0; ky < kernelHeight; ky++) {
      for (let column = 0; column < rowLength; column++, at += 32) {
        store<f32>(at, load<f32>(patchAddress(kernel, filters, columnBlocks, vectors, f, ky, column)));
      }
    }
  }
}

/** Filters 8·panel … 8·panel + 7 as U = G g Gᵀ for Winograd's products: [16][filters / 8][channels][8]. */
export function packWinograd(
  kernel: usize,
  channels: i32,
  filters: i32,
  vectors: i32,
  panel: i32,
  panels: usize,
): void {
  const columnBlocks = (3 * channels + 4 * vectors - 1) / (4 * vectors);
  const panelBytes = (<usize>channels) << 5;
  const plane = <usize>((filters + 7) >> 3) * panelBytes;
  for (let f = panel * 8; f < min(filters, panel * 8 + 8); f++) {
    for (let c = 0; c < channels; c++) {
      let at = panels + <usize>panel * panelBytes + ((<usize>(c * 8 + (f & 7))) << 2);
      // Rows of G: (1, 0, 0), (½, ½, ½), (½, −½, ½), (0, 0, 1), first down the columns of g, then along its rows.
      for (let i = 0; i < 4; i++) {
        const u0 = combine(kernel, filters, columnBlocks, vectors, f, i, c);
        const u1 = combine(kernel, filters, columnBlocks, vectors, f, i, channels + c);
        const u2 = combine(kernel, filters, columnBlocks, vectors, f, i, 2 * channels + c);
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

/** Row i of G times one column of the 3×3 kernel. */
function combine(
  kernel: usize,
  filters: i32,
  columnBlocks: i32,
  vectors: i32,
  f: i32,
  i: i32,
  column: i32,
): f32 {
  const at = patchAddress(kernel, filters, columnBlocks, vectors, f, 0, column);
  const rowBytes = (<usize>vectors) << 4;
  const g0 = load<f32>(at);
  const g1 = load<f32>(at + rowBytes);
  const g2 = load<f32>(at + 2 * rowBytes);
  if (i === 0) return g0;
  if (i === 1) return (g0 + g1 + g2) * 0.5;
  if (i === 2) return (g0 - g1 + g2) * 0.5;
  return g2;
}

/**
 * Gradient of filters first … last − 1 as the sum of the slices' gradients, in slice order. The places of a patch panel that
 * stand for no kernel value hold sums over neighbouring pixels; they are set to zero, so that they stay zero.
 */
export function sumSlices(
  sliceGradient: usize,
  sliceStride: usize,
  slices: i32,
  gradient: usize,
  kernelHeight: i32,
  rowLength: i32,
  filters: i32,
  vectors: i32,
  first: i32,
  last: i32,
): void {
  const width = 4 * vectors;
  const columnBlocks = (rowLength + width - 1) / width;
  const rowBlocks = (kernelHeight + PATCH_ROWS - 1) / PATCH_ROWS;
  const patch = (<usize>(PATCH_ROWS * width)) << 2;
  for (let block = 0; block < rowBlocks * columnBlocks; block++) {
    const start = <usize>(block * filters + first) * patch;
    const end = start + <usize>(last - first) * patch;
    addSlices(sliceGradient, sliceStride, slices, gradient, start, end);
    const rowBlock = block / columnBlocks;
    const rows = kernelHeight - rowBlock * PATCH_ROWS;
    const columns = rowLength - (block - rowBlock * columnBlocks) * width;
    if (rows >= PATCH_ROWS && columns >= width) continue;
    for (let f = first; f < last; f++) {
      const at = gradient + <usize>(block * filters + f) * patch;
      for (let i = 0; i < PATCH_ROWS * width; i++) {
        if (i / width >= rows || i % width >= columns) store<f32>(at + ((<usize>i) << 2), 0);
      }
    }
  }
}

/** gradient[start … end) = Σ slices, whole vectors, byte offsets. */
export function addSlices(
  sliceGradient: usize,
  sliceStride: usize,
  slices: i32,
  gradient: usize,
  start: usize,
  end: usize,
): void {
  for (let at = start; at < end; at += 16) {
    let p = sliceGradient + at;
    let sum = v128.load(p);
    for (let s = 1; s < slices; s++) {
      p += sliceStride;
      sum = f32x4.add(sum, v128.load(p));
    }
    v128.store(gradient + at, sum);
  }
}
