import type { ImageShape, Pixels } from "../../data/dataset.ts";

/** Applies a fitted scaling to images, from their pixels straight to float32. */
export interface Rule {
  /**
   * @param pixels whole images of `shape`, NHWC
   * @param indexes which images, in which order
   * @param out receives the scaled images, from its beginning
   */
  apply(pixels: Pixels, shape: ImageShape, indexes: Uint32Array, out: Float32Array): void;
  /**
   * Lets threads share the work where that pays. The results keep their bits.
   *
   * @param threads including the calling one
   * @returns a function that ends the others
   */
  useThreads?(threads: number): Promise<() => Promise<void>>;
}
