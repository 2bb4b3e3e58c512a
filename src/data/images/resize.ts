import { growMemory, type Kernels, kernelsWithGrowingMemory } from "../../kernels/load.ts";
import { type ImageShape, imageSize, type Pixels } from "../dataset.ts";
import { FILTERS, type FilterName, filterTaps, nearestIndices, type Taps } from "./resize-filters.ts";

export const INTERPOLATIONS = ["nearest", ...FILTERS] as const;
export type Interpolation = (typeof INTERPOLATIONS)[number];

/** Height and width in pixels. */
export type ImageSize = Pick<ImageShape, "height" | "width">;

/** Bytes that the kernels may read or write after a block (see assembly/resize.ts). */
const MARGIN = 16;
/** Bytes before the weights of an output. */
const HEAD = 8;
/** A byte's weights are integers scaled by 2^22, cut into 15 low bits and the rest. */
const PRECISION = 22;
const LOW_BITS = 15;
/** Pillow reduces the height first if the height exceeds this many widths. */
const TALL = 100;

/** The work for one source shape. What the passes read besides the image lies in memory. */
interface Plan {
  readonly from: ImageShape;
  readonly bytesPerValue: number;
  /** Address of the source. */
  readonly input: number;
  readonly passes: readonly (() => void)[];
  /** Address of the result. */
  readonly output: number;
}

/**
 * Resizes images to one size. The result equals that of Pillow 12's `Image.resize` in every bit: for bytes in the modes L, RGB
 * and CMYK, where each channel is on its own. (In the modes LA and RGBA Pillow multiplies the colours by alpha first.) It reduces
 * with antialiasing, as torchvision's `v2.Resize` on PIL images and Keras' `flow_from_directory` do.
 *
 * 16-bit values take the same weights in double precision; each of the two passes rounds to the nearest integer (halves up) and
 * clips to 0..65535. One channel equals Pillow's mode I;16 in every bit. Pillow has no 16-bit colours: here each channel is on
 * its own.
 *
 * A resizer keeps the weights of the last source shape and its memory, which grows to the needs of the largest image.
 */
export class Resizer {
  readonly #to: ImageSize;
  readonly #interpolation: Interpolation;
  #kernels: OwnKernels | undefined;
  #plan: Plan | undefined;

  /** @throws RangeError if a size is not a whole number, 1 or more */
  constructor(to: ImageSize, interpolation: Interpolation) {
    checkSize(to);
    this.#to = { height: to.height, width: to.width };
    this.#interpolation = interpolation;
  }

  /**
   * @param values [height][width][channels]
   * @returns [to.height][to.width][channels], in memory that the next image overwrites; `values` itself if it has this size
   * @throws PixscaleError if the image needs more memory than there is, and as `compileKernels` does
   * @throws RangeError if a size is not a whole number, 1 or more, or `values` is not one image
   */
  resize(values: Uint8Array, from: ImageShape): Uint8Array;
  resize(values: Uint16Array, from: ImageShape): Uint16Array;
  resize(values: Uint8Array | Uint16Array, from: ImageShape): Uint8Array | Uint16Array;
  resize(values: Uint8Array | Uint16Array, from: ImageShape): Uint8Array | Uint16Array {
    checkImage(values, from);
    const { height, width } = this.#to;
    const bytesPerValue = values.BYTES_PER_ELEMENT;
    const View = bytesPerValue === 2 ? Uint16Array : Uint8Array;
    if (from.height === height && from.width === width) return values;
    this.#kernels ??= kernelsWithGrowingMemory();
    if (this.#plan === undefined || !fits(this.#plan, from, bytesPerValue)) {
      this.#plan =
        this.#interpolation === "nearest"
          ? planNearest(this.#kernels, from, this.#to, bytesPerValue)
          : planFilter(this.#kernels, from, this.#to, bytesPerValue, this.#interpolation);
    }
    const { input, passes, output } = this.#plan;
    const { buffer } = this.#kernels.memory;
    new View(buffer, input, values.length).set(values);
    for (const pass of passes) pass();
    return new View(buffer, output, height * width * from.channels);
  }
}

type OwnKernels = Kernels & { memory: WebAssembly.Memory };

/** Hands out memory from the start, which grows as needed and keeps what is in it. */
class Layout {
  readonly #kernels: OwnKernels;
  #end: number;

  constructor(kernels: OwnKernels) {
    this.#kernels = kernels;
    this.#end = kernels.heapBase;
  }

  /** Room for an image, and one row more: the last pair of weights may reach one pixel or row too far. */
  image(height: number, rowBytes: number): number {
    return this.#reserve((height + 1) * rowBytes);
  }

  /** A copy of a table. */
  table(words: Uint32Array): number {
    const address = this.#reserve(words.byteLength);
    new Uint32Array(this.#kernels.memory.buffer, address, words.length).set(words);
    return address;
  }

  #reserve(bytes: number): number {
    const address = Math.ceil(this.#end / MARGIN) * MARGIN;
    this.#end = address + bytes + MARGIN;
    growMemory(this.#kernels.memory, this.#end, "resize");
    return address;
  }
}

function planNearest(kernels: OwnKernels, from: ImageShape, to: ImageSize, bytesPerValue: number): Plan {
  const layout = new Layout(kernels);
  const pixel = from.channels * bytesPerValue;
  const input = layout.image(from.height, from.width * pixel);
  const distances = (length: number, outLength: number, step: number) => {
    const indices = nearestIndices(length, outLength, bytesPerValue);
    return layout.table(Uint32Array.from(indices, (index) => index * step));
  };
  const rows = distances(from.height, to.height, from.width * pixel);
  const columns = distances(from.width, to.width, pixel);
  const output = layout.image(to.height, to.width * pixel);
  const pass = () => kernels.pickPixels(input, rows, to.height, columns, to.width, pixel, output);
  return { from: { ...from }, bytesPerValue, input, passes: [pass], output };
}

function planFilter(
  kernels: OwnKernels,
  from: ImageShape,
  to: ImageSize,
  bytesPerValue: number,
  filter: FilterName,
): Plan {
  const layout = new Layout(kernels);
  const words = bytesPerValue === 2;
  const across = words ? kernels.resizeWordsAcross : kernels.resizeBytesAcross;
  const down = words ? kernels.resizeWordsDown : kernels.resizeBytesDown;
  const taps = (length: number, outLength: number, step: number) =>
    layout.table(encodeTaps(filterTaps(filter, length, outLength), step, bytesPerValue));
  const C = from.channels;
  const input = layout.image(from.height, from.width * C * bytesPerValue);
  const passes: (() => void)[] = [];
  // The image so far.
  let { height: H, width: W } = from;
  let output = input;
  const addAcross = () => {
    if (W === to.width) return;
    const [oldW, rows, source, table] = [W, H, output, taps(W, to.width, C)];
    W = to.width;
    const result = layout.image(H, W * C * bytesPerValue);
    passes.push(() => across(source, rows, oldW, C, table, to.width, result));
    output = result;
  };
  const addDown = () => {
    if (H === to.height) return;
    const [row, source, table] = [W * C, output, taps(H, to.height, W * C)];
    H = to.height;
    const result = layout.image(H, row * bytesPerValue);
    passes.push(() => down(source, table, to.height, row, result));
    output = result;
  };
  const heightFirst = from.height > TALL * from.width && to.height < from.height;
  for (const add of heightFirst ? [addDown, addAcross] : [addAcross, addDown]) add();
  return { from: { ...from }, bytesPerValue, input, passes, output };
}

function fits({ from, bytesPerValue }: Plan, shape: ImageShape, bytes: number): boolean {
  return (
    from.height === shape.height &&
    from.width === shape.width &&
    from.channels === shape.channels &&
    bytesPerValue === bytes
  );
}

/** Taps as the kernels read them (see assembly/resize.ts). Source values lie `step` values apart. */
function encodeTaps(taps: readonly Taps[], step: number, bytesPerValue: number): Uint32Array {
  const pairs = (weights: Float64Array) => Math.ceil(weights.length / 2);
  const entries = ({ weights }: Taps) => (bytesPerValue === 1 ? pairs(weights) : weights.length);
  const bytes = taps.reduce((sum, tap) => sum + HEAD + 8 * entries(tap), 0);
  const words = new Uint32Array(bytes / 4);
  const doubles = new Float64Array(words.buffer);
  let at = 0;
  for (const tap of taps) {
    words[at++] = tap.start * step * bytesPerValue;
    words[at++] = entries(tap);
    if (bytesPerValue === 1) {
      for (let i = 0; i < tap.weights.length; i += 2) {
        const first = fixedPoint(tap.weights[i]);
        const second = i + 1 < tap.weights.length ? fixedPoint(tap.weights[i + 1]) : 0;
        const mask = 2 ** LOW_BITS - 1;
        words[at++] = (first & mask) | ((second & mask) << 16);
        words[at++] = ((first >> LOW_BITS) & 0xffff) | ((second >> LOW_BITS) << 16);
      }
    } else {
      doubles.set(tap.weights, at / 2);
      at += 2 * tap.weights.length;
    }
  }
  return words;
}

/** A weight scaled by 2^22 and rounded, halves away from 0, as in Pillow. */
function fixedPoint(weight: number): number {
  const scaled = weight * 2 ** PRECISION;
  return Math.trunc(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
}

export const TENSORFLOW_METHODS = ["bilinear", "nearest"] as const;
export type TensorFlowMethod = (typeof TENSORFLOW_METHODS)[number];

/**
 * Resizes an image as TensorFlow 2's `tf.image.resize(images, size, method)` does, with half-pixel centres and without
 * antialiasing. The float32 results equal those of its CPU kernel on x86 in every bit: each operation is rounded to float32, in the
 * same order.
 *
 * @param values [height][width][channels]
 * @returns [to.height][to.width][channels]; `nearest` too, whose values TensorFlow leaves in their type
 * @throws RangeError if a size is not a whole number, 1 or more, or `values` is not one image
 */
export function resizeLikeTensorFlow(
  values: Pixels,
  from: ImageShape,
  to: ImageSize,
  method: TensorFlowMethod,
): Float32Array {
  checkImage(values, from);
  checkSize(to);
  const { channels } = from;
  const rowStep = from.width * channels;
  const out = new Float32Array(to.height * to.width * channels);
  let at = 0;
  if (method === "nearest") {
    const columns = nearestCentres(from.width, to.width);
    for (const row of nearestCentres(from.height, to.height)) {
      for (const column of columns) {
        const pixel = row * rowStep + column * channels;
        for (let c = 0; c < channels; c++) out[at++] = values[pixel + c];
      }
    }
    return out;
  }
  const rows = linearTaps(from.height, to.height);
  const columns = linearTaps(from.width, to.width);
  for (let y = 0; y < to.height; y++) {
    const top = rows.lower[y] * rowStep;
    const bottom = rows.upper[y] * rowStep;
    const down = rows.share[y];
    for (let x = 0; x < to.width; x++) {
      const left = columns.lower[x] * channels;
      const right = columns.upper[x] * channels;
      const across = columns.share[x];
      for (let c = 0; c < channels; c++) {
        const upper = mix(values[top + left + c], values[top + right + c], across);
        const lower = mix(values[bottom + left + c], values[bottom + right + c], across);
        out[at++] = mix(upper, lower, down);
      }
    }
  }
  return out;
}

/** a + (b − a) · share in float32. */
function mix(a: number, b: number, share: number): number {
  return Math.fround(a + Math.fround(Math.fround(b - a) * share));
}

/** Place of each output in the source, in float32: (out + 0.5) · scale. */
function centres(length: number, outLength: number): Float32Array {
  const scale = Math.fround(length / outLength);
  return Float32Array.from({ length: outLength }, (_, out) => Math.fround(out + 0.5) * scale);
}

/** The source index of each output. */
function nearestCentres(length: number, outLength: number): Int32Array {
  return Int32Array.from(centres(length, outLength), (centre) => Math.min(Math.floor(centre), length - 1));
}

/** The two source indices of each output, and the share of the upper one. */
export interface LinearTaps {
  readonly lower: Int32Array;
  readonly upper: Int32Array;
  readonly share: Float32Array;
}

/** What `resizeLikeTensorFlow` mixes along a side. */
export function linearTaps(length: number, outLength: number): LinearTaps {
  const places = centres(length, outLength).map((centre) => centre - 0.5);
  return {
    lower: Int32Array.from(places, (place) => Math.max(Math.floor(place), 0)),
    upper: Int32Array.from(places, (place) => Math.min(Math.ceil(place), length - 1)),
    share: places.map((place) => place - Math.floor(place)),
  };
}

function checkSize({ height, width }: ImageSize): void {
  for (const size of [height, width]) {
    if (!Number.isInteger(size) || size < 1) {
      throw new RangeError(`height and width are whole numbers, 1 or more, not ${height} × ${width}`);
    }
  }
}

function checkImage(values: Pixels, from: ImageShape): void {
  checkSize(from);
  if (values.length !== imageSize(from)) {
    throw new RangeError(
      `an image of ${from.height} × ${from.width} × ${from.channels} has ${imageSize(from)} values, not ${values.length}`,
    );
  }
}
