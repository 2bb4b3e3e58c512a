import type { Kernels } from "../../kernels/load.ts";
import { DENSE_IMAGES, DENSE_SCRATCH } from "../../kernels/whitening-panel.ts";

/** What one value in a list of `multiplySparse` needs. */
export const ENTRY_BYTES = 8;

/** Where a whitening keeps its arrays: addresses in the kernels' memory, see `multiplySparse`. */
export interface WhiteningPlaces {
  readonly size: number;
  readonly columns: number;
  readonly panels: number;
  /** The same matrix, see `multiplyDense`. */
  readonly densePanels: number;
  readonly start: number;
  readonly input: number;
  readonly output: number;
  readonly lists: number;
  readonly cursors: number;
  /** Scratch memory of `multiplyDense`. */
  readonly packed: number;
  /** Words by which threads meet, see `Word`. */
  readonly control: number;
}

/** Indices of the words by which threads meet. */
export const Word = {
  /** Rises with each block of images that is to be multiplied. */
  sequence: 0,
  /** Images in the block. */
  rows: 1,
  /** Workers that have done their part of it. */
  done: 2,
  /** Not 0 once a worker has failed. */
  failed: 3,
  /** Not 0 if few values of the block are 0. */
  dense: 4,
} as const;

export const WORD_BYTES = 4 * Object.keys(Word).length;

/** The instructions of a worker. */
export interface WhiteningWork {
  readonly memory: WebAssembly.Memory;
  readonly places: WhiteningPlaces;
  /** From 1: thread 0 is the one that has the images. */
  readonly thread: number;
  readonly threads: number;
}

/** The words of a whitening. */
export function wordsOf({ buffer }: WebAssembly.Memory, { control }: WhiteningPlaces): Int32Array {
  return new Int32Array(buffer, control, WORD_BYTES / 4);
}

/**
 * Multiplies those of the first `rows` images that fall to a thread. The sums are the same however they are shared, and whether
 * values of 0 are left out or not.
 */
export function multiplyShare(
  kernels: Pick<Kernels, "multiplySparse" | "multiplyDense">,
  places: WhiteningPlaces,
  rows: number,
  dense: boolean,
  thread: number,
  threads: number,
): void {
  const { size, columns, panels, densePanels, start, input, output, lists, cursors, packed } = places;
  // Whole groups of images, as a group is multiplied at once.
  const groups = Math.ceil(rows / DENSE_IMAGES);
  const first = Math.floor((groups * thread) / threads) * DENSE_IMAGES;
  const end = Math.min(rows, Math.floor((groups * (thread + 1)) / threads) * DENSE_IMAGES);
  if (dense) {
    kernels.multiplyDense(
      input + first * size * 4,
      end - first,
      size,
      densePanels,
      start,
      columns,
      packed + first * DENSE_SCRATCH,
      output + first * columns * 4,
    );
    return;
  }
  kernels.multiplySparse(
    input + first * size * 4,
    end - first,
    size,
    panels,
    start,
    columns,
    lists + first * (size + 1) * ENTRY_BYTES,
    cursors + first * 4,
    output + first * columns * 4,
  );
}
