import { Control, Method, PATCH_ROWS, Pass, Stage, StageKind, Update } from "../tables";
import { adam } from "./adam";
import { packDirect } from "./convolution-direct";
import { packOneChannel } from "./convolution-one-channel";
import { packWinograd } from "./convolution-winograd";
import { denseBiasGradient, denseKernelGradient, densePanelBytes } from "./dense";
import { columnBlocks, patchBytes, rowBlocks, rowLength } from "./patch-panel";
import { record, startTime } from "./profile";
import { address, int, stageRow } from "./table-access";

/**
 * The update phase. A task completes the gradient of one piece of the parameters (eight filters of a convolution, or eight
 * units and some inputs of a dense stage), applies Adam to it, and repacks it for the forward pass.
 */

/** Runs the task that a row of the update table describes. */
export function runUpdate(control: usize, thread: i32, update: usize): void {
  const time = startTime(control);
  const index = int(update, Update.stage);
  const stage = stageRow(control, index);
  const panel = int(update, Update.panel);
  if (int(stage, Stage.kind) === StageKind.dense) {
    updateDense(control, stage, panel, int(update, Update.start), int(update, Update.end));
  } else {
    updateConvolution(control, stage, panel);
    packKernel(stage, panel);
  }
  record(control, thread, index, Pass.update, time);
}

/** The bias belongs to the task with the first inputs. */
function updateDense(control: usize, stage: usize, panel: i32, start: i32, end: i32): void {
  const kernel = address(stage, Stage.kernel) + <usize>panel * densePanelBytes(stage);
  denseKernelGradient(control, stage, panel, start, end);
  adam(control, kernel + ((<usize>start) << 5), (end - start) << 3);
  if (start === 0) {
    denseBiasGradient(control, stage, panel);
    adam(control, address(stage, Stage.bias) + ((<usize>panel) << 5), 8);
  }
}

function updateConvolution(control: usize, stage: usize, panel: i32): void {
  const F = int(stage, Stage.F);
  const toGradient = address(control, Control.toGradient);
  const kernel = address(stage, Stage.kernel);
  const sliceGradient = address(stage, Stage.sliceKernelGradient);
  const filters = min(F - panel * 8, 8);
  const patch = patchBytes(stage);
  const bytes = <usize>filters * patch;
  const blocks = rowBlocks(stage) * columnBlocks(stage);
  for (let block = 0; block < blocks; block++) {
    const at = <usize>(block * F + panel * 8) * patch;
    sumSlices(control, sliceGradient + at, kernel + toGradient + at, bytes);
    clearPadding(stage, block, kernel + toGradient + at, filters);
    adam(control, kernel + at, <i32>(bytes >> 2));
  }
  const at = (<usize>panel) << 5;
  const bias = address(stage, Stage.bias) + at;
  sumSlices(control, address(stage, Stage.sliceBiasGradient) + at, bias + toGradient, 32);
  adam(control, bias, 8);
}

/** Sums a piece of every slice's gradient, in slice order; `bytes` are whole vectors. */
function sumSlices(control: usize, firstSlice: usize, gradient: usize, bytes: usize): void {
  const slices = int(control, Control.slices);
  const sliceStride = address(control, Control.sliceStride);
  for (let at: usize = 0; at < bytes; at += 16) {
    let p = firstSlice + at;
    let sum = v128.load(p);
    for (let s = 1; s < slices; s++) {
      p += sliceStride;
      sum = f32x4.add(sum, v128.load(p));
    }
    v128.store(gradient + at, sum);
  }
}

/**
 * Sets the gradients of a patch panel's padding to zero, so that the padding itself stays zero. The backward pass leaves sums
 * over neighbouring pixels there.
 */
function clearPadding(stage: usize, block: i32, gradient: usize, filters: i32): void {
  const width = 4 * int(stage, Stage.vectors);
  const rowBlock = block / columnBlocks(stage);
  const columnBlock = block - rowBlock * columnBlocks(stage);
  const rows = int(stage, Stage.kernelH) - rowBlock * PATCH_ROWS;
  const columns = rowLength(stage) - columnBlock * width;
  if (rows >= PATCH_ROWS && columns >= width) return;
  for (let f = 0; f < filters; f++) {
    for (let i = 0; i < PATCH_ROWS * width; i++, gradient += 4) {
      if (i / width >= rows || i % width >= columns) store<f32>(gradient, 0);
    }
  }
}

/** Repacks eight filters of a convolution for its forward product. The engine calls it too, after setting parameters. */
export function packKernel(stage: usize, panel: i32): void {
  const method = int(stage, Stage.method);
  if (method === Method.winograd) packWinograd(stage, panel);
  else if (method === Method.oneChannel) packOneChannel(stage, panel);
  else packDirect(stage, panel);
}
