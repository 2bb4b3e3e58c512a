import { COLUMNS } from "./layout";

/** What one value that is not 0 needs in a list: how far its row lies in a panel, and the value. */
const ENTRY: usize = 8;

/**
 * out[r][c] = start[c] + Σ values[r][k]·matrix[k][c], k rising, for `rows` rows of `width` values. Products with a value of 0 are
 * left out, which changes no sum and saves most of the work where images have an empty background.
 *
 * @param panels float32 [columns / 32][width][32]; `columns` is a multiple of 32
 * @param start float32 [columns]
 * @param lists scratch memory, [rows][width] entries
 * @param counts scratch memory, int32 [rows]
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
  counts: usize,
  out: usize,
): void {
  const listBytes = <usize>width * ENTRY;
  for (let row = 0; row < rows; row++) {
    const list = lists + <usize>row * listBytes;
    const end = listValues(values + ((<usize>(row * width)) << 2), width, list);
    store<u32>(counts + ((<usize>row) << 2), <u32>(end - list));
  }
  const rowBytes = (<usize>columns) << 2;
  for (let column: usize = 0; column < rowBytes; column += COLUMNS << 2) {
    const panel = panels + column * <usize>width;
    for (let row = 0; row < rows; row++) {
      const list = lists + <usize>row * listBytes;
      const end = list + <usize>load<u32>(counts + ((<usize>row) << 2));
      multiplyRow(list, end, panel, start + column, out + <usize>row * rowBytes + column);
    }
  }
}

/** Lists the values that are not 0; returns the end of the list. */
function listValues(from: usize, width: i32, to: usize): usize {
  for (let k = 0; k < width; k++, from += 4) {
    const value = load<f32>(from);
    store<u32>(to, <u32>k * (COLUMNS << 2));
    store<f32>(to, value, 4);
    // Always written, and kept only if not 0: no branch to mispredict.
    to += value !== 0 ? ENTRY : 0;
  }
  return to;
}

function multiplyRow(list: usize, end: usize, panel: usize, start: usize, out: usize): void {
  let c0 = v128.load(start);
  let c1 = v128.load(start, 16);
  let c2 = v128.load(start, 32);
  let c3 = v128.load(start, 48);
  let c4 = v128.load(start, 64);
  let c5 = v128.load(start, 80);
  let c6 = v128.load(start, 96);
  let c7 = v128.load(start, 112);
  for (; list < end; list += ENTRY) {
    const at = panel + <usize>load<u32>(list);
    const x = v128.load32_splat(list, 4);
    c0 = f32x4.add(c0, f32x4.mul(x, v128.load(at)));
    c1 = f32x4.add(c1, f32x4.mul(x, v128.load(at, 16)));
    c2 = f32x4.add(c2, f32x4.mul(x, v128.load(at, 32)));
    c3 = f32x4.add(c3, f32x4.mul(x, v128.load(at, 48)));
    c4 = f32x4.add(c4, f32x4.mul(x, v128.load(at, 64)));
    c5 = f32x4.add(c5, f32x4.mul(x, v128.load(at, 80)));
    c6 = f32x4.add(c6, f32x4.mul(x, v128.load(at, 96)));
    c7 = f32x4.add(c7, f32x4.mul(x, v128.load(at, 112)));
  }
  v128.store(out, c0);
  v128.store(out, c1, 16);
  v128.store(out, c2, 32);
  v128.store(out, c3, 48);
  v128.store(out, c4, 64);
  v128.store(out, c5, 80);
  v128.store(out, c6, 96);
  v128.store(out, c7, 112);
}
