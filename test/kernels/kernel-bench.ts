import { readFileSync } from "node:fs";
import { convolutionLayout, denseLayout, patchVectors } from "../../src/engine/parameters.ts";
import type { ConvolutionStage, DenseStage } from "../../src/engine/stages.ts";
import {
  BAND_ENTRIES,
  CHUNK,
  DIRECT_POSITIONS,
  PANEL,
  ROWS,
  WINOGRAD_TILES,
} from "../../src/kernels/tables.ts";

/**
 * The kernels one by one, in memory that is otherwise filled with NaN. A call fails if it changes a byte outside the room that
 * was set aside for its results.
 */

const PAGE = 65536;
const GUARD = 4096;
const POISON = 0xff;
const module = new WebAssembly.Module(
  readFileSync(new URL("../../dist/kernels/kernels.wasm", import.meta.url)),
);

type Kernel = (...values: number[]) => void;

export function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}

export class Bench {
  readonly #bytes: Uint8Array;
  readonly #exports: WebAssembly.Exports;
  readonly #start: number;
  #next = 0;
  #rooms: [start: number, end: number][] = [];

  constructor(megabytes: number) {
    const pages = (megabytes * 2 ** 20) / PAGE;
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    const imports = { env: { memory }, step: { now: () => 0 } };
    this.#exports = new WebAssembly.Instance(module, imports).exports;
    this.#bytes = new Uint8Array(memory.buffer);
    this.#start = roundUp((this.#exports.heapBase as WebAssembly.Global).value, 64);
    this.#next = this.#bytes.length;
    this.clear();
  }

  /** Forgets all blocks and poisons the memory. */
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

  /** New values for a block. */
  write(address: number, values: ArrayLike<number>): void {
    new Float32Array(this.#bytes.buffer, address, values.length).set(values);
  }

  /** A block that the next call may write. */
  room(bytes: number): number {
    const address = this.#take(bytes);
    this.allow(address, bytes);
    return address;
  }

  /** Lets the next call write these bytes. */
  allow(address: number, bytes: number): void {
    this.#rooms.push([address, address + bytes]);
  }

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
    if (this.#next > this.#bytes.length) throw new Error("the bench's memory is too small for this case");
    return address;
  }

  #firstChange(before: Buffer, start: number, end: number): string {
    for (let i = start; i < end; i++) {
      if (before[i] === this.#bytes[i]) continue;
      const room = this.#rooms.filter(([, last]) => last <= i).sort((a, b) => b[1] - a[1])[0];
      return room ? `${i - room[1]} bytes behind a block of ${room[1] - room[0]}` : `at ${i}`;
    }
    return "nowhere";
  }
}

type Numbers = ArrayLike<number>;

/** A convolution's kernel as the kernels keep it: places without a value are zero. */
export function patchPanel(stage: ConvolutionStage, kernel: Numbers): Float32Array {
  const { at, length } = convolutionLayout(stage);
  const panel = new Float32Array(length);
  at.forEach((place, i) => {
    panel[place] = kernel[i];
  });
  return panel;
}

/** A dense kernel as the kernels keep it; units that do not exist are zero, rows that do not exist are NaN. */
export function densePanels(stage: DenseStage, kernel: Numbers): Float32Array {
  const { at, length } = denseLayout(stage);
  const panels = new Float32Array(length);
  const panelRows = roundUp(stage.inputs, ROWS);
  for (let i = 0; i < length; i++)
    if (Math.floor(i / PANEL) % panelRows >= stage.inputs) panels[i] = Number.NaN;
  at.forEach((place, i) => {
    panels[place] = kernel[i];
  });
  return panels;
}

function convolvedSize(stage: ConvolutionStage): { height: number; width: number } {
  const shift = stage.pool ? 1 : 0;
  return {
    height: (stage.input.height - stage.kernelHeight + 1) >> shift,
    width: (stage.input.width - stage.kernelWidth + 1) >> shift,
  };
}

/** Forward convolution by either method, kernel packing included. */
export function convolve(
  bench: Bench,
  method: "direct" | "winograd",
  stage: ConvolutionStage,
  images: number,
  input: Numbers,
  kernel: Numbers,
  bias: Numbers,
): { output: Float32Array; codes: Uint8Array } {
  bench.clear();
  const { kernelHeight, kernelWidth, filters } = stage;
  const { height, width, channels } = stage.input;
  const panelCount = Math.ceil(filters / PANEL);
  const patch = kernelHeight * kernelWidth * channels;
  const length = method === "winograd" ? 16 * channels : roundUp(patch, 2);
  const source = bench.floats(patchPanel(stage, kernel));
  const panelFloats = length * PANEL;
  const panels = bench.room(panelCount * panelFloats * 4);
  // The row that makes a direct patch's length even is zero and stays so.
  if (method === "direct" && patch < length) {
    for (let panel = 0; panel < panelCount; panel++) {
      bench.write(panels + (panel * panelFloats + patch * PANEL) * 4, new Float32Array(PANEL));
    }
  }
  const vectors = patchVectors(stage);
  for (let panel = 0; panel < panelCount; panel++) {
    if (method === "winograd") bench.call("packWinograd", source, channels, filters, vectors, panel, panels);
    else
      bench.call("packDirect", source, kernelHeight, kernelWidth * channels, filters, vectors, panel, panels);
  }
  const packed = bench.readFloats(panels, panelCount * panelFloats);

  bench.clear();
  const size = convolvedSize(stage);
  const step = stage.pool ? 2 : 1;
  const results = images * size.height * size.width * filters;
  const inputAt = bench.floats(input);
  const panelsAt = bench.floats(packed);
  const biasAt = bench.floats(bias);
  const output = bench.room(results * 4);
  const codes = bench.room(results);
  const flags = [stage.relu ? 1 : 0, stage.pool ? 1 : 0];
  if (method === "winograd") {
    const tiles = images * Math.ceil((size.height * step) / 2) * Math.ceil((size.width * step) / 2);
    const rows = roundUp(Math.min(WINOGRAD_TILES, tiles), ROWS);
    const scratch = bench.room(16 * rows * (channels + PANEL) * 4);
    const shape = [inputAt, images, height, width, channels, filters];
    bench.call("convolutionWinograd", ...shape, panelsAt, biasAt, ...flags, output, codes, scratch);
  } else {
    const scratch = bench.room(DIRECT_POSITIONS * (length + PANEL) * 4 + 64);
    const shape = [inputAt, images, height, width, channels, kernelHeight, kernelWidth, filters];
    bench.call("convolutionDirect", ...shape, panelsAt, biasAt, ...flags, output, codes, scratch);
  }
  return { output: bench.readFloats(output, results), codes: bench.readBytes(codes, results) };
}

/** What is already in the gradients that the convolution's way back adds to. */
export const SEED_GRADIENT = 0.25;

/** Way back through a convolution; the input gradient on request. */
export function convolveBack(
  bench: Bench,
  stage: ConvolutionStage,
  images: number,
  input: Numbers,
  kernel: Numbers,
  outputGradient: Numbers,
  codes: Numbers,
  wantsInputGradient: boolean,
): { kernel: Float32Array; bias: Float32Array; input: Float32Array } {
  bench.clear();
  const { kernelHeight, kernelWidth, filters } = stage;
  const { height, width, channels } = stage.input;
  const { at, length } = convolutionLayout(stage);
  const inputAt = bench.floats(input);
  const gradientAt = bench.floats(outputGradient);
  const codesAt = bench.bytes(codes);
  const kernelAt = bench.floats(patchPanel(stage, kernel));
  const kernelGradient = bench.floats(new Float32Array(length).fill(SEED_GRADIENT));
  bench.allow(kernelGradient, length * 4);
  const biasGradient = bench.floats(new Float32Array(filters).fill(SEED_GRADIENT));
  bench.allow(biasGradient, filters * 4);
  // Padded rows and columns of the last patches may be added behind the last image.
  const margin = wantsInputGradient ? 3 * width * channels + 16 : 0;
  const inputSize = images * height * width * channels;
  const inputGradient = wantsInputGradient ? bench.room((inputSize + margin) * 4) : 0;
  const size = convolvedSize(stage);
  const places = stage.pool ? 4 : 1;
  const cells = bandRows(size.width * filters) * size.width;
  const scratch = bench.room(8 * filters * cells * (1 + places) + 4 * (filters + cells * places) + 128);
  bench.call(
    "convolutionGradient",
    ...[inputAt, gradientAt, codesAt, images, height, width, channels, kernelHeight, kernelWidth, filters],
    ...[stage.pool ? 1 : 0, patchVectors(stage), kernelAt, kernelGradient, biasGradient],
    ...[inputGradient, scratch],
  );
  const panel = bench.readFloats(kernelGradient, length);
  return {
    kernel: Float32Array.from(at, (place) => panel[place]),
    bias: bench.readFloats(biasGradient, filters),
    input: bench.readFloats(inputGradient, wantsInputGradient ? inputSize : 0),
  };
}

function bandRows(rowEntries: number): number {
  return Math.max(1, Math.floor(BAND_ENTRIES / rowEntries));
}

/** Rows × `stride` floats of which the first `width` of each row hold the values, the others NaN. */
export function strided(values: Numbers, width: number, stride: number, rows = values.length / width) {
  const result = new Float32Array(rows * stride).fill(Number.NaN);
  for (let i = 0; i < values.length; i++) result[Math.floor(i / width) * stride + (i % width)] = values[i];
  return result;
}

export function unstrided(values: Numbers, width: number, stride: number, rows: number): Float32Array {
  return Float32Array.from(
    { length: rows * width },
    (_, i) => values[Math.floor(i / width) * stride + (i % width)],
  );
}

/** Images a dense product's rows are rounded up to. */
const PRODUCT_ROWS = 4;

export function denseForward(
  bench: Bench,
  stage: DenseStage,
  images: number,
  input: Numbers,
  kernel: Numbers,
  bias: Numbers,
) {
  bench.clear();
  const { inputs, units } = stage;
  const inputStride = inputs + 3;
  const width = roundUp(units, PANEL);
  const stride = width + PANEL;
  const rows = roundUp(images, PRODUCT_ROWS);
  const inputAt = bench.floats(strided(input, inputs, inputStride));
  const kernelAt = bench.floats(densePanels(stage, kernel));
  const biasAt = bench.floats(bias);
  const output = bench.floats(new Float32Array(rows * stride).fill(Number.NaN));
  for (let row = 0; row < rows; row++) bench.allow(output + row * stride * 4, width * 4);
  const flags = stage.relu ? 1 : 0;
  const places = [inputAt, inputStride * 4, images, inputs, units, kernelAt, biasAt, flags];
  bench.call("denseForward", ...places, output, stride * 4);
  return unstrided(bench.readFloats(output, rows * stride), units, stride, images);
}

export function denseInputGradient(
  bench: Bench,
  stage: DenseStage,
  images: number,
  kernel: Numbers,
  outputGradient: Numbers,
): Float32Array {
  bench.clear();
  const { inputs, units } = stage;
  const inputStride = inputs + 5;
  const stride = roundUp(units, PANEL);
  const gradientAt = bench.floats(strided(outputGradient, units, stride));
  const kernelAt = bench.floats(densePanels(stage, kernel));
  const inputGradient = bench.floats(new Float32Array(images * inputStride));
  for (let n = 0; n < images; n++) bench.allow(inputGradient + n * inputStride * 4, inputs * 4);
  const scratch = bench.room((stride + roundUp(inputs, ROWS)) * CHUNK * 4);
  const places = [gradientAt, stride * 4, images, inputs, units, kernelAt];
  bench.call("denseInputGradient", ...places, inputGradient, inputStride * 4, scratch);
  return unstrided(bench.readFloats(inputGradient, images * inputStride), inputs, inputStride, images);
}

/** The kernel's gradient in pieces of `rowsPerPiece` input features. */
export function denseKernelGradient(
  bench: Bench,
  stage: DenseStage,
  images: number,
  input: Numbers,
  outputGradient: Numbers,
  rowsPerPiece: number,
): Float32Array {
  bench.clear();
  const { inputs, units } = stage;
  const inputStride = inputs + 1;
  const stride = roundUp(units, PANEL);
  const { at, length } = denseLayout(stage);
  const inputAt = bench.floats(strided(input, inputs, inputStride));
  const gradientAt = bench.floats(strided(outputGradient, units, stride));
  const gradient = bench.room(length * 4);
  for (let panel = 0; panel * PANEL < units; panel++) {
    for (let start = 0; start < inputs; start += rowsPerPiece) {
      const end = Math.min(inputs, start + rowsPerPiece);
      const places = [inputAt, inputStride * 4, images, inputs, gradientAt, stride * 4];
      bench.call("denseKernelGradient", ...places, panel, start, end, gradient);
    }
  }
  const panels = bench.readFloats(gradient, length);
  return Float32Array.from(at, (place) => panels[place]);
}

export function pool(bench: Bench, images: number, shape: ConvolutionStage["input"], input: Numbers) {
  bench.clear();
  const { height, width, channels } = shape;
  const results = images * (height >> 1) * (width >> 1) * channels;
  const inputAt = bench.floats(input);
  const output = bench.room(results * 4);
  const codes = bench.room(results);
  bench.call("maxPooling", inputAt, images, height, width, channels, output, codes);
  return { output: bench.readFloats(output, results), codes: bench.readBytes(codes, results) };
}

export function poolBack(
  bench: Bench,
  images: number,
  shape: ConvolutionStage["input"],
  outputGradient: Numbers,
  codes: Numbers,
): Float32Array {
  bench.clear();
  const { height, width, channels } = shape;
  const size = images * height * width * channels;
  const gradientAt = bench.floats(outputGradient);
  const codesAt = bench.bytes(codes);
  const inputGradient = bench.room(size * 4);
  bench.call("maxPoolingGradient", gradientAt, codesAt, images, height, width, channels, inputGradient);
  return bench.readFloats(inputGradient, size);
}

export function softmax(
  bench: Bench,
  images: number,
  classes: number,
  logits: Numbers,
  labels: Numbers,
  wantsGradient: boolean,
) {
  bench.clear();
  const stride = roundUp(classes, PANEL);
  const logitsAt = bench.floats(strided(logits, classes, stride));
  const labelsAt = bench.integers(labels);
  const losses = bench.room(images * 8);
  const predictions = bench.room(images * 4);
  const probabilities = bench.room(images * classes * 4);
  const gradient = wantsGradient ? bench.floats(strided([], classes, stride, images)) : 0;
  if (wantsGradient) for (let n = 0; n < images; n++) bench.allow(gradient + n * stride * 4, classes * 4);
  const results = [losses, predictions, probabilities, gradient];
  bench.call("softmaxCrossEntropy", logitsAt, stride * 4, images, classes, labelsAt, ...results, 1 / images);
  return {
    losses: bench.readDoubles(losses, images),
    predictions: bench.readIntegers(predictions, images),
    probabilities: bench.readFloats(probabilities, images * classes),
    gradient: unstrided(
      bench.readFloats(gradient, wantsGradient ? images * stride : 0),
      classes,
      stride,
      wantsGradient ? images : 0,
    ),
  };
}

/** Adam on one variable that stays in the bench's memory. */
export function adamOn(bench: Bench, initial: Numbers) {
  bench.clear();
  const { length } = initial;
  const parameter = bench.floats(initial);
  const gradient = bench.floats(new Float32Array(length));
  const moment1 = bench.floats(new Float32Array(length));
  const moment2 = bench.floats(new Float32Array(length));
  for (const address of [parameter, moment1, moment2]) bench.allow(address, length * 4);
  return (
    gradients: Numbers,
    rate: number,
    share1: number,
    share2: number,
    epsilon: number,
  ): Float32Array => {
    bench.write(gradient, gradients);
    const distances = [gradient - parameter, moment1 - parameter, moment2 - parameter];
    bench.call("adam", parameter, length, ...distances, rate, share1, share2, epsilon);
    return bench.readFloats(parameter, length);
  };
}
