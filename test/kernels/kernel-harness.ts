import { readFileSync } from "node:fs";
import {
  backwardScratchBytes,
  convolutionScratchBytes,
  denseScratchBytes,
  gradientMargin,
  packedKernelFloats,
  shapeFields,
} from "../../src/engine/memory-plan.ts";
import { kernelLayout, roundUp } from "../../src/engine/parameters.ts";
import type { ConvolutionStage, DenseStage, MaxPoolingStage, StageSpec } from "../../src/engine/stages.ts";
import { tableRow } from "../../src/kernels/table-row.ts";
import { Control, Method, PANEL, ROWS, Stage } from "../../src/kernels/tables.ts";

/**
 * Calls single kernels, in memory that is otherwise filled with NaN. A call fails if it changes a byte outside the room reserved
 * for its results.
 */

const PAGE = 65536;
const GUARD = 4096;
const POISON = 0xff;
const FLOAT = 4;
const module = new WebAssembly.Module(
  readFileSync(new URL("../../dist/kernels/kernels.wasm", import.meta.url)),
);

type Kernel = (...values: number[]) => void;

export class Harness {
  readonly #bytes: Uint8Array;
  readonly #exports: WebAssembly.Exports;
  readonly #start: number;
  #next = 0;
  #rooms: [start: number, end: number][] = [];

  constructor(megabytes: number) {
    const pages = (megabytes * 2 ** 20) / PAGE;
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    const imports = { env: { memory }, profile: { now: () => 0 } };
    this.#exports = new WebAssembly.Instance(module, imports).exports;
    this.#bytes = new Uint8Array(memory.buffer);
    this.#start = roundUp((this.#exports.heapBase as WebAssembly.Global).value, 64);
    this.#next = this.#bytes.length;
    this.clear();
  }

  /** Removes all blocks and poisons the memory. */
  clear(): void {
    this.#bytes.fill(POISON, this.#start, this.#next);
    this.#next = this.#start + GUARD;
    this.#rooms = [];
  }

  /** A block of float32 values. */
  floats(values: ArrayLike<number>): number {
    const address = this.#take(values.length * 4);
    new Float32Array(this.#bytes.buffer, address, values.length).set(values);
    return address;
  }

  /** A block of int32 values. */
  integers(values: ArrayLike<number>): number {
    const address = this.#take(values.length * 4);
    new Int32Array(this.#bytes.buffer, address, values.length).set(values);
    return address;
  }

  bytes(values: ArrayLike<number>): number {
    const address = this.#take(values.length);
    this.#bytes.set(values, address);
    return address;
  }

  /** The row of a stage: its shape and the given fields. */
  stage(stage: StageSpec, fields: Parameters<typeof tableRow<typeof Stage>>[1]): number {
    return this.integers(tableRow(Stage, { ...shapeFields(stage), ...fields }));
  }

  /** A control block with the given fields. */
  control(fields: Parameters<typeof tableRow<typeof Control>>[1]): number {
    return this.integers(tableRow(Control, fields));
  }

  /** New values for a block. */
  write(address: number, values: ArrayLike<number>): void {
    new Float32Array(this.#bytes.buffer, address, values.length).set(values);
  }

  /** A block that later calls may write. */
  room(bytes: number): number {
    const address = this.#take(bytes);
    this.allow(address, bytes);
    return address;
  }

  /** Lets later calls write these bytes. */
  allow(address: number, bytes: number): void {
    this.#rooms.push([address, address + bytes]);
  }

  /** Calls a kernel. Throws if it writes outside the rooms. */
  call(name: string, ...values: number[]): void {
    const before = Buffer.from(this.#bytes.subarray(0, this.#next));
    (this.#exports[name] as Kernel)(...values);
    let from = 0;
    for (const [start, end] of [...this.#rooms, [before.length, before.length]].sort((a, b) => a[0] - b[0])) {
      if (start > from && before.compare(this.#bytes, from, start, from, start) !== 0) {
        throw new Error(`${name} wrote outside its results: ${this.#firstChange(before, from, start)}`);
      }
      from = Math.max(from, end);
    }
  }

  readFloats(address: number, count: number): Float32Array {
    return new Float32Array(this.#bytes.buffer, address, count).slice();
  }

  readDoubles(address: number, count: number): Float64Array {
    return new Float64Array(this.#bytes.buffer, address, count).slice();
  }

  readIntegers(address: number, count: number): Int32Array {
    return new Int32Array(this.#bytes.buffer, address, count).slice();
  }

  readBytes(address: number, count: number): Uint8Array {
    return this.#bytes.slice(address, address + count);
  }

  #take(bytes: number): number {
    const address = this.#next;
    this.#next = roundUp(address + bytes, 64) + GUARD;
    if (this.#next > this.#bytes.length) throw new Error("the harness's memory is too small for this case");
    return address;
  }

  #firstChange(before: Buffer, start: number, end: number): string {
    for (let i = start; i < end; i++) {
      if (before[i] === this.#bytes[i]) continue;
      const room = this.#rooms.filter(([, last]) => last <= i).sort((a, b) => b[1] - a[1])[0];
      return room ? `${i - room[1]} bytes after a block of ${room[1] - room[0]}` : `at ${i}`;
    }
    return "nowhere";
  }
}

type Numbers = ArrayLike<number>;

/** Input and parameters of a layer, the kernel in TensorFlow's order. */
export interface LayerData {
  readonly input: Numbers;
  readonly kernel: Numbers;
  readonly bias: Numbers;
}

/** A kernel as the module stores it. Padding is zero, except for the rows of dense panels that no sum may include: NaN. */
function storedKernel(stage: ConvolutionStage | DenseStage, kernel: Numbers): Float32Array {
  const { at, length } = kernelLayout(stage);
  const stored = new Float32Array(length);
  if (stage.kind === "dense") {
    const panelRows = roundUp(stage.inputs, ROWS);
    for (let i = 0; i < length; i++) {
      if (Math.floor(i / PANEL) % panelRows >= stage.inputs) stored[i] = Number.NaN;
    }
  }
  at.forEach((place, i) => {
    stored[place] = kernel[i];
  });
  return stored;
}

const CONVOLUTIONS = {
  [Method.direct]: "convolutionDirect",
  [Method.winograd]: "convolutionWinograd",
  [Method.oneChannel]: "convolutionOneChannel",
};

/** Forward pass of a convolution, including the packing of its kernel; with codes, or as `evaluate` runs it, without. */
export function convolve(
  harness: Harness,
  method: Method,
  stage: ConvolutionStage,
  N: number,
  { input, kernel, bias }: LayerData,
  wantsCodes = true,
): { output: Float32Array; codes: Uint8Array } {
  const packed = packKernel(harness, method, stage, kernel);
  harness.clear();
  const { outH, outW, F } = shapeFields(stage);
  const size = N * outH * outW * F;
  const inputAt = harness.floats(input);
  const output = harness.room(size * FLOAT);
  const codes = wantsCodes ? harness.room(size) : 0;
  const row = harness.stage(stage, {
    packedKernel: harness.floats(packed),
    bias: harness.floats(bias),
    scratch: harness.room(convolutionScratchBytes(stage, N, method)),
  });
  harness.call(CONVOLUTIONS[method], row, N, inputAt, output, codes, 0);
  return { output: harness.readFloats(output, size), codes: harness.readBytes(codes, wantsCodes ? size : 0) };
}

function packKernel(
  harness: Harness,
  method: Method,
  stage: ConvolutionStage,
  kernel: Numbers,
): Float32Array {
  harness.clear();
  const length = packedKernelFloats(stage, method);
  const packedKernel = harness.room(length * FLOAT);
  const panels = Math.ceil(stage.filters / PANEL);
  const patch = stage.kernelHeight * stage.kernelWidth * stage.input.channels;
  const panelFloats = length / panels;
  // The row that makes the direct method's patches even is zero from the start.
  if (method === Method.direct && patch * PANEL < panelFloats) {
    for (let panel = 0; panel < panels; panel++) {
      harness.write(packedKernel + (panel * panelFloats + patch * PANEL) * FLOAT, new Float32Array(PANEL));
    }
  }
  const fields = { kernel: harness.floats(storedKernel(stage, kernel)), packedKernel };
  const row = harness.stage(stage, { ...fields, method });
  for (let panel = 0; panel < panels; panel++) harness.call("packKernel", row, panel);
  return harness.readFloats(packedKernel, length);
}

/** Initial value of the gradients that a convolution's backward pass adds to. */
export const INITIAL_GRADIENT = 0.25;

/** Backward pass of a convolution, with or without the input gradient. */
export function convolveBack(
  harness: Harness,
  stage: ConvolutionStage,
  N: number,
  { input, kernel }: LayerData,
  outputGradient: Numbers,
  codes: Numbers,
  wantsInputGradient: boolean,
): { kernel: Float32Array; bias: Float32Array; input: Float32Array } {
  harness.clear();
  const { at, length } = kernelLayout(stage);
  const F = stage.filters;
  const inputAt = harness.floats(input);
  const gradientAt = harness.floats(outputGradient);
  const sliceKernelGradient = harness.floats(new Float32Array(length).fill(INITIAL_GRADIENT));
  harness.allow(sliceKernelGradient, length * FLOAT);
  const sliceBiasGradient = harness.floats(new Float32Array(F).fill(INITIAL_GRADIENT));
  harness.allow(sliceBiasGradient, F * FLOAT);
  const inputGradient = wantsInputGradient ? harness.room(input.length * FLOAT + gradientMargin(stage)) : 0;
  const row = harness.stage(stage, {
    kernel: harness.floats(storedKernel(stage, kernel)),
    codes: harness.bytes(codes),
    sliceKernelGradient,
    sliceBiasGradient,
    scratch: harness.room(backwardScratchBytes(stage)),
  });
  harness.call("convolutionBackward", row, N, inputAt, gradientAt, inputGradient, 0, 0);
  const stored = harness.readFloats(sliceKernelGradient, length);
  return {
    kernel: Float32Array.from(at, (place) => stored[place]),
    bias: harness.readFloats(sliceBiasGradient, F),
    input: harness.readFloats(inputGradient, wantsInputGradient ? input.length : 0),
  };
}

/** Rows of `stride` floats: the first `width` of each row hold the values, the others NaN. */
function strided(values: Numbers, width: number, stride: number, rows = values.length / width) {
  const result = new Float32Array(rows * stride).fill(Number.NaN);
  for (let i = 0; i < values.length; i++) result[Math.floor(i / width) * stride + (i % width)] = values[i];
  return result;
}

function unstrided(values: Numbers, width: number, stride: number, rows: number): Float32Array {
  return Float32Array.from(
    { length: rows * width },
    (_, i) => values[Math.floor(i / width) * stride + (i % width)],
  );
}

/** Images per step of a dense layer's forward product. */
const PRODUCT_ROWS = 4;

export function denseForward(
  harness: Harness,
  stage: DenseStage,
  N: number,
  { input, kernel, bias }: LayerData,
): Float32Array {
  harness.clear();
  const { inputs: C, units: F } = stage;
  const inputStride = C + 3;
  const width = roundUp(F, PANEL);
  const outputStride = width + PANEL;
  const rows = roundUp(N, PRODUCT_ROWS);
  const inputAt = harness.floats(strided(input, C, inputStride));
  const output = harness.floats(new Float32Array(rows * outputStride).fill(Number.NaN));
  for (let n = 0; n < rows; n++) harness.allow(output + n * outputStride * FLOAT, width * FLOAT);
  const row = harness.stage(stage, {
    kernel: harness.floats(storedKernel(stage, kernel)),
    bias: harness.floats(bias),
    inputStride,
    outputStride,
  });
  harness.call("denseForward", row, N, inputAt, output);
  return unstrided(harness.readFloats(output, rows * outputStride), F, outputStride, N);
}

/** The input gradient of a dense layer from the gradient before its activation. */
export function denseInputGradient(
  harness: Harness,
  stage: DenseStage,
  N: number,
  kernel: Numbers,
  outputGradient: Numbers,
): Float32Array {
  harness.clear();
  const { inputs: C, units: F } = stage;
  const inputStride = C + 5;
  const outputStride = roundUp(F, PANEL);
  const gradientAt = harness.floats(strided(outputGradient, F, outputStride));
  const inputGradient = harness.floats(new Float32Array(N * inputStride));
  for (let n = 0; n < N; n++) harness.allow(inputGradient + n * inputStride * FLOAT, C * FLOAT);
  const row = harness.stage(
    { ...stage, relu: false },
    {
      kernel: harness.floats(storedKernel(stage, kernel)),
      inputStride,
      outputStride,
      scratch: harness.room(denseScratchBytes(stage)),
    },
  );
  harness.call("denseBackward", row, N, 0, gradientAt, inputGradient, 0);
  return unstrided(harness.readFloats(inputGradient, N * inputStride), C, inputStride, N);
}

/** The kernel gradient of a dense layer, computed in pieces of `rowsPerPiece` inputs. */
export function denseKernelGradient(
  harness: Harness,
  stage: DenseStage,
  N: number,
  input: Numbers,
  outputGradient: Numbers,
  rowsPerPiece: number,
): Float32Array {
  harness.clear();
  const { inputs: C, units: F } = stage;
  const inputStride = C + 1;
  const outputStride = roundUp(F, PANEL);
  const { at, length } = kernelLayout(stage);
  const kernel = harness.floats(new Float32Array(length));
  const gradient = harness.room(length * FLOAT);
  const control = harness.control({ N, toGradient: gradient - kernel });
  const row = harness.stage(stage, {
    input: harness.floats(strided(input, C, inputStride)),
    outputGradient: harness.floats(strided(outputGradient, F, outputStride)),
    kernel,
    inputStride,
    outputStride,
  });
  for (let panel = 0; panel * PANEL < F; panel++) {
    for (let start = 0; start < C; start += rowsPerPiece) {
      harness.call("denseKernelGradient", control, row, panel, start, Math.min(C, start + rowsPerPiece));
    }
  }
  const stored = harness.readFloats(gradient, length);
  return Float32Array.from(at, (place) => stored[place]);
}

export function pool(harness: Harness, N: number, input: MaxPoolingStage["input"], images: Numbers) {
  harness.clear();
  const stage: MaxPoolingStage = { kind: "maxPooling", input };
  const { outH, outW, F } = shapeFields(stage);
  const size = N * outH * outW * F;
  const imagesAt = harness.floats(images);
  const output = harness.room(size * FLOAT);
  const codes = harness.room(size);
  harness.call("maxPoolingForward", harness.stage(stage, {}), N, imagesAt, output, codes);
  return { output: harness.readFloats(output, size), codes: harness.readBytes(codes, size) };
}

export function poolBack(
  harness: Harness,
  N: number,
  input: MaxPoolingStage["input"],
  outputGradient: Numbers,
  codes: Numbers,
): Float32Array {
  harness.clear();
  const size = N * input.height * input.width * input.channels;
  const gradientAt = harness.floats(outputGradient);
  const row = harness.stage({ kind: "maxPooling", input }, { codes: harness.bytes(codes) });
  const inputGradient = harness.room(size * FLOAT);
  harness.call("maxPoolingBackward", row, N, gradientAt, inputGradient, 0);
  return harness.readFloats(inputGradient, size);
}

/** Softmax and cross-entropy of a whole batch; the gradient is only computed for training. */
export function softmax(
  harness: Harness,
  N: number,
  classes: number,
  logits: Numbers,
  labels: Numbers,
  training: boolean,
) {
  harness.clear();
  const outputStride = roundUp(classes, PANEL);
  const outputGradient = harness.floats(strided([], classes, outputStride, N));
  if (training) {
    for (let n = 0; n < N; n++) harness.allow(outputGradient + n * outputStride * FLOAT, classes * FLOAT);
  }
  const losses = harness.room(N * 8);
  const predictions = harness.room(N * 4);
  const probabilities = harness.room(N * classes * FLOAT);
  const labelsAt = harness.integers(labels);
  const control = harness.control({
    N,
    training: Number(training),
    labels: labelsAt,
    losses,
    predictions,
    probabilities,
  });
  const row = harness.stage(
    { kind: "dense", inputs: 1, units: classes, relu: false },
    { output: harness.floats(strided(logits, classes, outputStride)), outputGradient, outputStride },
  );
  harness.call("softmaxCrossEntropy", control, row, 0, N);
  return {
    losses: harness.readDoubles(losses, N),
    predictions: harness.readIntegers(predictions, N),
    probabilities: harness.readFloats(probabilities, N * classes),
    gradient: training
      ? unstrided(harness.readFloats(outputGradient, N * outputStride), classes, outputStride, N)
      : new Float32Array(0),
  };
}

/** Adam on one variable that stays in the harness's memory. */
export function adamOn(harness: Harness, initial: Numbers) {
  harness.clear();
  const { length } = initial;
  const parameter = harness.floats(initial);
  const gradient = harness.floats(new Float32Array(length));
  const moment1 = harness.floats(new Float32Array(length));
  const moment2 = harness.floats(new Float32Array(length));
  const control = harness.control({
    toGradient: gradient - parameter,
    toMoment1: moment1 - parameter,
    toMoment2: moment2 - parameter,
  });
  for (const address of [parameter, moment1, moment2]) harness.allow(address, length * FLOAT);
  return (
    gradients: Numbers,
    rate: number,
    share1: number,
    share2: number,
    epsilon: number,
  ): Float32Array => {
    harness.write(gradient, gradients);
    harness.write(control + Control.rate * 4, [rate, share1, share2, epsilon]);
    harness.call("adam", control, parameter, length);
    return harness.readFloats(parameter, length);
  };
}
