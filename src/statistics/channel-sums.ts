import { type Kernels, kernelsWithMemory } from "../kernels/load.ts";

/** 8-bit or 16-bit pixels. */
export type IntegerPixels = Uint8Array | Uint16Array;

/** Sums over the values of one channel. */
export interface Sums {
  readonly sum: bigint;
  readonly squares: bigint;
  /** Infinity without values. */
  readonly min: number;
  /** 0 without values. */
  readonly max: number;
}

export const NO_SUMS: Sums = { sum: 0n, squares: 0n, min: Number.POSITIVE_INFINITY, max: 0 };

/** Bytes that the kernel takes at a time: a multiple of 3, so that each piece begins with the first channel. */
const PIECE = 3 << 16;
/** Bytes of an entry of the kernel (see assembly/sums.ts), and where in it the parts begin. */
const ENTRY = 48;
const [SQUARES, LEAST, LARGEST] = [8, 16, 32];
/** 16-bit values whose squares add up to a safe integer. */
const SAFE_VALUES = 2 ** 21;

/**
 * Exact sums over each of the channels, which take turns in `values`.
 *
 * @throws PixscaleError as `compileKernels` does
 */
export function sumChannels(values: IntegerPixels, channels: number): Sums[] {
  if (values instanceof Uint8Array && (channels === 1 || channels === 3)) return sumBytes(values, channels);
  return Array.from({ length: channels }, (_, channel) => sumStrided(values, channel, channels));
}

/** The sums over two groups of values together. */
export function joinSums(a: Sums, b: Sums): Sums {
  return {
    sum: a.sum + b.sum,
    squares: a.squares + b.squares,
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
  };
}

let kernels: (Kernels & { memory: WebAssembly.Memory }) | undefined;

function sumBytes(bytes: Uint8Array, channels: number): Sums[] {
  kernels ??= kernelsWithMemory(3 * ENTRY + PIECE, "statistics");
  const { memory, heapBase } = kernels;
  const entries = heapBase;
  const input = entries + 3 * ENTRY;
  const memoryBytes = new Uint8Array(memory.buffer);
  memoryBytes.fill(0, entries, input);
  for (let channel = 0; channel < channels; channel++) {
    const entry = entries + channel * ENTRY;
    memoryBytes.fill(255, entry + LEAST, entry + LARGEST);
  }
  for (let start = 0; start < bytes.length; start += PIECE) {
    const piece = bytes.subarray(start, start + PIECE);
    memoryBytes.set(piece, input);
    kernels.sumBytes(input, piece.length, channels, entries);
  }
  if (bytes.length === 0) return new Array<Sums>(channels).fill(NO_SUMS);
  const view = new DataView(memory.buffer);
  return Array.from({ length: channels }, (_, channel) => {
    const entry = entries + channel * ENTRY;
    return {
      sum: view.getBigUint64(entry, true),
      squares: view.getBigUint64(entry + SQUARES, true),
      min: Math.min(...memoryBytes.subarray(entry + LEAST, entry + LARGEST)),
      max: Math.max(...memoryBytes.subarray(entry + LARGEST, entry + ENTRY)),
    };
  });
}

function sumStrided(values: IntegerPixels, first: number, step: number): Sums {
  let all = NO_SUMS;
  for (let start = first; start < values.length; start += SAFE_VALUES * step) {
    const end = Math.min(values.length, start + SAFE_VALUES * step);
    let [sum, squares, min, max] = [0, 0, Number.POSITIVE_INFINITY, 0];
    for (let i = start; i < end; i += step) {
      const value = values[i];
      sum += value;
      squares += value * value;
      if (value < min) min = value;
      if (value > max) max = value;
    }
    all = joinSums(all, { sum: BigInt(sum), squares: BigInt(squares), min, max });
  }
  return all;
}
