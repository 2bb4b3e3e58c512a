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
  readonly #values: number;
  readonly #lists: number;
  readonly #out: number;

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
    this.#panels = this.#kernels.heapBase;
    this.#start = this.#panels + panelBytes;
    this.#out = this.#start + rowBytes;
    this.#cursors = this.#out + ROWS * rowBytes;
    this.#values = this.#cursors + ROWS * 4;
    this.#lists = this.#values + ROWS * size * 4;
    this.#pack(matrix, spreadMap(map, size));
  }

  /** Replaces images by what the matrix makes of them. */
  apply(images: Float64Array): void {
    const [size, columns] = [this.#size, this.#columns];
    const { buffer } = this.#kernels.memory;
    const values = new Float32Array(buffer, this.#values, ROWS * size);
    const out = new Float32Array(buffer, this.#out, ROWS * columns);
    const count = images.length / size;
    for (let start = 0; start < count; start += ROWS) {
      const rows = Math.min(ROWS, count - start);
      values.set(images.subarray(start * size, (start + rows) * size));
      this.#kernels.multiplySparse(
        this.#values,
        rows,
        size,
        this.#panels,
        this.#start,
        columns,
        this.#lists,
        this.#cursors,
        this.#out,
      );
      for (let row = 0; row < rows; row++) {
        images.set(out.subarray(row * columns, row * columns + size), (start + row) * size);
      }
    }
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
