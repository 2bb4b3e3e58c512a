import { COLUMNS } from "../whitening-panel";

/** What one value that is not 0 needs in a list: how far its row lies in a panel, and the value. */
const ENTRY: usize = 8;
/** Behind the last entry of a list. */
const END: u32 = u32.MAX_VALUE;
const PANEL_ROW: usize = COLUMNS << 2;
/** The part of a panel that all images are multiplied by before the next, so that it stays in the first-level cache. */
const BLOCK: usize = 56 * PANEL_ROW;

/**
 * out[r][c] = start[c] + Σ values[r][k]·matrix[k][c], k rising, for `rows` rows of `width` values. Products with a value of 0 are
 * left out, which changes no sum and saves most of the work where images have an empty background.
 *
 * @param panels float32 [columns / 32][width][32]; `columns` is a multiple of 32
 * @param start float32 [columns]
 * @param lists scratch memory, [rows][width + 1] entries
 * @param cursors scratch memory, int32 [rows]
 * @param out float32 [rows][columns]
 */
export function multiplySparse(
  values: usize,
  rows: i32,
  width: i32,
  panels: usize,
  start: usize,
  columns: i32,
  lists: usize,
  cursors: usize,
  out: usize,
): void {
  const listBytes = <usize>(width + 1) * ENTRY;
  for (let row = 0; row < rows; row++) {
    listValues(values + ((<usize>(row * width)) << 2), width, lists + <usize>row * listBytes);
  }
  const rowBytes = (<usize>columns) << 2;
  const panelBytes = <usize>width * PANEL_ROW;
  for (let column: usize = 0; column < rowBytes; column += PANEL_ROW) {
    const panel = panels + column * <usize>width;
    for (let row = 0; row < rows; row++) {
      store<u32>(cursors + ((<usize>row) << 2), <u32>(lists + <usize>row * listBytes));
    }
    for (let block: usize = 0; block < panelBytes; block += BLOCK) {
      for (let row = 0; row < rows; row++) {
        const cursor = cursors + ((<usize>row) << 2);
        const to = out + <usize>row * rowBytes + column;
        const from = block === 0 ? start + column : to;
        const next = addProducts(<usize>load<u32>(cursor), <u32>(block + BLOCK), panel, from, to);
        store<u32>(cursor, <u32>next);
      }
    }
  }
}

/** Lists the values that are not 0. */
function listValues(from: usize, width: i32, to: usize): void {
  for (let k = 0; k < width; k++, from += 4) {
    const value = load<f32>(from);
    store<u32>(to, <u32>k * <u32>PANEL_ROW);
    store<f32>(to, value, 4);
    // Always written, and kept only if not 0: no branch to mispredict.
    to += value !== 0 ? ENTRY : 0;
  }
  store<u32>(to, END);
}

/** Adds the products of the entries of a list that lie before `limit` in the panel; returns the first that does not. */
function addProducts(list: usize, limit: u32, panel: usize, from: usize, out: usize): usize {
  let c0 = v128.load(from);
  let c1 = v128.load(from, 16);
  let c2 = v128.load(from, 32);
  let c3 = v128.load(from, 48);
  let c4 = v128.load(from, 64);
  let c5 = v128.load(from, 80);
  let c6 = v128.load(from, 96);
  let c7 = v128.load(from, 112);
  for (;;) {
    const offset = load<u32>(list);
    if (offset >= limit) break;
    const at = panel + <usize>offset;
    const x = v128.load32_splat(list, 4);
    c0 = f32x4.add(c0, f32x4.mul(x, v128.load(at)));
    c1 = f32x4.add(c1, f32x4.mul(x, v128.load(at, 16)));
    c2 = f32x4.add(c2, f32x4.mul(x, v128.load(at, 32)));
    c3 = f32x4.add(c3, f32x4.mul(x, v128.load(at, 48)));
    c4 = f32x4.add(c4, f32x4.mul(x, v128.load(at, 64)));
    c5 = f32x4.add(c5, f32x4.mul(x, v128.load(at, 80)));
    c6 = f32x4.add(c6, f32x4.mul(x, v128.load(at, 96)));
    c7 = f32x4.add(c7, f32x4.mul(x, v128.load(at, 112)));
    list += ENTRY;
  }
  v128.store(out, c0);
  v128.store(out, c1, 16);
  v128.store(out, c2, 32);
  v128.store(out, c3, 48);
  v128.store(out, c4, 64);
  v128.store(out, c5, 80);
  v128.store(out, c6, 96);
  v128.store(out, c7, 112);
  return list;
}
