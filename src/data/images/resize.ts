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

/** The work for one source shape; the weights lie in memory. */
interface Plan {
  readonly from: ImageShape;
  readonly bytesPerValue: number;
  /** Address of the source, for the passes, and of their result. */
  readonly input: number;
  readonly passes: readonly (() => void)[];
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
  #kernels: (Kernels & { memory: WebAssembly.Memory }) | undefined;
  #plan: Plan | undefined;

  /** @throws RangeError if a size is not a whole number, 1 or more */
  constructor(to: ImageSize, interpolation: Interpolation) {
    checkSize(to);
    this.#to = { height: to.height, width: to.width };
    this.#interpolation = interpolation;
  }

  /**
   * @param values [height][width][channels]
   * @returns new values, [to.height][to.width][channels]
   * @throws PixscaleError if the image needs more memory than there is, and as `compileKernels` does
   * @throws RangeError if a size is not a whole number, 1 or more, or `values` is not one image
   */
  resize(values: Uint8Array, from: ImageShape): Uint8Array;
  resize(values: Uint16Array, from: ImageShape): Uint16Array;
  resize(values: Uint8Array | Uint16Array, from: ImageShape): Uint8Array | Uint16Array;
  resize(values: Uint8Array | Uint16Array, from: ImageShape): Uint8Array | Uint16Array {
    checkImage(values, from);
    const { height, width } = this.#to;
    if (from.height === height && from.width === width) return values.slice();
    if (this.#interpolation === "nearest") {
      const bytes = values.BYTES_PER_ELEMENT;
      const rows = nearestIndices(from.height, height, bytes);
      return pick(values, from, rows, nearestIndices(from.width, width, bytes));
    }
    return this.#filter(values, from, this.#interpolation);
  }

  #filter(values: Uint8Array | Uint16Array, from: ImageShape, filter: FilterName): Uint8Array | Uint16Array {
    this.#kernels ??= kernelsWithGrowingMemory();
    const { memory } = this.#kernels;
    if (this.#plan === undefined || !fits(this.#plan, from, values.BYTES_PER_ELEMENT)) {
      this.#plan = makePlan(this.#kernels, from, this.#to, filter, values.BYTES_PER_ELEMENT);
    }
    const { input, passes, output } = this.#plan;
    const View = values.BYTES_PER_ELEMENT === 2 ? Uint16Array : Uint8Array;
    new View(memory.buffer, input, values.length).set(values);
    for (const pass of passes) pass();
    const length = this.#to.height * this.#to.width * from.channels;
    // A copy in memory of its own: the next image overwrites this one.
    return new View(memory.buffer, output, length).slice();
  }
}

/** Lays out the memory, grows it if necessary and writes the taps. */
function makePlan(
  kernels: Kernels & { memory: WebAssembly.Memory },
  from: ImageShape,
  to: ImageSize,
  filter: FilterName,
  bytesPerValue: number,
): Plan {
  const { memory } = kernels;
  const [across, down] =
    bytesPerValue === 2
      ? [kernels.resizeWordsAcross, kernels.resizeWordsDown]
      : [kernels.resizeBytesAcross, kernels.resizeBytesDown];
  const { channels: C } = from;
  let { height: H, width: W } = from;
  let end = kernels.heapBase;
  const reserve = (bytes: number) => {
    const address = Math.ceil(end / MARGIN) * MARGIN;
    end = address + bytes + MARGIN;
    // Growing keeps what is in memory.
    growMemory(memory, end, "resize");
    return address;
  };
  // One row more: the last pair of weights may reach one pixel or row too far.
  const reserveImage = () => reserve((H + 1) * W * C * bytesPerValue);
  const reserveTaps = (length: number, outLength: number, step: number) => {
    const taps = encodeTaps(filterTaps(filter, length, outLength), step, bytesPerValue);
    const address = reserve(taps.byteLength);
    new Uint32Array(memory.buffer, address, taps.length).set(taps);
    return address;
  };
  const input = reserveImage();
  let output = input;
  const passes: (() => void)[] = [];
  const addAcross = () => {
    if (W === to.width) return;
    const taps = reserveTaps(W, to.width, C);
    const [rows, columns, source] = [H, W, output];
    W = to.width;
    const result = reserveImage();
    passes.push(() => across(source, rows, columns, C, taps, to.width, result));
    output = result;
  };
  const addDown = () => {
    if (H === to.height) return;
    const row = W * C;
    const taps = reserveTaps(H, to.height, row);
    const source = output;
    H = to.height;
    const result = reserveImage();
    passes.push(() => down(source, taps, to.height, row, result));
    output = result;
  };
  const order = H > TALL * W && to.height < H ? [addDown, addAcross] : [addAcross, addDown];
  for (const add of order) add();
  return {
    from: { height: from.height, width: from.width, channels: C },
    bytesPerValue,
    input,
    passes,
    output,
  };
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

/** The pixels at the given rows and columns. */
function pick<T extends Pixels>(
  values: T,
  { width, channels }: ImageShape,
  rows: Int32Array,
  columns: Int32Array,
): T {
  // Where each value of a row comes from.
  const sources = new Int32Array(columns.length * channels);
  for (let i = 0; i < sources.length; i++) {
    sources[i] = columns[Math.trunc(i / channels)] * channels + (i % channels);
  }
  const length = sources.length;
  const out = new (values.constructor as new (length: number) => T)(rows.length * length);
  for (let y = 0; y < rows.length; y++) {
    const to = y * length;
    if (y > 0 && rows[y] === rows[y - 1]) {
      out.copyWithin(to, to - length, to);
      continue;
    }
    const from = rows[y] * width * channels;
    for (let i = 0; i < length; i++) out[to + i] = values[from + sources[i]];
  }
  return out;
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
  if (method === "nearest") {
    const [rows, columns] = [[from.height, to.height] as const, [from.width, to.width] as const].map(
      ([length, outLength]) =>
        centres(length, outLength).map((centre) => Math.min(Math.floor(centre), length - 1)),
    );
    return Float32Array.from(pick(values, from, Int32Array.from(rows), Int32Array.from(columns)));
  }
  const rows = linearTaps(from.height, to.height);
  const columns = linearTaps(from.width, to.width);
  const { channels } = from;
  const rowStep = from.width * channels;
  const out = new Float32Array(to.height * to.width * channels);
  let at = 0;
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

/** The two source indices of each output, and the share of the upper one. */
function linearTaps(length: number, outLength: number) {
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
