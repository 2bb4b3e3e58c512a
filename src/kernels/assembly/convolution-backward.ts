import { BAND_ENTRIES, PATCH_ROWS, Stage } from "../tables";
import { convolutionBackwardNarrow, isNarrow } from "./convolution-backward-narrow";
import { columnBlocks, patchBytes, patchRowBytes, rowBlocks } from "./patch-panel";
import { DEAD } from "./pooling";
import { multiplyAdd } from "./product";
import { address, int } from "./table-access";

/**
 * Backward pass of a convolution with its activation and pool.
 *
 * After a 2×2 pool at most one of four gradients is non-zero, and inactive ReLUs remove more. So the non-zero gradients g are
 * listed, and both results are sums over list entries:
 *
 *   kernel gradient of filter f    = Σ over f's entries of g × the input patch that the entry points to,
 *   input gradient around a place  = Σ over the place's entries of g × the kernel of the entry's filter.
 *
 * A place is a position of the convolution before its pool: each cell, an output position, has four places with a pool and
 * one without. `accumulate` computes both sums; it needs patches as rows of whole vectors, hence the layout in patch-panel.ts.
 */

/**
 * Some output rows of one image and the lists of their gradients. It stands at the start of scratch memory, followed by the
 * lists. A list entry is a u32 distance and a f32 gradient; `ends` hold the address after each list's last entry.
 */
@unmanaged
class Band {
  /** First output row, and cells: [rows][outW]. */
  top: i32;
  cells: i32;
  /** [cells][F]. */
  outputGradient: usize;
  codes: usize;
  /**
   * Per filter: the input patch's distance from the image's first pixel, `filterCapacity` bytes per list; and the sum of the
   * gradients.
   */
  filterEnds: usize;
  filterSums: usize;
  filterLists: usize;
  filterCapacity: usize;
  /** Per cell and place: the filter's distance from the kernel's start. `placeCapacity` bytes per list. */
  placeEnds: usize;
  placeLists: usize;
  placeCapacity: usize;
}

/**
 * Adds the gradients of kernel and bias to those of a slice, `toSlice` bytes after the first slice's; writes `inputGradient`
 * unless its address is 0. With cells = (output rows per band) × outW and 1 or 4 places per cell, scratch memory needs
 * 8 · F · cells · (1 + places) + 4 · (2 · F + cells · places) + 128 bytes, where F is rounded up to whole
 * vectors.
 */
export function convolutionBackward(
  stage: usize,
  N: i32,
  input: usize,
  outputGradient: usize,
  inputGradient: usize,
  workspace: usize,
  toSlice: usize,
): void {
  if (!inputGradient && isNarrow(stage)) {
    convolutionBackwardNarrow(stage, N, input, outputGradient, workspace, toSlice);
    return;
  }
  const F = int(stage, Stage.F);
  const outH = int(stage, Stage.outH);
  const outW = int(stage, Stage.outW);
  const rowsPerBand = bandRows(stage);
  const blocks = rowBlocks(stage) * columnBlocks(stage);
  const imageBytes = (<usize>(int(stage, Stage.H) * int(stage, Stage.W) * int(stage, Stage.C))) << 2;
  const kernelGradient = address(stage, Stage.sliceKernelGradient) + toSlice;
  const biasGradient = address(stage, Stage.sliceBiasGradient) + toSlice;
  const band = placeBand(stage, workspace);
  band.outputGradient = outputGradient;
  band.codes = address(stage, Stage.codes) + workspace;
  for (let n = 0; n < N; n++) {
    if (inputGradient) memory.fill(inputGradient, 0, imageBytes);
    for (let top = 0; top < outH; top += rowsPerBand) {
      band.top = top;
      band.cells = min(rowsPerBand, outH - top) * outW;
      listByFilter(stage, band, biasGradient);
      if (inputGradient) listByPlace(stage, band);
      for (let block = 0; block < blocks; block++) {
        addToKernelGradient(stage, band, block, input, kernelGradient);
        if (inputGradient) addToInputGradient(stage, band, block, inputGradient);
      }
      band.codes += <usize>(band.cells * F);
      band.outputGradient += (<usize>(band.cells * F)) << 2;
    }
    input += imageBytes;
    if (inputGradient) inputGradient += imageBytes;
  }
}

/** Output rows per band. */
function bandRows(stage: usize): i32 {
  return max(1, BAND_ENTRIES / (int(stage, Stage.outW) * int(stage, Stage.F)));
}

/** Convolution outputs per output of the stage. */
function placesPerCell(stage: usize): i32 {
  return int(stage, Stage.pool) ? 4 : 1;
}

/** Divides scratch memory between the band and its lists. */
function placeBand(stage: usize, workspace: usize): Band {
  const scratch = address(stage, Stage.scratch) + workspace;
  // Whole vectors of filters.
  const F = <usize>((int(stage, Stage.F) + 3) & ~3);
  const cells = <usize>(bandRows(stage) * int(stage, Stage.outW));
  const places = cells * <usize>placesPerCell(stage);
  const band = changetype<Band>(scratch);
  band.filterEnds = scratch + offsetof<Band>();
  band.filterSums = band.filterEnds + (F << 2);
  band.placeEnds = band.filterSums + (F << 2);
  // Room for the end that `listByPlace` writes for DEAD entries of the last cell.
  band.filterLists = (band.placeEnds + (places << 2) + 31) & ~15;
  band.filterCapacity = cells << 3;
  band.placeLists = band.filterLists + F * band.filterCapacity;
  band.placeCapacity = F << 3;
  return band;
}

/**
 * Makes the lists of all filters and adds to the bias gradient, four filters at a time. Entries that are zero or DEAD are written
 * too, but the next one overwrites them: that needs no branch, which would often be mispredicted.
 */
function listByFilter(stage: usize, band: Band, biasGradient: usize): void {
  const F = int(stage, Stage.F);
  const outW = int(stage, Stage.outW);
  const step = int(stage, Stage.pool) ? 2 : 1;
  const pixel = int(stage, Stage.C) << 2;
  const row = int(stage, Stage.W) * pixel;
  for (let f = 0; f < ((F + 3) & ~3); f++) {
    const at = (<usize>f) << 2;
    store<usize>(band.filterEnds + at, band.filterLists + <usize>f * band.filterCapacity);
    store<f32>(band.filterSums + at, 0);
  }
  let code = band.codes;
  let gradient = band.outputGradient;
  for (let cell = 0; cell < band.cells; cell++) {
    const corner = (band.top + cell / outW) * step * row + (cell % outW) * step * pixel;
    for (let f = 0; f < F; f += 4) {
      const at = (<usize>f) << 2;
      listEntries(band, at, code + f, gradient + at, corner, row, pixel);
    }
    code += F;
    gradient += (<usize>F) << 2;
  }
  for (let f = 0; f < F; f++) {
    const at = (<usize>f) << 2;
    store<f32>(biasGradient + at, load<f32>(biasGradient + at) + load<f32>(band.filterSums + at));
  }
}

/** Writes an entry to each list of four filters. Those beyond the last filter have room, but what they hold means nothing. */
function listEntries(
  band: Band,
  at: usize,
  code: usize,
  gradient: usize,
  corner: i32,
  row: i32,
  pixel: i32,
): void {
  const places = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(code)));
  const g = v128.and(v128.load(gradient), i32x4.ne(places, i32x4.splat(DEAD)));
  const down = v128.and(i32x4.neg(i32x4.shr_u(places, 1)), i32x4.splat(row));
  const right = v128.and(i32x4.neg(v128.and(places, i32x4.splat(1))), i32x4.splat(pixel));
  const distance = i32x4.add(i32x4.splat(corner), i32x4.add(down, right));
  const sums = band.filterSums + at;
  v128.store(sums, f32x4.add(v128.load(sums), g));
  const ends = band.filterEnds + at;
  const low = v128.shuffle<i32>(distance, g, 0, 4, 1, 5);
  const high = v128.shuffle<i32>(distance, g, 2, 6, 3, 7);
  v128.store64_lane(load<usize>(ends), low, 0);
  v128.store64_lane(load<usize>(ends, 4), low, 1);
  v128.store64_lane(load<usize>(ends, 8), high, 0);
  v128.store64_lane(load<usize>(ends, 12), high, 1);
  // ±0 are those whose bits but the sign are zero.
  const isLive = i32x4.ne(i32x4.shl(g, 1), i32x4.splat(0));
  v128.store(ends, i32x4.add(v128.load(ends), v128.and(isLive, i32x4.splat(8))));
}

/** 1 unless the code is DEAD or the gradient's bits are those of ±0. Without a branch, which V8 would make of a select. */
function isLive(code: usize, gradient: u32): usize {
  return usize(code !== <usize>DEAD) & usize(gradient << 1 !== 0);
}

/** Makes the lists of all places of all cells. DEAD entries go to a list whose end and entries the next cell overwrites. */
function listByPlace(stage: usize, band: Band): void {
  const F = int(stage, Stage.F);
  const places = placesPerCell(stage);
  const patch = patchBytes(stage);
  const capacity = band.placeCapacity;
  const cells = band.cells;
  const deadEnd = (<usize>DEAD) << 2;
  let ends = band.placeEnds;
  let lists = band.placeLists;
  let codes = band.codes;
  let gradient = band.outputGradient;
  for (let cell = 0; cell < cells; cell++) {
    for (let place = 0; place < places; place++) {
      store<usize>(ends + ((<usize>place) << 2), lists + <usize>place * capacity);
    }
    store<usize>(ends + deadEnd, lists + <usize>places * capacity);
    for (let f = 0; f < F; f++) {
      const code = <usize>load<u8>(codes++);
      const g = load<u32>(gradient);
      gradient += 4;
      const end = ends + (code << 2);
      const entry = load<usize>(end);
      store<usize>(entry, <usize>f * patch);
      store<u32>(entry, g, 4);
      store<usize>(end, entry + (isLive(code, g) << 3));
    }
    ends += (<usize>places) << 2;
    lists += <usize>places * capacity;
  }
}

/** Distance of a block of the patch panel from the first value of a patch. */
function blockOffset(stage: usize, block: i32): usize {
  const columns = columnBlocks(stage);
  const row = (<usize>(int(stage, Stage.W) * int(stage, Stage.C))) << 2;
  const rowBlock = block / columns;
  return <usize>(rowBlock * PATCH_ROWS) * row + <usize>(block - rowBlock * columns) * patchRowBytes(stage);
}

/** Adds the sums of all filters' lists to one block of the kernel gradient. */
function addToKernelGradient(
  stage: usize,
  band: Band,
  block: i32,
  input: usize,
  kernelGradient: usize,
): void {
  const F = int(stage, Stage.F);
  const vectors = int(stage, Stage.vectors);
  const row = (<usize>(int(stage, Stage.W) * int(stage, Stage.C))) << 2;
  const patch = patchBytes(stage);
  const patchRow = patchRowBytes(stage);
  const source = input + blockOffset(stage, block);
  let target = kernelGradient + <usize>(block * F) * patch;
  let list = band.filterLists;
  let end = band.filterEnds;
  const capacity = band.filterCapacity;
  for (let f = 0; f < F; f++) {
    accumulate(list, load<usize>(end), source, row, target, patchRow, vectors);
    list += capacity;
    end += 4;
    target += patch;
  }
}

/** Adds the sums of all places' lists, for one block of the kernel, to the input gradient. */
function addToInputGradient(stage: usize, band: Band, block: i32, inputGradient: usize): void {
  const outW = int(stage, Stage.outW);
  const vectors = int(stage, Stage.vectors);
  const pixel = (<usize>int(stage, Stage.C)) << 2;
  const row = <usize>int(stage, Stage.W) * pixel;
  const patchRow = patchRowBytes(stage);
  const step = int(stage, Stage.pool) ? 2 : 1;
  const top = band.top;
  const cells = band.cells;
  const capacity = band.placeCapacity;
  const source = address(stage, Stage.kernel) + <usize>(block * int(stage, Stage.F)) * patchBytes(stage);
  const target = inputGradient + blockOffset(stage, block);
  let list = band.placeLists;
  let end = band.placeEnds;
  for (let cell = 0; cell < cells; cell++) {
    const outY = top + cell / outW;
    const outX = cell % outW;
    for (let place = 0; place < step * step; place++) {
      const h = outY * step + (place >> 1);
      const w = outX * step + (place & 1);
      const at = target + <usize>h * row + <usize>w * pixel;
      accumulate(list, load<usize>(end), source, patchRow, at, row, vectors);
      list += capacity;
      end += 4;
    }
  }
}

/**
 * target [3][4 · vectors] += Σ g × source [3][4 · vectors] over the entries of a list, each with the source's distance and g. The
 * sums stay in registers.
 */
function accumulate(
  list: usize,
  end: usize,
  source: usize,
  sourceRow: usize,
  target: usize,
  targetRow: usize,
  vectors: i32,
): void {
  if (list === end) return;
  const target1 = target + targetRow;
  const target2 = target1 + targetRow;
  if (vectors === 1) {
    let s0 = v128.load(target);
    let s1 = v128.load(target1);
    let s2 = v128.load(target2);
    for (; list < end; list += 8) {
      const g = v128.load32_splat(list, 4);
      const p = source + load<usize>(list);
      s0 = multiplyAdd(s0, g, v128.load(p));
      s1 = multiplyAdd(s1, g, v128.load(p + sourceRow));
      s2 = multiplyAdd(s2, g, v128.load(p + 2 * sourceRow));
    }
    v128.store(target, s0);
    v128.store(target1, s1);
    v128.store(target2, s2);
    return;
  }
  if (vectors === 4) {
    let s00 = v128.load(target);
    let s01 = v128.load(target, 16);
    let s02 = v128.load(target, 32);
    let s03 = v128.load(target, 48);
    let s10 = v128.load(target1);
    let s11 = v128.load(target1, 16);
    let s12 = v128.load(target1, 32);
    let s13 = v128.load(target1, 48);
    let s20 = v128.load(target2);
    let s21 = v128.load(target2, 16);
    let s22 = v128.load(target2, 32);
    let s23 = v128.load(target2, 48);
    for (; list < end; list += 8) {
      const g = v128.load32_splat(list, 4);
      let p = source + load<usize>(list);
      s00 = multiplyAdd(s00, g, v128.load(p));
      s01 = multiplyAdd(s01, g, v128.load(p, 16));
      s02 = multiplyAdd(s02, g, v128.load(p, 32));
      s03 = multiplyAdd(s03, g, v128.load(p, 48));
      p += sourceRow;
      s10 = multiplyAdd(s10, g, v128.load(p));
      s11 = multiplyAdd(s11, g, v128.load(p, 16));
      s12 = multiplyAdd(s12, g, v128.load(p, 32));
      s13 = multiplyAdd(s13, g, v128.load(p, 48));
      p += sourceRow;
      s20 = multiplyAdd(s20, g, v128.load(p));
      s21 = multiplyAdd(s21, g, v128.load(p, 16));
      s22 = multiplyAdd(s22, g, v128.load(p, 32));
      s23 = multiplyAdd(s23, g, v128.load(p, 48));
    }
    v128.store(target, s00);
    v128.store(target, s01, 16);
    v128.store(target, s02, 32);
    v128.store(target, s03, 48);
    v128.store(target1, s10);
    v128.store(target1, s11, 16);
    v128.store(target1, s12, 32);
    v128.store(target1, s13, 48);
    v128.store(target2, s20);
    v128.store(target2, s21, 16);
    v128.store(target2, s22, 32);
    v128.store(target2, s23, 48);
    return;
  }
  let s00 = v128.load(target);
  let s01 = v128.load(target, 16);
  let s02 = v128.load(target, 32);
  let s10 = v128.load(target1);
  let s11 = v128.load(target1, 16);
  let s12 = v128.load(target1, 32);
  let s20 = v128.load(target2);
  let s21 = v128.load(target2, 16);
  let s22 = v128.load(target2, 32);
  for (; list < end; list += 8) {
    const g = v128.load32_splat(list, 4);
    let p = source + load<usize>(list);
    s00 = multiplyAdd(s00, g, v128.load(p));
    s01 = multiplyAdd(s01, g, v128.load(p, 16));
    s02 = multiplyAdd(s02, g, v128.load(p, 32));
    p += sourceRow;
    s10 = multiplyAdd(s10, g, v128.load(p));
    s11 = multiplyAdd(s11, g, v128.load(p, 16));
    s12 = multiplyAdd(s12, g, v128.load(p, 32));
    p += sourceRow;
    s20 = multiplyAdd(s20, g, v128.load(p));
    s21 = multiplyAdd(s21, g, v128.load(p, 16));
    s22 = multiplyAdd(s22, g, v128.load(p, 32));
  }
  v128.store(target, s00);
  v128.store(target, s01, 16);
  v128.store(target, s02, 32);
  v128.store(target1, s10);
  v128.store(target1, s11, 16);
  v128.store(target1, s12, 32);
  v128.store(target2, s20);
  v128.store(target2, s21, 16);
  v128.store(target2, s22, 32);
}
