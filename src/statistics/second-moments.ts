import { Crew } from "../linear-algebra/crew.ts";
import { columnOf } from "../linear-algebra/matrix.ts";
import { BLOCK_IMAGES, type MomentPlaces, momentPlaces } from "../linear-algebra/moment-programs.ts";

/** Images whose byte products fit into 32-bit sums: two in each of 2^14 rows. */
const INTEGER_IMAGES = 2 ** 15;
/** Below this width other threads take longer to start than they save. */
const SHARED_WIDTH = 256;

/**
 * Sums over images of the products of every two of their values: `XᵀX` for the data matrix X [images][width]. For bytes it
 * is exact up to 2^53. The same bits for any number of threads. `close` must follow.
 */
export class SecondMoments {
  readonly #crew: Crew;
  readonly #width: number;
  readonly #bytes: boolean;
  readonly #places: MomentPlaces;
  readonly #block: Uint8Array;
  /** Images whose products are in the 32-bit sums. */
  #pending = 0;

  /**
   * @param width values per image
   * @param kind of the values
   * @throws PixscaleError if the sums do not fit into memory
   */
  constructor(width: number, kind: "bytes" | "doubles", threads = 1) {
    const all = width < SHARED_WIDTH ? 1 : threads;
    this.#width = width;
    this.#bytes = kind === "bytes";
    this.#crew = new Crew(all, momentPlaces(width, this.#bytes, all, 0).end, "zca");
    this.#places = momentPlaces(width, this.#bytes, all, this.#crew.base);
    this.#block = new Uint8Array(
      this.#crew.doubles.buffer,
      this.#places.bytes,
      this.#places.padded * BLOCK_IMAGES,
    );
  }

  /** Adds whole images. */
  addBytes(pixels: Uint8Array): void {
    const width = this.#width;
    const { padded } = this.#places;
    const count = pixels.length / width;
    for (let start = 0; start < count; start += BLOCK_IMAGES) {
      const images = Math.min(BLOCK_IMAGES, count - start);
      for (let image = 0; image < images; image++) {
        const from = (start + image) * width;
        this.#block.set(pixels.subarray(from, from + width), image * padded);
      }
      if (this.#pending + BLOCK_IMAGES > INTEGER_IMAGES) this.#moveSums();
      this.#crew.run("addBytes", width, this.#crew.base, images);
      this.#pending += BLOCK_IMAGES;
    }
  }

  /** Adds whole images. */
  addDoubles(images: Float64Array): void {
    const width = this.#width;
    const count = images.length / width;
    for (let start = 0; start < count; start += BLOCK_IMAGES) {
      const columns = Math.min(BLOCK_IMAGES, count - start);
      for (let image = 0; image < columns; image++) {
        const from = (start + image) * width;
        const to = columnOf(this.#crew.doubles, this.#places.images, image);
        to.set(images.subarray(from, from + width));
      }
      this.#crew.run("addDoubles", width, this.#crew.base, columns);
    }
  }

  /** All sums as a full matrix, [width][width]. */
  matrix(): Float64Array {
    if (this.#bytes) this.#moveSums();
    const width = this.#width;
    const full = new Float64Array(width * width);
    for (let i = 0; i < width; i++) {
      const row = columnOf(this.#crew.doubles, this.#places.sums, i);
      for (let j = i; j < width; j++) {
        full[i * width + j] = row[j];
        full[j * width + i] = row[j];
      }
    }
    return full;
  }

  /** Ends the other threads. */
  close(): void {
    this.#crew.close();
  }

  #moveSums(): void {
    this.#crew.run("moveByteSums", this.#width, this.#crew.base);
    this.#pending = 0;
  }
}
