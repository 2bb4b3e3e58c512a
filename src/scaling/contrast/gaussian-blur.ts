import type { ImageShape } from "../../data/dataset.ts";

/** Pixels on each side of the middle one. */
const RADIUS = 4;

/**
 * A separable Gaussian filter of 9 × 9 weights on planes of one size, in double precision. At the border the image is mirrored with
 * its edge repeated (d c b a | a b c d | d c b a). SciPy: `ndimage.gaussian_filter(plane, sigma, radius=4, mode="reflect")`.
 */
export class GaussianBlur {
  /** Of the middle pixel and of those at a distance of 1 to 4. */
  readonly #weights: readonly number[];
  readonly #height: number;
  readonly #width: number;
  /** For the rows −4 … height + 3, the rows of the plane that they show; likewise for columns. */
  readonly #rows: Int32Array;
  readonly #columns: Int32Array;
  readonly #scratch: Float64Array;
  readonly #line: Float64Array;

  constructor({ height, width }: Pick<ImageShape, "height" | "width">, sigma: number) {
    const halves = [0, 1, 2, 3, 4].map((distance) => Math.exp(-0.5 * (distance / sigma) ** 2));
    const sum = 2 * halves.reduce((a, b) => a + b) - halves[0];
    this.#weights = halves.map((weight) => weight / sum);
    this.#height = height;
    this.#width = width;
    this.#rows = mirrored(height);
    this.#columns = mirrored(width);
    this.#scratch = new Float64Array(height * width);
    this.#line = new Float64Array(width + 2 * RADIUS);
  }

  /** @param plane height × width values, which are replaced */
  apply(plane: Float64Array): void {
    this.#blurColumns(plane, this.#scratch);
    this.#blurRows(this.#scratch, plane);
  }

  // The nine products are written out, as a loop over them takes several times as long.

  #blurColumns(plane: Float64Array, out: Float64Array): void {
    const [w0, w1, w2, w3, w4] = this.#weights;
    const width = this.#width;
    for (let y = 0; y < this.#height; y++) {
      const [a, b, c, d, e, f, g, h, i] = this.#rows.subarray(y, y + 9);
      for (let x = 0; x < width; x++) {
        out[y * width + x] =
          w0 * plane[e * width + x] +
          w1 * (plane[d * width + x] + plane[f * width + x]) +
          w2 * (plane[c * width + x] + plane[g * width + x]) +
          w3 * (plane[b * width + x] + plane[h * width + x]) +
          w4 * (plane[a * width + x] + plane[i * width + x]);
      }
    }
  }

  #blurRows(plane: Float64Array, out: Float64Array): void {
    const [w0, w1, w2, w3, w4] = this.#weights;
    const line = this.#line;
    const columns = this.#columns;
    const width = this.#width;
    for (let row = 0; row < plane.length; row += width) {
      for (let x = 0; x < line.length; x++) line[x] = plane[row + columns[x]];
      for (let x = 0; x < width; x++) {
        out[row + x] =
          w0 * line[x + 4] +
          w1 * (line[x + 3] + line[x + 5]) +
          w2 * (line[x + 2] + line[x + 6]) +
          w3 * (line[x + 1] + line[x + 7]) +
          w4 * (line[x] + line[x + 8]);
      }
    }
  }
}

/** The places −4 … length + 3, mirrored into 0 … length − 1. */
function mirrored(length: number): Int32Array {
  const period = 2 * length;
  return Int32Array.from({ length: length + 2 * RADIUS }, (_, i) => {
    const within = (((i - RADIUS) % period) + period) % period;
    return within < length ? within : period - 1 - within;
  });
}
