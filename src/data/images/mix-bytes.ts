import { growMemory, type Kernels, kernelsWithGrowingMemory } from "../../kernels/load.ts";
import type { ImageShape } from "../dataset.ts";
import { type ImageSize, type LinearTaps, linearTaps } from "./resize.ts";

/** Bytes around the images that the kernel may touch. */
const MARGIN = 16;

let kernels: (Kernels & { memory: WebAssembly.Memory }) | undefined;

/**
 * Resizes an image of bytes as `resizeLikeTensorFlow` does with `bilinear`, and rounds: halves go up.
 *
 * @param values [height][width][channels] of at most 4 channels
 * @returns [to.height][to.width][channels], in memory that the next call overwrites
 * @throws PixscaleError if the image needs more memory than there is, and as `compileKernels` does
 */
export function mixBytes(values: Uint8Array, from: ImageShape, to: ImageSize): Uint8Array {
  kernels ??= kernelsWithGrowingMemory();
  const { memory, heapBase } = kernels;
  const { channels } = from;
  const rows = places(linearTaps(from.height, to.height), from.width * channels);
  const columns = places(linearTaps(from.width, to.width), channels);
  const [rowsAt, length] = [heapBase, to.height * to.width * channels];
  const columnsAt = rowsAt + rows.length;
  const input = columnsAt + columns.length;
  const output = input + values.length + MARGIN;
  growMemory(memory, output + length + MARGIN, "resize");
  const bytes = new Uint8Array(memory.buffer);
  bytes.set(rows, rowsAt);
  bytes.set(columns, columnsAt);
  bytes.set(values, input);
  kernels.mixBytes(input, rowsAt, to.height, columnsAt, to.width, channels, output);
  return bytes.subarray(output, output + length);
}

/** The kernel's table of places (see assembly/mix.ts). @param step bytes from one index to the next */
function places({ lower, upper, share }: LinearTaps, step: number): Uint8Array {
  const words = new Uint32Array(3 * share.length);
  const shares = new Float32Array(words.buffer);
  for (let i = 0; i < share.length; i++) {
    words[3 * i] = lower[i] * step;
    words[3 * i + 1] = upper[i] * step;
    shares[3 * i + 2] = share[i];
  }
  return new Uint8Array(words.buffer);
}
