import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { builtFile } from "../../built.ts";
import type { ImageShape, Pixels } from "../../data/dataset.ts";
import { type Kernels, kernelsWithMemory } from "../../kernels/load.ts";
import { COLUMNS, DENSE_IMAGES, DENSE_OUTPUTS, DENSE_SCRATCH } from "../../kernels/whitening-panel.ts";
import { type AffineMap, spreadMap } from "../apply/affine-map.ts";
import type { Rule } from "../apply/rule.ts";
import {
  ENTRY_BYTES,
  multiplyShare,
  type WhiteningPlaces,
  type WhiteningWork,
  WORD_BYTES,
  Word,
  wordsOf,
} from "./whitening-share.ts";

/** Images multiplied at a time, so that their data stay in cache: fewer of large ones. */
const MAX_ROWS = 160;
const MAX_VALUES = 2 ** 20;
/** Above this share of values that are not 0, leaving out the others takes longer than it saves. */
const DENSE_SHARE = 0.45;

/**
 * Multiplies images by a matrix after an affine map: `matrix · (scale ∘ (x − shift))`. Both are folded into
 * `(matrix·diag(scale)) · x − matrix·diag(scale)·shift`, so that values of 0, the background of many images, cost nothing.
 * In float32, summed in order. As a rule, a product with fewer rows than values is followed by zeros.
 */
export class Whitening implements Rule {
  readonly #kernels: Kernels & { memory: WebAssembly.Memory };
  readonly #places: WhiteningPlaces;
  /** Images multiplied at a time. */
  readonly #rows: number;
  /** [rows][size]. */
  readonly #input: Float32Array;
  /** Numbers of a product. */
  readonly #outputs: number;
  /** [rows][columns]. */
  readonly #output: Float32Array;
  readonly #words: Int32Array;
  /** Threads that share the work, including this one. */
  #threads = 1;

  /**
   * @param matrix [outputs][size]
   * @param map its number of groups divides `size`
   * @param size values of an image
   * @throws PixscaleError if it does not fit into memory
   */
  constructor(matrix: Float32Array, map: AffineMap, size: number) {
    const outputs = matrix.length / size;
    const columns = Math.ceil(outputs / COLUMNS) * COLUMNS;
    const fitting = Math.floor(MAX_VALUES / Math.max(size, columns) / DENSE_IMAGES) * DENSE_IMAGES;
    const rows = Math.max(DENSE_IMAGES, Math.min(MAX_ROWS, fitting));
    const bytes = {
      panels: columns * size * 4,
      densePanels: columns * size * 4,
      start: columns * 4,
      output: rows * columns * 4,
      cursors: rows * 4,
      input: rows * size * 4,
      packed: rows * DENSE_SCRATCH,
      lists: rows * (size + 1) * ENTRY_BYTES,
      control: WORD_BYTES,
    };
    this.#kernels = kernelsWithMemory(
      Object.values(bytes).reduce((sum, each) => sum + each),
      "zca",
    );
    let end = this.#kernels.heapBase;
    const place = (length: number) => {
      end += length;
      return end - length;
    };
    this.#places = {
      size,
      columns,
      panels: place(bytes.panels),
      densePanels: place(bytes.densePanels),
      start: place(bytes.start),
      output: place(bytes.output),
      cursors: place(bytes.cursors),
      input: place(bytes.input),
      lists: place(bytes.lists),
      packed: place(bytes.packed),
      control: place(bytes.control),
    };
    const { memory } = this.#kernels;
    this.#rows = rows;
    this.#outputs = outputs;
    this.#input = new Float32Array(memory.buffer, this.#places.input, rows * size);
    this.#output = new Float32Array(memory.buffer, this.#places.output, rows * columns);
    this.#words = wordsOf(memory, this.#places);
    this.#pack(matrix, spreadMap(map, size));
  }

  async useThreads(threads: number): Promise<() => Promise<void>> {
    const workers = Array.from({ length: threads - 1 }, (_, i) => {
      const work: WhiteningWork = {
        memory: this.#kernels.memory,
        places: this.#places,
        thread: i + 1,
        threads,
      };
      return new Worker(builtFile("scaling/whitening/whitening-worker.js"), {
        workerData: work,
        execArgv: [],
      });
    });
    const end = async () => {
      this.#threads = 1;
      await Promise.all(workers.map((worker) => worker.terminate()));
    };
    try {
      await Promise.all(workers.map((worker) => once(worker, "message")));
    } catch (error) {
      await end();
      throw error;
    }
    for (const worker of workers) {
      worker.unref();
      // A worker reports its failure through its word in shared memory.
      worker.on("error", () => {});
    }
    this.#threads = threads;
    return end;
  }

  /** Whitens images in place. */
  applyInPlace(images: Float64Array): void {
    const { size } = this.#places;
    this.multiply(
      images.length / size,
      (image) => images.subarray(image * size, (image + 1) * size),
      (row, image) => {
        images.set(row, image * size);
        images.fill(0, image * size + row.length, (image + 1) * size);
      },
    );
  }

  apply(pixels: Pixels, _shape: ImageShape, indexes: Uint32Array, out: Float32Array): void {
    const { size } = this.#places;
    this.multiply(
      indexes.length,
      (image) => pixels.subarray(indexes[image] * size, (indexes[image] + 1) * size),
      (row, image) => {
        out.set(row, image * size);
        out.fill(0, image * size + row.length, (image + 1) * size);
      },
    );
  }

  /** Multiplies images. @param take gets a product, in memory that is reused */
  multiply(
    count: number,
    valuesOf: (image: number) => ArrayLike<number>,
    take: (values: Float32Array, image: number) => void,
  ): void {
    const { size, columns } = this.#places;
    for (let first = 0; first < count; first += this.#rows) {
      const rows = Math.min(this.#rows, count - first);
      for (let row = 0; row < rows; row++) this.#input.set(valuesOf(first + row), row * size);
      this.#multiply(rows);
      for (let row = 0; row < rows; row++) {
        take(this.#output.subarray(row * columns, row * columns + this.#outputs), first + row);
      }
    }
  }

  #multiply(rows: number): void {
    const words = this.#words;
    const others = this.#threads - 1;
    const dense = this.#isDense(rows);
    if (others > 0) {
      Atomics.store(words, Word.rows, rows);
      Atomics.store(words, Word.dense, Number(dense));
      Atomics.store(words, Word.done, 0);
      Atomics.add(words, Word.sequence, 1);
      Atomics.notify(words, Word.sequence);
    }
    multiplyShare(this.#kernels, this.#places, rows, dense, 0, this.#threads);
    for (let done = 0; done < others; done = Atomics.load(words, Word.done)) {
      if (Atomics.load(words, Word.failed) !== 0) throw new Error("a whitening thread has failed");
      // A failed worker never counts itself as done, so this must not wait forever.
      Atomics.wait(words, Word.done, done, 100);
    }
  }

  #isDense(rows: number): boolean {
    const values = this.#input.subarray(0, rows * this.#places.size);
    let count = 0;
    for (let i = 0; i < values.length; i++) count += values[i] === 0 ? 0 : 1;
    return count > values.length * DENSE_SHARE;
  }

  #pack(matrix: Float32Array, { shift, scale }: AffineMap): void {
    const { size, columns, ...places } = this.#places;
    const { buffer } = this.#kernels.memory;
    const panels = new Float32Array(buffer, places.panels, columns * size);
    const densePanels = new Float32Array(buffer, places.densePanels, columns * size);
    const outputs = this.#outputs;
    const start = new Float32Array(buffer, places.start, outputs);
    for (let column = 0; column < outputs; column++) {
      const first = (column - (column % COLUMNS)) * size + (column % COLUMNS);
      const firstDense = (column - (column % DENSE_OUTPUTS)) * size + (column % DENSE_OUTPUTS);
      let sum = 0;
      for (let k = 0; k < size; k++) {
        const factor = matrix[column * size + k] * scale[k];
        panels[first + k * COLUMNS] = factor;
        densePanels[firstDense + k * DENSE_OUTPUTS] = factor;
        sum += factor * shift[k];
      }
      // Not −sum: that would be −0 where the sum is 0.
      start[column] = 0 - sum;
    }
  }
}
