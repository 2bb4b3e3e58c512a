import { Stage } from "../tables";
import { columnBlocks, patchBytes, rowBlocks } from "./patch-panel";
import { DEAD } from "./pooling";
import { multiplyAdd } from "./product";
import { address, int } from "./table-access";

/** Whether `convolutionBackwardNarrow` can take a stage: its patches are three rows of one vector. */
export function isNarrow(stage: usize): bool {
  return int(stage, Stage.vectors) === 1 && rowBlocks(stage) === 1 && columnBlocks(stage) === 1;
}

/**
 * `convolutionBackward` for narrow patches, without the input gradient. To list the gradients would take longer than to multiply
 * them all by their patches, those of DEAD outputs as zeros. Scratch memory holds a table of what each code means, in two words:
 * the distance from the cell's first input to the patch that the output came from, and a mask for the gradient.
 */
export function convolutionBackwardNarrow(
  stage: usize,
  N: i32,
  input: usize,
  outputGradient: usize,
  workspace: usize,
  toSlice: usize,
): void {
  const F = <usize>int(stage, Stage.F);
  const outputs = <usize>(int(stage, Stage.outH) * int(stage, Stage.outW)) * F;
  const imageBytes = (<usize>(int(stage, Stage.H) * int(stage, Stage.W) * int(stage, Stage.C))) << 2;
  const table = address(stage, Stage.scratch) + workspace;
  let codes = address(stage, Stage.codes) + workspace;
  writeCodes(stage, table);
  for (let n = 0; n < N; n++) {
    for (let f: usize = 0; f < F; f++) {
      const kernel = address(stage, Stage.sliceKernelGradient) + toSlice + f * patchBytes(stage);
      const bias = address(stage, Stage.sliceBiasGradient) + toSlice + (f << 2);
      addFilter(stage, input, outputGradient + (f << 2), codes + f, table, kernel, bias);
    }
    input += imageBytes;
    outputGradient += outputs << 2;
    codes += outputs;
  }
}

function writeCodes(stage: usize, table: usize): void {
  const pixel = (<usize>int(stage, Stage.C)) << 2;
  const row = <usize>int(stage, Stage.W) * pixel;
  for (let code: usize = 0; code < <usize>DEAD; code++, table += 8) {
    store<usize>(table, (code >> 1) * row + (code & 1) * pixel);
    store<u32>(table, u32.MAX_VALUE, 4);
  }
  store<u64>(table, 0);
}

/** Adds the gradients of one filter from one image. */
function addFilter(
  stage: usize,
  input: usize,
  gradient: usize,
  code: usize,
  table: usize,
  kernelGradient: usize,
  biasGradient: usize,
): void {
  const F = <usize>int(stage, Stage.F);
  const step = <usize>(int(stage, Stage.pool) ? 2 : 1);
  const pixel = (<usize>int(stage, Stage.C)) << 2;
  const row = <usize>int(stage, Stage.W) * pixel;
  const width = <usize>int(stage, Stage.outW) * step * pixel;
  const last = input + <usize>int(stage, Stage.outH) * step * row;
  let s0 = v128.load(kernelGradient);
  let s1 = v128.load(kernelGradient, 16);
  let s2 = v128.load(kernelGradient, 32);
  let sum = f32x4.splat(0);
  for (let line = input; line < last; line += step * row) {
    for (let corner = line; corner < line + width; corner += step * pixel) {
      const place = table + ((<usize>load<u8>(code)) << 3);
      const g = v128.and(v128.load32_splat(gradient), v128.load32_splat(place, 4));
      const p = corner + load<usize>(place);
      s0 = multiplyAdd(s0, g, v128.load(p));
      s1 = multiplyAdd(s1, g, v128.load(p + row));
      s2 = multiplyAdd(s2, g, v128.load(p + 2 * row));
      sum = f32x4.add(sum, g);
      code += F;
      gradient += F << 2;
    }
  }
  v128.store(kernelGradient, s0);
  v128.store(kernelGradient, s1, 16);
  v128.store(kernelGradient, s2, 32);
  store<f32>(biasGradient, load<f32>(biasGradient) + f32x4.extract_lane(sum, 0));
}
