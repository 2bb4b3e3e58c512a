import { Control, Stage } from "../tables";
import { addOuterProduct, product4, product6, productTransposed6 } from "./product";
import { address, int } from "./table-access";

/**
 * Dense layer: output [N][F] = ReLU(input [N][C] · kernel [C][F] + bias [F]). The kernel is stored as panels of eight units,
 * [F / 8][C rounded up to 6][8], an order that the forward product and both gradients can read directly. Output rows are padded
 * to whole panels.
 */

/** Bytes per panel. */
export function densePanelBytes(stage: usize): usize {
  return (<usize>(((int(stage, Stage.C) + 5) / 6) * 6)) << 5;
}

/** Forward pass of N images. The product works on four images at a time, so it writes up to three rows more. */
export function denseForward(stage: usize, N: i32, input: usize, output: usize): void {
  const C = int(stage, Stage.C);
  const F = int(stage, Stage.F);
  const inputStride = (<usize>int(stage, Stage.inputStride)) << 2;
  const outputStride = (<usize>int(stage, Stage.outputStride)) << 2;
  const bias = address(stage, Stage.bias);
  const panelBytes = densePanelBytes(stage);
  let panel = address(stage, Stage.kernel);
  for (let f: usize = 0; f < <usize>F; f += 8, panel += panelBytes) {
    const target = output + (f << 2);
    product4(input, inputStride, N, C & ~1, panel, target, outputStride);
    if (C & 1) {
      const last = <usize>(C - 1);
      addOuterProduct(input + (last << 2), inputStride, N, panel + (last << 5), target, outputStride);
    }
    addBias(stage, N, bias + (f << 2), target);
  }
}

/** Adds the bias of eight units to N output rows, then applies the ReLU if there is one. */
function addBias(stage: usize, N: i32, bias: usize, output: usize): void {
  const relu = int(stage, Stage.relu);
  const stride = (<usize>int(stage, Stage.outputStride)) << 2;
  const zero = f32x4.splat(0);
  const b0 = v128.load(bias);
  const b1 = v128.load(bias, 16);
  for (let n = 0; n < N; n++, output += stride) {
    let v0 = f32x4.add(v128.load(output), b0);
    let v1 = f32x4.add(v128.load(output, 16), b1);
    if (relu) {
      v0 = f32x4.max(v0, zero);
      v1 = f32x4.max(v1, zero);
    }
    v128.store(output, v0);
    v128.store(output, v1, 16);
  }
}

/**
 * Backward pass of a chunk of N ≤ 8 images: applies the ReLU's gradient to `outputGradient` in place, then computes
 * inputGradient = outputGradient · kernelᵀ unless its address is 0. The update phase computes the parameters' gradients.
 */
export function denseBackward(
  stage: usize,
  N: i32,
  output: usize,
  outputGradient: usize,
  inputGradient: usize,
  workspace: usize,
): void {
  if (int(stage, Stage.relu)) reluGradient(output, outputGradient, N * int(stage, Stage.outputStride));
  if (inputGradient) denseInputGradient(stage, N, outputGradient, inputGradient, workspace);
}

/** Sets the gradient to zero where the ReLU's output is zero; `count` is a multiple of 4. */
function reluGradient(output: usize, gradient: usize, count: i32): void {
  const end = output + ((<usize>count) << 2);
  const zero = f32x4.splat(0);
  for (; output < end; output += 16, gradient += 16) {
    v128.store(gradient, v128.and(v128.load(gradient), f32x4.gt(v128.load(output), zero)));
  }
}

/**
 * The images become the eight columns of a product with the kernel. Scratch memory holds the transposed gradient [F rounded up
 * to 8][8] and the transposed result [C rounded up to 6][8].
 */
function denseInputGradient(
  stage: usize,
  N: i32,
  outputGradient: usize,
  inputGradient: usize,
  workspace: usize,
): void {
  const C = int(stage, Stage.C);
  const F = int(stage, Stage.F);
  const inputStride = (<usize>int(stage, Stage.inputStride)) << 2;
  const outputStride = (<usize>int(stage, Stage.outputStride)) << 2;
  const kernel = address(stage, Stage.kernel);
  const scratch = address(stage, Stage.scratch) + workspace;
  const panels = (F + 7) >> 3;
  const panelBytes = densePanelBytes(stage);
  const result = scratch + ((<usize>panels) << 8);
  memory.fill(scratch, 0, (<usize>panels) << 8);
  for (let n = 0; n < N; n++) {
    const from = outputGradient + <usize>n * outputStride;
    for (let f = 0; f < F; f++) {
      store<f32>(scratch + ((<usize>(f * 8 + n)) << 2), load<f32>(from + ((<usize>f) << 2)));
    }
  }
  for (let panel = 0; panel < panels; panel++) {
    const columns = scratch + ((<usize>panel) << 8);
    product6(kernel + <usize>panel * panelBytes, 32, C, 8, columns, result, panel > 0);
  }
  for (let n = 0; n < N; n++) {
    let from = result + ((<usize>n) << 2);
    let to = inputGradient + <usize>n * inputStride;
    for (let c = 0; c < C; c++, from += 32, to += 4) store<f32>(to, load<f32>(from));
  }
}

/** Rows start ≤ c < end of one panel of the kernel's gradient: inputᵀ · outputGradient over the whole batch. */
export function denseKernelGradient(control: usize, stage: usize, panel: i32, start: i32, end: i32): void {
  const N = int(control, Control.N);
  const inputStride = (<usize>int(stage, Stage.inputStride)) << 2;
  const outputStride = (<usize>int(stage, Stage.outputStride)) << 2;
  const input = address(stage, Stage.input) + ((<usize>start) << 2);
  const outputGradient = address(stage, Stage.outputGradient) + ((<usize>panel) << 5);
  const kernel = address(stage, Stage.kernel) + <usize>panel * densePanelBytes(stage) + ((<usize>start) << 5);
  const gradient = kernel + address(control, Control.toGradient);
  productTransposed6(input, inputStride, end - start, N & ~1, outputGradient, outputStride, gradient);
  if (N & 1) {
    const last = <usize>(N - 1);
    const lastGradient = outputGradient + last * outputStride;
    addOuterProduct(input + last * inputStride, 4, end - start, lastGradient, gradient, 32);
  }
}

/** One panel of the bias gradient: the sum of the output gradient over the whole batch. */
export function denseBiasGradient(control: usize, stage: usize, panel: i32): void {
  const N = int(control, Control.N);
  const outputStride = (<usize>int(stage, Stage.outputStride)) << 2;
  const bias = address(stage, Stage.bias) + ((<usize>panel) << 5);
  const gradient = bias + address(control, Control.toGradient);
  let at = address(stage, Stage.outputGradient) + ((<usize>panel) << 5);
  let s0 = f32x4.splat(0);
  let s1 = s0;
  for (let n = 0; n < N; n++, at += outputStride) {
    s0 = f32x4.add(s0, v128.load(at));
    s1 = f32x4.add(s1, v128.load(at, 16));
  }
  v128.store(gradient, s0);
  v128.store(gradient, s1, 16);
}
