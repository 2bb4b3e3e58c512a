import { CHUNK, Control, Method, Pass, Stage, StageKind, Update } from "../tables";
import { convolutionBackward } from "./convolution-backward";
import { convolutionDirect } from "./convolution-direct";
import { convolutionOneChannel } from "./convolution-one-channel";
import { convolutionWinograd } from "./convolution-winograd";
import { denseBackward, denseForward } from "./dense";
import { maxPoolingBackward, maxPoolingForward } from "./pooling";
import { record, startTime } from "./profile";
import { softmaxCrossEntropy } from "./softmax";
import { address, int, stageRow, word } from "./table-access";
import { barrier, hasFailed, waitForChange } from "./threads";
import { runUpdate } from "./update";

/**
 * One batch on all threads, in two phases, each followed by a barrier. First the slices of the batch: forward pass, loss and
 * backward pass. Then the update tasks: sum of the slices' gradients, Adam, repacking. Threads take slices and tasks first come,
 * first served; neither the work nor the order of any sum depends on the thread.
 */

/** Runs the batch that the control block describes. Called by the main thread, thread 0, while the workers are in `serve`. */
export function run(control: usize): void {
  store<i32>(word(control, Control.nextSlice), 0);
  store<i32>(word(control, Control.nextUpdate), 0);
  atomic.add<i32>(word(control, Control.sequence), 1);
  atomic.notify(word(control, Control.sequence), -1);
  work(control, 0);
}

/** A worker's loop: waits for a batch and does its share. Returns when asked to stop, or after a failure. */
export function serve(control: usize, thread: i32, seen: i32): void {
  while (true) {
    seen = waitForChange(word(control, Control.sequence), seen);
    if (atomic.load<i32>(word(control, Control.stop))) return;
    work(control, thread);
    if (hasFailed(control)) return;
  }
}

function work(control: usize, thread: i32): void {
  const slices = int(control, Control.slices);
  while (true) {
    const slice = atomic.add<i32>(word(control, Control.nextSlice), 1);
    if (slice >= slices) break;
    runSlice(control, thread, slice);
  }
  barrier(control);
  // The control block must not be read after the last barrier, when the main thread may describe the next batch. (Reading the
  // flag once, before the slices, hangs: V8's baseline compiler loses the value.)
  if (int(control, Control.training)) runUpdates(control, thread);
  barrier(control);
}

function runUpdates(control: usize, thread: i32): void {
  const updates = int(control, Control.updates);
  const table = address(control, Control.updateTable);
  while (!hasFailed(control)) {
    const update = atomic.add<i32>(word(control, Control.nextUpdate), 1);
    if (update >= updates) break;
    runUpdate(control, thread, table + <usize>(update * (Update.words << 2)));
  }
}

function runSlice(control: usize, thread: i32, slice: i32): void {
  const images = int(control, Control.N);
  const slices = int(control, Control.slices);
  const chunks = (images + CHUNK - 1) / CHUNK;
  const last = stageRow(control, int(control, Control.stages) - 1);
  const training = int(control, Control.training);
  const toSlice = <usize>slice * address(control, Control.sliceStride);
  if (training) clearGradients(control, toSlice);
  for (let chunk = (slice * chunks) / slices; chunk < ((slice + 1) * chunks) / slices; chunk++) {
    const first = chunk * CHUNK;
    const N = min(CHUNK, images - first);
    forward(control, thread, first, N);
    softmaxCrossEntropy(control, last, first, N);
    if (training) backward(control, thread, first, N, toSlice);
  }
}

function clearGradients(control: usize, toSlice: usize): void {
  for (let s = 0; s < int(control, Control.stages); s++) {
    const stage = stageRow(control, s);
    if (int(stage, Stage.kind) !== StageKind.convolution) continue;
    // The bias gradient, padded to whole panels, follows the kernel gradient.
    const start = address(stage, Stage.sliceKernelGradient);
    const F = <usize>((int(stage, Stage.F) + 7) & ~7);
    const end = address(stage, Stage.sliceBiasGradient) + (F << 2);
    memory.fill(start + toSlice, 0, end - start);
  }
}

/** Forward pass of images first … first + N − 1 through all stages, with the codes that training needs. */
function forward(control: usize, thread: i32, first: i32, N: i32): void {
  const training = int(control, Control.training);
  const workspace = <usize>thread * address(control, Control.workspaceStride);
  let time = startTime(control);
  for (let s = 0; s < int(control, Control.stages); s++) {
    const stage = stageRow(control, s);
    const kind = int(stage, Stage.kind);
    const input = inputOf(stage, workspace, first);
    const output = outputOf(stage, workspace, first);
    const codes = training ? address(stage, Stage.codes) + workspace : 0;
    if (kind === StageKind.dense) denseForward(stage, N, input, output);
    else if (kind === StageKind.maxPooling) maxPoolingForward(stage, N, input, output, codes);
    else convolution(stage, N, input, output, codes, workspace);
    time = record(control, thread, s, Pass.forward, time);
  }
}

function convolution(
  stage: usize,
  N: i32,
  input: usize,
  output: usize,
  codes: usize,
  workspace: usize,
): void {
  const method = int(stage, Stage.method);
  if (method === Method.winograd) convolutionWinograd(stage, N, input, output, codes, workspace);
  else if (method === Method.oneChannel) convolutionOneChannel(stage, N, input, output, codes, workspace);
  else convolutionDirect(stage, N, input, output, codes, workspace);
}

/** Backward pass of the same images; adds the convolutions' parameter gradients to those of the slice. */
function backward(control: usize, thread: i32, first: i32, N: i32, toSlice: usize): void {
  const workspace = <usize>thread * address(control, Control.workspaceStride);
  let time = startTime(control);
  for (let s = int(control, Control.stages) - 1; s >= 0; s--) {
    const stage = stageRow(control, s);
    const kind = int(stage, Stage.kind);
    const outputGradient = outputGradientOf(stage, workspace, first);
    const inputGradient = int(stage, Stage.needsInputGradient)
      ? outputGradientOf(stageRow(control, s - 1), workspace, first)
      : 0;
    if (kind === StageKind.dense) {
      denseBackward(stage, N, outputOf(stage, workspace, first), outputGradient, inputGradient, workspace);
    } else if (kind === StageKind.convolution) {
      const input = inputOf(stage, workspace, first);
      convolutionBackward(stage, N, input, outputGradient, inputGradient, workspace, toSlice);
    } else if (inputGradient) {
      maxPoolingBackward(stage, N, outputGradient, inputGradient, workspace);
    }
    time = record(control, thread, s, Pass.backward, time);
  }
}

/** Address of a chunk's values: in the thread's workspace, or from image `first` on in an array of all images. */
function chunkAddress(base: usize, isLocal: bool, workspace: usize, first: i32, stride: i32): usize {
  return base + (isLocal ? workspace : (<usize>(first * stride)) << 2);
}

function inputOf(stage: usize, workspace: usize, first: i32): usize {
  const isLocal = <bool>int(stage, Stage.inputIsLocal);
  return chunkAddress(address(stage, Stage.input), isLocal, workspace, first, int(stage, Stage.inputStride));
}

function outputOf(stage: usize, workspace: usize, first: i32): usize {
  const isLocal = <bool>int(stage, Stage.outputIsLocal);
  return chunkAddress(
    address(stage, Stage.output),
    isLocal,
    workspace,
    first,
    int(stage, Stage.outputStride),
  );
}

/** Dense stages keep the gradients of all images for the update phase; the others need them for one chunk. */
function outputGradientOf(stage: usize, workspace: usize, first: i32): usize {
  const isLocal = int(stage, Stage.kind) !== StageKind.dense;
  return chunkAddress(
    address(stage, Stage.outputGradient),
    isLocal,
    workspace,
    first,
    int(stage, Stage.outputStride),
  );
}
