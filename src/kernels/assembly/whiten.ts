import { COLUMNS } from "../whitening-panel";

/** Bytes per list entry: the distance of the value's row from the start of a panel, and the value. */
const ENTRY: usize = 8;
/** Ends a list. */
const END: u32 = u32.MAX_VALUE;
const PANEL_ROW: usize = COLUMNS << 2;
/** Bytes of a panel that all images are multiplied by before the next, so that they stay in the first-level cache. */
const BLOCK: usize = 56 * PANEL_ROW;

/**
 * out [N][F] = start [F] + values [N][C] · matrix [C][F], float32, each sum with c rising. Products with a value of 0 are left
 * out: that changes no sum and saves most of the work where images have an empty background.
 *
 * @param panels the matrix as [F / 32][C][32]; F is a multiple of 32
 * @param lists scratch memory, [N][C + 1] entries
 * @param cursors scratch memory, int32 [N]
 */
export function multiplySparse(
  values: usize,
  N: i32,
  C: i32,
  panels: usize,
  start: usize,
  F: i32,
  lists: usize,
  cursors: usize,
  out: usize,
): void {
  const listBytes = <usize>(C + 1) * ENTRY;
  for (let n = 0; n < N; n++) listValues(values + ((<usize>(n * C)) << 2), C, lists + <usize>n * listBytes);
  const rowBytes = (<usize>F) << 2;
  const panelBytes = <usize>C * PANEL_ROW;
  for (let column: usize = 0; column < rowBytes; column += PANEL_ROW) {
    const panel = panels + column * <usize>C;
    for (let n = 0; n < N; n++) store<u32>(cursors + ((<usize>n) << 2), <u32>(lists + <usize>n * listBytes));
    for (let block: usize = 0; block < panelBytes; block += BLOCK) {
      for (let n = 0; n < N; n++) {
        const cursor = cursors + ((<usize>n) << 2);
        const to = out + <usize>n * rowBytes + column;
        const from = block === 0 ? start + column : to;
        const next = addProducts(<usize>load<u32>(cursor), <u32>(block + BLOCK), panel, from, to);
        store<u32>(cursor, <u32>next);
      }
    }
  }
}

/** Lists the values that are not 0. */
function listValues(from: usize, C: i32, to: usize): void {
  for (let c = 0; c < C; c++, from += 4) {
    const value = load<f32>(from);
    store<u32>(to, <u32>c * <u32>PANEL_ROW);
    store<f32>(to, value, 4);
    // Entries of 0 are written too, but the next one overwrites them: no branch to mispredict.
    to += value !== 0 ? ENTRY : 0;
  }
  store<u32>(to, END);
}

/** Adds the products of a list's entries whose distance is below `limit`; returns the first of the other entries. */
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
