import { CHUNK, Control, PATCH_ROWS, Pass, Stage, StageKind, Update } from "../tables";
import { adam } from "./adam-step";
import { convolutionDirect } from "./convolution-direct";
import { convolutionGradient } from "./convolution-gradient";
import { addSlices, packDirect, packWinograd, sumSlices } from "./convolution-kernel";
import { convolutionWinograd } from "./convolution-winograd";
import {
  denseBiasGradient,
  denseForward,
  denseInputGradient,
  denseKernelGradient,
  densePanel,
  reluGradient,
} from "./dense";
import { maxPooling, maxPoolingGradient } from "./pooling";
import { softmaxCrossEntropy } from "./softmax";
import { barrier, hasFailed, waitForChange, word } from "./threads";

/**
 * One batch on all threads, in two phases with a barrier behind each: slices of the batch (forward, loss, backward), then
 * pieces of the parameters (sum of the slices' gradients, Adam, repacking). Who takes which slice or piece is first come,
 * first served; what is computed, and in which order it is summed, does not depend on it.
 */

declare function now(): f64;

function get(table: usize, index: i32): i32 {
  return load<i32>(word(table, index));
}

function real(table: usize, index: i32): f32 {
  return load<f32>(word(table, index));
}

function stageAt(control: usize, index: i32): usize {
  return <usize>get(control, Control.stageTable) + <usize>(index * (Stage.words << 2));
}

/** Runs the batch described by the control block; called by the main thread (thread 0) while the workers serve. */
export function run(control: usize): void {
  store<i32>(word(control, Control.nextSlice), 0);
  store<i32>(word(control, Control.nextUpdate), 0);
  atomic.add<i32>(word(control, Control.sequence), 1);
  atomic.notify(word(control, Control.sequence), -1);
  work(control, 0);
}

/** A worker's life: wait for a batch, do a share of it; returns when asked to stop. */
export function serve(control: usize, thread: i32, seen: i32): void {
  while (true) {
    seen = waitForChange(word(control, Control.sequence), seen);
    if (atomic.load<i32>(word(control, Control.stop))) return;
    work(control, thread);
    if (hasFailed(control)) return;
  }
}

function work(control: usize, thread: i32): void {
  const slices = get(control, Control.slices);
  while (true) {
    const slice = atomic.add<i32>(word(control, Control.nextSlice), 1);
    if (slice >= slices) break;
    runSlice(control, thread, slice);
  }
  barrier(control);
  // The control block is only read before the last barrier: behind it the main thread may describe the next batch. (Reading
  // the flag once, before the slices, hangs: V8's baseline compiler loses it on the way.)
  if (get(control, Control.training)) runUpdates(control, thread);
  barrier(control);
}

function runUpdates(control: usize, thread: i32): void {
  const updates = get(control, Control.updates);
  while (!hasFailed(control)) {
    const update = atomic.add<i32>(word(control, Control.nextUpdate), 1);
    if (update >= updates) break;
    runUpdate(
      control,
      thread,
      <usize>get(control, Control.updateTable) + <usize>(update * (Update.words << 2)),
    );
  }
}

/** Adds the milliseconds since `start` to a profile cell; returns the time. */
function record(control: usize, thread: i32, stage: i32, pass: i32, start: f64): f64 {
  const profile = <usize>get(control, Control.profile);
  if (!profile) return 0;
  const time = now();
  const cell = (thread * get(control, Control.stages) + stage) * Pass.count + pass;
  const at = profile + ((<usize>cell) << 3);
  store<f64>(at, load<f64>(at) + time - start);
  return time;
}

function startTime(control: usize): f64 {
  return get(control, Control.profile) ? now() : 0;
}

function runSlice(control: usize, thread: i32, slice: i32): void {
  const images = get(control, Control.images);
  const slices = get(control, Control.slices);
  const chunks = (images + CHUNK - 1) / CHUNK;
  const training = get(control, Control.training);
  const sliceOffset = <usize>slice * <usize>get(control, Control.gradientSliceStride);
  if (training) clearGradients(control, sliceOffset);
  for (let chunk = (slice * chunks) / slices; chunk < ((slice + 1) * chunks) / slices; chunk++) {
    const first = chunk * CHUNK;
    const count = min(CHUNK, images - first);
    forward(control, thread, first, count);
    loss(control, first, count);
    if (training) backward(control, thread, first, count, sliceOffset);
  }
}

function clearGradients(control: usize, sliceOffset: usize): void {
  for (let s = 0; s < get(control, Control.stages); s++) {
    const stage = stageAt(control, s);
    if (get(stage, Stage.kind) !== StageKind.convolution) continue;
    // The bias gradient lies behind the kernel gradient.
    const start = <usize>get(stage, Stage.sliceGradient);
    const filters = <usize>((get(stage, Stage.outChannels) + 7) & ~7);
    const end = <usize>get(stage, Stage.sliceBiasGradient) + (filters << 2);
    memory.fill(start + sliceOffset, 0, end - start);
  }
}

/** Where a chunk's rows lie: in this thread's workspace, or at the images' own places. */
function place(control: usize, base: usize, local: bool, thread: i32, first: i32, stride: i32): usize {
  return local
    ? base + <usize>thread * <usize>get(control, Control.workspaceStride)
    : base + ((<usize>(first * stride)) << 2);
}

function inputOf(control: usize, stage: usize, thread: i32, first: i32): usize {
  return place(
    control,
    <usize>get(stage, Stage.input),
    <bool>get(stage, Stage.inputIsLocal),
    thread,
    first,
    get(stage, Stage.inputStride),
  );
}

function outputOf(control: usize, stage: usize, thread: i32, first: i32): usize {
  return place(
    control,
    <usize>get(stage, Stage.output),
    <bool>get(stage, Stage.outputIsLocal),
    thread,
    first,
    get(stage, Stage.outputStride),
  );
}

/** Dense stages keep every image's gradient for the update phase; the others only need it for a chunk. */
function outputGradientOf(control: usize, stage: usize, thread: i32, first: i32): usize {
  return place(
    control,
    <usize>get(stage, Stage.outputGradient),
    get(stage, Stage.kind) !== StageKind.dense,
    thread,
    first,
    get(stage, Stage.outputStride),
  );
}

function ofThread(control: usize, stage: usize, field: i32, thread: i32): usize {
  return <usize>get(stage, field) + <usize>thread * <usize>get(control, Control.workspaceStride);
}

function forward(control: usize, thread: i32, first: i32, count: i32): void {
  let time = startTime(control);
  for (let s = 0; s < get(control, Control.stages); s++) {
    const stage = stageAt(control, s);
    const kind = get(stage, Stage.kind);
    const input = inputOf(control, stage, thread, first);
    const output = outputOf(control, stage, thread, first);
    const codes = ofThread(control, stage, Stage.codes, thread);
    const scratch = ofThread(control, stage, Stage.scratch, thread);
    if (kind === StageKind.dense) {
      denseForward(
        input,
        (<usize>get(stage, Stage.inputStride)) << 2,
        count,
        get(stage, Stage.inChannels),
        get(stage, Stage.outChannels),
        <usize>get(stage, Stage.kernel),
        <usize>get(stage, Stage.bias),
        <bool>get(stage, Stage.relu),
        output,
        (<usize>get(stage, Stage.outputStride)) << 2,
      );
    } else if (kind === StageKind.maxPooling) {
      maxPooling(
        input,
        count,
        get(stage, Stage.inHeight),
        get(stage, Stage.inWidth),
        get(stage, Stage.inChannels),
        output,
        codes,
      );
    } else if (get(stage, Stage.winograd)) {
      convolutionWinograd(
        input,
        count,
        get(stage, Stage.inHeight),
        get(stage, Stage.inWidth),
        get(stage, Stage.inChannels),
        get(stage, Stage.outChannels),
        <usize>get(stage, Stage.panels),
        <usize>get(stage, Stage.bias),
        <bool>get(stage, Stage.relu),
        <bool>get(stage, Stage.pool),
        output,
        codes,
        scratch,
      );
    } else {
      convolutionDirect(
        input,
        count,
        get(stage, Stage.inHeight),
        get(stage, Stage.inWidth),
        get(stage, Stage.inChannels),
        get(stage, Stage.kernelHeight),
        get(stage, Stage.kernelWidth),
        get(stage, Stage.outChannels),
        <usize>get(stage, Stage.panels),
        <usize>get(stage, Stage.bias),
        <bool>get(stage, Stage.relu),
        <bool>get(stage, Stage.pool),
        output,
        codes,
        scratch,
      );
    }
    time = record(control, thread, s, Pass.forward, time);
  }
}

/** The last stage's outputs are the logits. */
function loss(control: usize, first: i32, count: i32): void {
  const stage = stageAt(control, get(control, Control.stages) - 1);
  const classes = get(stage, Stage.outChannels);
  softmaxCrossEntropy(
    outputOf(control, stage, 0, first),
    (<usize>get(stage, Stage.outputStride)) << 2,
    count,
    classes,
    word(<usize>get(control, Control.labels), first),
    <usize>get(control, Control.losses) + ((<usize>first) << 3),
    word(<usize>get(control, Control.predictions), first),
    word(<usize>get(control, Control.probabilities), first * classes),
    get(control, Control.training) ? outputGradientOf(control, stage, 0, first) : 0,
    1.0 / <f64>get(control, Control.images),
  );
}

function backward(control: usize, thread: i32, first: i32, count: i32, sliceOffset: usize): void {
  let time = startTime(control);
  for (let s = get(control, Control.stages) - 1; s >= 0; s--) {
    const stage = stageAt(control, s);
    const kind = get(stage, Stage.kind);
    const outputGradient = outputGradientOf(control, stage, thread, first);
    const codes = ofThread(control, stage, Stage.codes, thread);
    const scratch = ofThread(control, stage, Stage.scratch, thread);
    const inputGradient = get(stage, Stage.inputGradient)
      ? outputGradientOf(control, stageAt(control, s - 1), thread, first)
      : 0;
    if (kind === StageKind.dense) {
      if (get(stage, Stage.relu)) {
        reluGradient(
          outputOf(control, stage, thread, first),
          outputGradient,
          count,
          get(stage, Stage.outputStride),
        );
      }
      if (inputGradient) {
        denseInputGradient(
          outputGradient,
          (<usize>get(stage, Stage.outputStride)) << 2,
          count,
          get(stage, Stage.inChannels),
          get(stage, Stage.outChannels),
          <usize>get(stage, Stage.kernel),
          inputGradient,
          (<usize>get(stage, Stage.inputStride)) << 2,
          scratch,
        );
      }
    } else if (kind === StageKind.maxPooling) {
      if (inputGradient) {
        maxPoolingGradient(
          outputGradient,
          codes,
          count,
          get(stage, Stage.inHeight),
          get(stage, Stage.inWidth),
          get(stage, Stage.inChannels),
          inputGradient,
        );
      }
    } else {
      convolutionGradient(
        inputOf(control, stage, thread, first),
        outputGradient,
        codes,
        count,
        get(stage, Stage.inHeight),
        get(stage, Stage.inWidth),
        get(stage, Stage.inChannels),
        get(stage, Stage.kernelHeight),
        get(stage, Stage.kernelWidth),
        get(stage, Stage.outChannels),
        <bool>get(stage, Stage.pool),
        get(stage, Stage.vectors),
        <usize>get(stage, Stage.kernel),
        <usize>get(stage, Stage.sliceGradient) + sliceOffset,
        <usize>get(stage, Stage.sliceBiasGradient) + sliceOffset,
        inputGradient,
        scratch,
      );
    }
    time = record(control, thread, s, Pass.backward, time);
  }
}

function runUpdate(control: usize, thread: i32, update: usize): void {
  const time = startTime(control);
  const index = get(update, Update.stage);
  const stage = stageAt(control, index);
  const panel = get(update, Update.panel);
  if (get(stage, Stage.kind) === StageKind.dense) {
    updateDense(control, stage, panel, get(update, Update.start), get(update, Update.end));
  } else {
    updateConvolution(control, stage, panel);
    packKernel(stage, panel);
  }
  record(control, thread, index, Pass.update, time);
}

function applyAdam(control: usize, parameter: usize, count: i32): void {
  adam(
    parameter,
    count,
    <usize>get(control, Control.toGradient),
    <usize>get(control, Control.toMoment1),
    <usize>get(control, Control.toMoment2),
    real(control, Control.rate),
    real(control, Control.share1),
    real(control, Control.share2),
    real(control, Control.epsilon),
  );
}

function updateDense(control: usize, stage: usize, panel: i32, start: i32, end: i32): void {
  const images = get(control, Control.images);
  const inputs = get(stage, Stage.inChannels);
  const kernel = <usize>get(stage, Stage.kernel);
  const bias = <usize>get(stage, Stage.bias);
  const toGradient = <usize>get(control, Control.toGradient);
  const outputGradient = <usize>get(stage, Stage.outputGradient);
  const outputStride = (<usize>get(stage, Stage.outputStride)) << 2;
  denseKernelGradient(
    <usize>get(stage, Stage.input),
    (<usize>get(stage, Stage.inputStride)) << 2,
    images,
    inputs,
    outputGradient,
    outputStride,
    panel,
    start,
    end,
    kernel + toGradient,
  );
  applyAdam(control, kernel + <usize>panel * densePanel(inputs) + ((<usize>start) << 5), (end - start) << 3);
  if (start === 0) {
    denseBiasGradient(outputGradient, outputStride, images, panel, bias + toGradient);
    applyAdam(control, bias + ((<usize>panel) << 5), 8);
  }
}

function updateConvolution(control: usize, stage: usize, panel: i32): void {
  const sliceStride = <usize>get(control, Control.gradientSliceStride);
  const slices = get(control, Control.slices);
  const toGradient = <usize>get(control, Control.toGradient);
  const kernel = <usize>get(stage, Stage.kernel);
  const bias = <usize>get(stage, Stage.bias);
  const filters = get(stage, Stage.outChannels);
  const kernelHeight = get(stage, Stage.kernelHeight);
  const rowLength = get(stage, Stage.kernelWidth) * get(stage, Stage.inChannels);
  const vectors = get(stage, Stage.vectors);
  const first = panel * 8;
  const last = min(filters, first + 8);
  sumSlices(
    <usize>get(stage, Stage.sliceGradient),
    sliceStride,
    slices,
    kernel + toGradient,
    kernelHeight,
    rowLength,
    filters,
    vectors,
    first,
    last,
  );
  const patch = PATCH_ROWS * 4 * vectors;
  const rowBlocks = (kernelHeight + PATCH_ROWS - 1) / PATCH_ROWS;
  const columnBlocks = (rowLength + 4 * vectors - 1) / (4 * vectors);
  for (let block = 0; block < rowBlocks * columnBlocks; block++) {
    applyAdam(control, kernel + ((<usize>((block * filters + first) * patch)) << 2), (last - first) * patch);
  }
  const start = (<usize>panel) << 5;
  addSlices(
    <usize>get(stage, Stage.sliceBiasGradient),
    sliceStride,
    slices,
    bias + toGradient,
    start,
    start + 32,
  );
  applyAdam(control, bias + start, 8);
}

/** Brings the forward copy of eight filters up to date; the driver calls it too, after it has set weights. */
export function packKernel(stage: usize, panel: i32): void {
  const kernel = <usize>get(stage, Stage.kernel);
  const channels = get(stage, Stage.inChannels);
  const filters = get(stage, Stage.outChannels);
  const vectors = get(stage, Stage.vectors);
  const panels = <usize>get(stage, Stage.panels);
  if (get(stage, Stage.winograd)) packWinograd(kernel, channels, filters, vectors, panel, panels);
  else {
    const rowLength = get(stage, Stage.kernelWidth) * channels;
    packDirect(kernel, get(stage, Stage.kernelHeight), rowLength, filters, vectors, panel, panels);
  }
}
