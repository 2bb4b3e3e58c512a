import { DENSE_IMAGES, DENSE_OUTPUTS } from "../whitening-panel";

/** Products per block: a panel of the matrix and one of images stay in the first-level cache. */
const DEPTH = 256;
const IMAGE_ROW: usize = DENSE_IMAGES << 2;
const PANEL_ROW: usize = DENSE_OUTPUTS << 2;

/**
 * What `multiplySparse` computes, with the same bits, where few values are 0: out [N][F] = start [F] + values [N][C] · matrix [C][F].
 * Values and out have room for N rounded up to a multiple of 4.
 *
 * @param panels the matrix as [F / 8][C][8]; F is a multiple of 8
 * @param packed scratch memory for the images, float32 [N rounded up][256]
 */
export function multiplyDense(
  values: usize,
  N: i32,
  C: i32,
  panels: usize,
  start: usize,
  F: i32,
  packed: usize,
  out: usize,
): void {
  const rowBytes = (<usize>F) << 2;
  const fourRows = <usize>DENSE_IMAGES * rowBytes;
  for (let n = 0; n < N; n++) memory.copy(out + <usize>n * rowBytes, start, rowBytes);
  for (let c = 0; c < C; c += DEPTH) {
    const depth = min(DEPTH, C - c);
    const panelBytes = <usize>depth * IMAGE_ROW;
    for (let n = 0; n < N; n += DENSE_IMAGES) {
      const to = packed + <usize>(n / DENSE_IMAGES) * panelBytes;
      packImages(values + ((<usize>(n * C + c)) << 2), (<usize>C) << 2, depth, to);
    }
    for (let f = 0; f < F; f += DENSE_OUTPUTS) {
      const panel = panels + ((<usize>f * <usize>C) << 2) + <usize>c * PANEL_ROW;
      let images = packed;
      let to = out + ((<usize>f) << 2);
      for (let n = 0; n < N; n += DENSE_IMAGES, images += panelBytes, to += fourRows) {
        addTile(panel, images, depth, to, rowBytes);
      }
    }
  }
}

/** Four images side by side: [depth][4]. */
function packImages(from: usize, stride: usize, depth: i32, to: usize): void {
  for (let i: usize = 0; i < <usize>DENSE_IMAGES; i++) {
    let target = to + (i << 2);
    let source = from + i * stride;
    for (let k = 0; k < depth; k++, source += 4, target += IMAGE_ROW) store<f32>(target, load<f32>(source));
  }
}

/** Adds the products of eight outputs and four images; V8 keeps the sums in registers if they are read before the loop. */
function addTile(a: usize, b: usize, depth: i32, out0: usize, rowBytes: usize): void {
  const out1 = out0 + rowBytes;
  const out2 = out1 + rowBytes;
  const out3 = out2 + rowBytes;
  let c00 = v128.load(out0);
  let c01 = v128.load(out0, 16);
  let c10 = v128.load(out1);
  let c11 = v128.load(out1, 16);
  let c20 = v128.load(out2);
  let c21 = v128.load(out2, 16);
  let c30 = v128.load(out3);
  let c31 = v128.load(out3, 16);
  const end = a + <usize>depth * PANEL_ROW;
  while (a < end) {
    const a0 = v128.load(a);
    const a1 = v128.load(a, 16);
    let x = v128.load32_splat(b);
    c00 = f32x4.add(c00, f32x4.mul(x, a0));
    c01 = f32x4.add(c01, f32x4.mul(x, a1));
    x = v128.load32_splat(b, 4);
    c10 = f32x4.add(c10, f32x4.mul(x, a0));
    c11 = f32x4.add(c11, f32x4.mul(x, a1));
    x = v128.load32_splat(b, 8);
    c20 = f32x4.add(c20, f32x4.mul(x, a0));
    c21 = f32x4.add(c21, f32x4.mul(x, a1));
    x = v128.load32_splat(b, 12);
    c30 = f32x4.add(c30, f32x4.mul(x, a0));
    c31 = f32x4.add(c31, f32x4.mul(x, a1));
    a += PANEL_ROW;
    b += IMAGE_ROW;
  }
  v128.store(out0, c00);
  v128.store(out0, c01, 16);
  v128.store(out1, c10);
  v128.store(out1, c11, 16);
  v128.store(out2, c20);
  v128.store(out2, c21, 16);
  v128.store(out3, c30);
  v128.store(out3, c31, 16);
}
