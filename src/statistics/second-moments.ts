import { type Kernels, kernelsWithMemory } from "../kernels/load.ts";

/** Images per block: a block stays in the L2 cache while the kernel reads it. */
const BLOCK = 256;
/** Bytes per value in a block: enough for a double, and for a 16-bit integer. */
const VALUE_BYTES = 8;

/**
 * Sums over images of the products of every two of their values: `XᵀX` for the data matrix X [images][width]. For bytes it
 * is exact up to 2^53.
 */
export class SecondMoments {
  readonly #kernels: Kernels & { memory: WebAssembly.Memory };
  readonly #width: number;
  /** The width that the kernels need: a multiple of 8. */
  readonly #padded: number;
  readonly #sums: number;
  readonly #block: number;

  /**
   * @param width values per image
   * @throws PixscaleError if the sums do not fit into memory
   */
  constructor(width: number) {
    const padded = Math.ceil(width / 8) * 8;
    const sumBytes = padded * padded * 8;
    this.#kernels = kernelsWithMemory(sumBytes + BLOCK * padded * VALUE_BYTES, "zca");
    this.#width = width;
    this.#padded = padded;
    this.#sums = this.#kernels.heapBase;
    this.#block = this.#sums + sumBytes;
  }

  /** Adds whole images. */
  addBytes(pixels: Uint8Array): void {
    const [width, padded] = [this.#width, this.#padded];
    const pairs = new Int16Array(this.#kernels.memory.buffer, this.#block, BLOCK * padded);
    const count = pixels.length / width;
    for (let start = 0; start < count; start += BLOCK) {
      const images = Math.min(BLOCK, count - start);
      const rows = Math.ceil(images / 2);
      // An odd last image is paired with zeros.
      pairs.fill(0, 2 * padded * (rows - 1), 2 * padded * rows);
      for (let image = 0; image < images; image++) {
        const from = (start + image) * width;
        const to = 2 * padded * (image >> 1) + (image & 1);
        for (let i = 0; i < width; i++) pairs[to + 2 * i] = pixels[from + i];
      }
      this.#kernels.addPairProducts(this.#block, rows, padded, this.#sums);
    }
  }

  /** Adds whole images. */
  addDoubles(images: Float64Array): void {
    const [width, padded] = [this.#width, this.#padded];
    const block = new Float64Array(this.#kernels.memory.buffer, this.#block, BLOCK * padded);
    const count = images.length / width;
    for (let start = 0; start < count; start += BLOCK) {
      const rows = Math.min(BLOCK, count - start);
      for (let row = 0; row < rows; row++) {
        block.set(images.subarray((start + row) * width, (start + row + 1) * width), row * padded);
      }
      this.#kernels.addDoubleProducts(this.#block, rows, padded, this.#sums);
    }
  }

  /** All sums as a full matrix, [width][width]. */
  matrix(): Float64Array {
    const width = this.#width;
    const sums = new Float64Array(this.#kernels.memory.buffer, this.#sums, this.#padded ** 2);
    const full = new Float64Array(width * width);
    for (let i = 0; i < width; i++) {
      for (let j = i; j < width; j++) {
        full[i * width + j] = sums[i * this.#padded + j];
        full[j * width + i] = full[i * width + j];
      }
    }
    return full;
  }
}
