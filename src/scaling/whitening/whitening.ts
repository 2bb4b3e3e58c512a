import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { builtFile } from "../../built.ts";
import type { ImageShape, Pixels } from "../../data/dataset.ts";
import { type Kernels, kernelsWithMemory } from "../../kernels/load.ts";
import { COLUMNS, DENSE_OUTPUTS, DENSE_SCRATCH } from "../../kernels/whitening-panel.ts";
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

/** Images multiplied at a time, so that their data stay in cache. */
const ROWS = 160;
/** Above this share of values that are not 0, leaving out the others takes longer than it saves. */
const DENSE_SHARE = 0.45;

/**
 * Multiplies images by a matrix after an affine map: `matrix · (scale ∘ (x − shift))`. Both are folded into
 * `(matrix·diag(scale)) · x − matrix·diag(scale)·shift`, so that values of 0, the background of many images, cost nothing.
 * In float32, summed in order.
 */
export class Whitening implements Rule {
  readonly #kernels: Kernels & { memory: WebAssembly.Memory };
  readonly #places: WhiteningPlaces;
  /** [ROWS][size]. */
  readonly #input: Float32Array;
  /** [ROWS][columns]. */
  readonly #output: Float32Array;
  readonly #words: Int32Array;
  /** Threads that share the work, including this one. */
  #threads = 1;

  /**
   * @param matrix [size][size]
   * @param map its number of groups divides `size`
   * @throws PixscaleError if it does not fit into memory
   */
  constructor(matrix: Float32Array, map: AffineMap, size: number) {
    const columns = Math.ceil(size / COLUMNS) * COLUMNS;
    const bytes = {
      panels: columns * size * 4,
      densePanels: columns * size * 4,
      start: columns * 4,
      output: ROWS * columns * 4,
      cursors: ROWS * 4,
      input: ROWS * size * 4,
      packed: ROWS * DENSE_SCRATCH,
      lists: ROWS * (size + 1) * ENTRY_BYTES,
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
    this.#input = new Float32Array(memory.buffer, this.#places.input, ROWS * size);
    this.#output = new Float32Array(memory.buffer, this.#places.output, ROWS * columns);
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
    this.#inBlocks(
      images.length / size,
      (image) => images.subarray(image * size, (image + 1) * size),
      (row, image) => images.set(row, image * size),
    );
  }

  apply(pixels: Pixels, _shape: ImageShape, indexes: Uint32Array, out: Float32Array): void {
    const { size } = this.#places;
    this.#inBlocks(
      indexes.length,
      (image) => pixels.subarray(indexes[image] * size, (indexes[image] + 1) * size),
      (row, image) => out.set(row, image * size),
    );
  }

  /** @param take gets a whitened image, in memory that is reused */
  #inBlocks(
    count: number,
    valuesOf: (image: number) => ArrayLike<number>,
    take: (values: Float32Array, image: number) => void,
  ): void {
    const { size, columns } = this.#places;
    for (let first = 0; first < count; first += ROWS) {
      const rows = Math.min(ROWS, count - first);
      for (let row = 0; row < rows; row++) this.#input.set(valuesOf(first + row), row * size);
      this.#multiply(rows);
      for (let row = 0; row < rows; row++) {
        take(this.#output.subarray(row * columns, row * columns + size), first + row);
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
    const start = new Float32Array(buffer, places.start, size);
    for (let column = 0; column < size; column++) {
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
