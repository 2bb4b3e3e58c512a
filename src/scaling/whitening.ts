import type { Pixels } from "../data/dataset.ts";
import { type AffineMap, spreadMap } from "./affine-map.ts";
import { COLUMNS } from "./kernels/layout.ts";
import { type WhiteningKernels, whiteningKernels } from "./whitening-kernels.ts";

/** Images multiplied at a time: what they need stays in cache. */
const ROWS = 64;
const ENTRY_BYTES = 8;

/**
 * Multiplies images by a matrix after an affine map: `matrix · (scale ∘ (x − shift))`. Both are folded into
 * `(matrix·diag(scale)) · x − matrix·diag(scale)·shift`, so that values of 0, the background of many images, cost nothing.
 * Float32, summed in order.
 */
export class Whitening {
  readonly #kernels: WhiteningKernels;
  readonly #size: number;
  readonly #columns: number;
  readonly #panels: number;
  readonly #start: number;
  readonly #cursors: number;
  readonly #lists: number;
  /** [ROWS][size]. */
  readonly #input: Float32Array;
  /** [ROWS][columns]. */
  readonly #output: Float32Array;

  /**
   * @param matrix [size][size]
   * @param map of as many groups as go evenly into `size`
   * @throws PixscaleError if it does not fit into memory
   */
  constructor(matrix: Float32Array, map: AffineMap, size: number) {
    const columns = Math.ceil(size / COLUMNS) * COLUMNS;
    const panelBytes = columns * size * 4;
    const rowBytes = columns * 4;
    const bytes = panelBytes + rowBytes + ROWS * (4 + size * 4 + (size + 1) * ENTRY_BYTES + rowBytes);
    this.#kernels = whiteningKernels(bytes);
    this.#size = size;
    this.#columns = columns;
    const { buffer } = this.#kernels.memory;
    this.#panels = this.#kernels.heapBase;
    this.#start = this.#panels + panelBytes;
    this.#output = new Float32Array(buffer, this.#start + rowBytes, ROWS * columns);
    this.#cursors = this.#output.byteOffset + this.#output.byteLength;
    this.#input = new Float32Array(buffer, this.#cursors + ROWS * 4, ROWS * size);
    this.#lists = this.#input.byteOffset + this.#input.byteLength;
    this.#pack(matrix, spreadMap(map, size));
  }

  /** Replaces images by what the matrix makes of them. */
  apply(images: Float64Array): void {
    const size = this.#size;
    const count = images.length / size;
    for (let start = 0; start < count; start += ROWS) {
      const rows = Math.min(ROWS, count - start);
      this.#input.set(images.subarray(start * size, (start + rows) * size));
      this.#multiply(rows);
      for (let row = 0; row < rows; row++) images.set(this.#outputRow(row), (start + row) * size);
    }
  }

  /** The same with the images `order[start]` … `order[start + count − 1]`, straight from pixels of `size` values each to `out`. */
  run(
    pixels: Pixels,
    size: number,
    order: Uint32Array,
    start: number,
    count: number,
    out: Float32Array,
  ): void {
    for (let first = 0; first < count; first += ROWS) {
      const rows = Math.min(ROWS, count - first);
      for (let row = 0; row < rows; row++) {
        const from = order[start + first + row] * size;
        this.#input.set(pixels.subarray(from, from + size), row * size);
      }
      this.#multiply(rows);
      for (let row = 0; row < rows; row++) out.set(this.#outputRow(row), (first + row) * size);
    }
  }

  #multiply(rows: number): void {
    this.#kernels.multiplySparse(
      this.#input.byteOffset,
      rows,
      this.#size,
      this.#panels,
      this.#start,
      this.#columns,
      this.#lists,
      this.#cursors,
      this.#output.byteOffset,
    );
  }

  #outputRow(row: number): Float32Array {
    const start = row * this.#columns;
    return this.#output.subarray(start, start + this.#size);
  }

  #pack(matrix: Float32Array, { shift, scale }: AffineMap): void {
    const size = this.#size;
    const { buffer } = this.#kernels.memory;
    const panels = new Float32Array(buffer, this.#panels, this.#columns * size);
    const start = new Float32Array(buffer, this.#start, size);
    for (let column = 0; column < size; column++) {
      const first = (column - (column % COLUMNS)) * size + (column % COLUMNS);
      let sum = 0;
      for (let k = 0; k < size; k++) {
        const factor = matrix[column * size + k] * scale[k];
        panels[first + k * COLUMNS] = factor;
        sum += factor * shift[k];
      }
      start[column] = -sum;
    }
  }
}
