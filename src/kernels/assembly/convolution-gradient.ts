import { BAND_ENTRIES, PATCH_ROWS } from "../tables";
import { DEAD } from "./pooling";
import { multiplyAdd } from "./product";

/**
 * Way back through a convolution with its activation and pool.
 *
 * Behind a 2×2 pool at most one of four gradient values is not zero, and a closed ReLU removes more. So the gradient is turned
 * into lists of what is left, and both results are sums of list entries × vectors:
 *   kernel gradient of filter f  = Σ over f's entries of g × the input patch at the entry's place,
 *   input gradient of the patch at a place = Σ over the place's entries of g × the kernel of the entry's filter.
 * One kernel, `accumulate`, does both. It needs a patch as rows of whole vectors, hence the layout of kernels and their
 * gradients, the "patch panel": [row block of 3][column block of 4 × vectors floats][filter][3][4 × vectors], where a column is
 * an index kx × channels + c, and missing rows and columns are zero.
 *
 * Adds to `kernelGradient` and `biasGradient`; writes `inputGradient` unless it is 0. `scratch` needs, in bytes and with
 * cells = (output rows of a band) × outWidth: 8 × filters × cells × (1 + places) + 4 × (filters + cells × places) + 128.
 */
export function convolutionGradient(
  input: usize,
  outputGradient: usize,
  codes: usize,
  images: i32,
  height: i32,
  width: i32,
  channels: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  filters: i32,
  pool: bool,
  vectors: i32,
  kernel: usize,
  kernelGradient: usize,
  biasGradient: usize,
  inputGradient: usize,
  scratch: usize,
): void {
  const step = pool ? 2 : 1;
  const places = step * step;
  const outHeight = (height - kernelHeight + 1) / step;
  const outWidth = (width - kernelWidth + 1) / step;
  const pixel = (<usize>channels) << 2;
  const row = <usize>width * pixel;
  const imageBytes = <usize>height * row;
  const rowBlocks = (kernelHeight + PATCH_ROWS - 1) / PATCH_ROWS;
  const columnBlocks = (kernelWidth * channels + 4 * vectors - 1) / (4 * vectors);
  const patchRow = (<usize>vectors) << 4;
  const patch = <usize>PATCH_ROWS * patchRow;
  const bandRows = max(1, BAND_ENTRIES / (outWidth * filters));
  const capacity = (<usize>(bandRows * outWidth)) << 3;
  const filterEnds = scratch;
  const placeEnds = filterEnds + ((<usize>filters) << 2);
  const filterLists = (placeEnds + ((<usize>(bandRows * outWidth * places)) << 2) + 63) & ~15;
  const placeLists = filterLists + <usize>filters * capacity;
  const placeList = (<usize>filters) << 3;

  for (let image = 0; image < images; image++) {
    if (inputGradient) memory.fill(inputGradient, 0, imageBytes);
    for (let top = 0; top < outHeight; top += bandRows) {
      const rows = min(bandRows, outHeight - top);
      const cells = rows * outWidth;
      listByFilter(
        outputGradient,
        codes,
        cells,
        outWidth,
        top,
        step,
        row,
        pixel,
        filters,
        filterLists,
        capacity,
        filterEnds,
        biasGradient,
      );
      if (inputGradient) {
        listByPlace(outputGradient, codes, cells, filters, places, patch, placeLists, placeEnds);
      }
      codes += cells * filters;
      outputGradient += (<usize>(cells * filters)) << 2;

      for (let block = 0; block < rowBlocks * columnBlocks; block++) {
        const rowBlock = block / columnBlocks;
        const offset =
          <usize>(rowBlock * PATCH_ROWS) * row + <usize>(block - rowBlock * columnBlocks) * patchRow;
        const blockPanel = <usize>(block * filters) * patch;
        for (let f = 0; f < filters; f++) {
          accumulate(
            filterLists + <usize>f * capacity,
            load<usize>(filterEnds + ((<usize>f) << 2)),
            input + offset,
            row,
            kernelGradient + blockPanel + <usize>f * patch,
            patchRow,
            vectors,
          );
        }
        if (!inputGradient) continue;
        for (let c = 0; c < cells; c++) {
          const y = top + c / outWidth;
          const x = c % outWidth;
          for (let p = 0; p < places; p++) {
            const list = c * places + p;
            accumulate(
              placeLists + <usize>list * placeList,
              load<usize>(placeEnds + ((<usize>list) << 2)),
              kernel + blockPanel,
              patchRow,
              inputGradient +
                offset +
                <usize>(y * step + (p >> 1)) * row +
                <usize>(x * step + (p & 1)) * pixel,
              row,
              vectors,
            );
          }
        }
      }
    }
    input += imageBytes;
    if (inputGradient) inputGradient += imageBytes;
  }
}

/**
 * One list for each filter: the input offset an output came from, and its gradient. Entries that are zero or DEAD are
 * written too, but the list does not grow: no branch to mispredict. Adds up the bias gradient on the way.
 */
function listByFilter(
  outputGradient: usize,
  codes: usize,
  cells: i32,
  outWidth: i32,
  top: i32,
  step: i32,
  row: usize,
  pixel: usize,
  filters: i32,
  lists: usize,
  capacity: usize,
  ends: usize,
  biasGradient: usize,
): void {
  for (let f = 0; f < filters; f++) {
    let gradient = outputGradient + ((<usize>f) << 2);
    let code = codes + f;
    let entry = lists + <usize>f * capacity;
    let sum: f32 = 0;
    let line = <usize>(top * step) * row;
    for (let cell = 0; cell < cells; line += <usize>step * row) {
      let corner = line;
      for (let x = 0; x < outWidth; x++, cell++) {
        const c = <usize>load<u8>(code);
        const g = load<u32>(gradient);
        const live = isLive(c, g);
        store<usize>(entry, corner + (row & (0 - (c >> 1))) + (pixel & (0 - (c & 1))));
        store<u32>(entry, g, 4);
        entry += live << 3;
        sum += reinterpret<f32>(g & (<u32>0 - <u32>live));
        corner += <usize>step * pixel;
        gradient += (<usize>filters) << 2;
        code += filters;
      }
    }
    store<usize>(ends + ((<usize>f) << 2), entry);
    const bias = biasGradient + ((<usize>f) << 2);
    store<f32>(bias, load<f32>(bias) + sum);
  }
}

/** 1 unless the code is DEAD or the gradient's bits are those of ±0; without a branch, and V8 makes one of a select. */
function isLive(code: usize, gradient: u32): usize {
  return usize(code !== <usize>DEAD) & usize(gradient << 1 !== 0);
}

/** One list for each place of each cell: the kernel offset of the filters that chose it, and their gradients. */
function listByPlace(
  outputGradient: usize,
  codes: usize,
  cells: i32,
  filters: i32,
  places: i32,
  patch: usize,
  lists: usize,
  ends: usize,
): void {
  const capacity = (<usize>filters) << 3;
  const deadEnd = (<usize>DEAD) << 2;
  for (let cell = 0; cell < cells; cell++) {
    for (let p = 0; p < places; p++) {
      store<usize>(ends + ((<usize>p) << 2), lists + <usize>p * capacity);
    }
    // What DEAD entries write is overwritten by the next cell's ends and entries.
    store<usize>(ends + deadEnd, lists + <usize>places * capacity);
    for (let f = 0; f < filters; f++) {
      const code = <usize>load<u8>(codes++);
      const g = load<u32>(outputGradient);
      outputGradient += 4;
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

/** target[3 rows][vectors] += Σ g × source[3 rows][vectors] at each list entry's byte offset. An entry is u32 offset, f32 g. */
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
