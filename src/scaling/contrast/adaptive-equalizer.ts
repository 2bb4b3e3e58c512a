import { spreadExcess } from "./spread-excess.ts";

const LEVELS = 16384;
const BINS = 256;
/** Levels of one bin. */
const BIN_LEVELS = 1 + Math.floor(LEVELS / BINS);
/** Tiles along each side of an image. */
const TILES = 8;

/** How the rows (or columns) of an image fall into tiles. */
interface Side {
  /** Pixels of a tile. */
  readonly tile: number;
  /** Number of tiles, the last one perhaps beyond the image. */
  readonly tiles: number;
  /** For each pixel of all tiles the pixel of the image that it shows: the image is mirrored at its end. */
  readonly source: Int32Array;
  /** For each pixel of the image the two tiles between which its mapping is interpolated, and the weight of the second. */
  readonly before: Int32Array;
  readonly after: Int32Array;
  readonly weight: Float64Array;
}

/**
 * Contrast limited adaptive histogram equalization of planes of one size. scikit-image: `_clahe` in `exposure/_adapthist.py`, with
 * tiles of 1/8 of height and width and 256 bins, in the same arithmetic.
 */
export class AdaptiveEqualizer {
  readonly #rows: Side;
  readonly #columns: Side;
  readonly #limit: number;
  /** The level of each cumulated count of a tile. */
  readonly #levels: Uint16Array;
  readonly #counts = new Int32Array(BINS);
  readonly #bins: Uint8Array;
  readonly #width: number;
  /** The cumulated histogram of each tile, and memory for those that are not among `#flat`. */
  readonly #sums: Uint32Array[];
  readonly #own: readonly Uint32Array[];
  /** The histograms of tiles that lie within one bin, by that bin: those of flat regions are computed only once. */
  readonly #flat: Uint32Array[] = new Array(BINS);

  /** @param clip fraction of a tile's pixels that one bin may hold; 0: no limit */
  constructor(height: number, width: number, clip: number) {
    this.#rows = divide(height);
    this.#columns = divide(width);
    const pixels = this.#rows.tile * this.#columns.tile;
    this.#limit = clip > 0 ? Math.floor(Math.max(clip * pixels, 1)) : pixels;
    // What exceeds the limit is spread in portions, so that a sum may be larger than the tile.
    const most = pixels + BINS;
    const factor = (LEVELS - 1) / pixels;
    this.#levels = Uint16Array.from({ length: most + 1 }, (_, sum) => Math.min(sum * factor, LEVELS - 1));
    this.#width = width;
    this.#bins = new Uint8Array(height * width);
    const tiles = this.#rows.tiles * this.#columns.tiles;
    this.#own = Array.from({ length: tiles }, () => new Uint32Array(BINS));
    this.#sums = [...this.#own];
  }

  /** @param plane height × width levels, whole numbers from 0 to 16383; replaced by the equalized levels */
  apply(plane: Float64Array): void {
    for (let i = 0; i < plane.length; i++) this.#bins[i] = Math.floor(plane[i] / BIN_LEVELS);
    for (let row = 0, tile = 0; row < this.#rows.tiles; row++) {
      for (let column = 0; column < this.#columns.tiles; column++, tile++) this.#mapTile(row, column, tile);
    }
    this.#interpolate(plane);
  }

  #mapTile(row: number, column: number, tile: number): void {
    const bin = this.#onlyBin(row, column);
    if (bin === undefined) {
      this.#sums[tile] = this.#cumulate(row, column, this.#own[tile]);
    } else {
      this.#flat[bin] ??= this.#cumulate(row, column, new Uint32Array(BINS));
      this.#sums[tile] = this.#flat[bin];
    }
  }

  /** The bin of all pixels of a tile; undefined if there are several. */
  #onlyBin(row: number, column: number): number | undefined {
    const { source: rows, tile: height } = this.#rows;
    const { source: columns, tile: width } = this.#columns;
    const bin = this.#bins[rows[row * height] * this.#width + columns[column * width]];
    for (let y = row * height; y < (row + 1) * height; y++) {
      const start = rows[y] * this.#width;
      for (let x = column * width; x < (column + 1) * width; x++) {
        if (this.#bins[start + columns[x]] !== bin) return undefined;
      }
    }
    return bin;
  }

  /** The clipped histogram of a tile, cumulated into `out`. */
  #cumulate(row: number, column: number, out: Uint32Array): Uint32Array {
    const counts = this.#counts.fill(0);
    const { source: rows, tile: height } = this.#rows;
    const { source: columns, tile: width } = this.#columns;
    const limit = this.#limit;
    let excess = 0;
    for (let y = row * height; y < (row + 1) * height; y++) {
      const start = rows[y] * this.#width;
      for (let x = column * width; x < (column + 1) * width; x++) {
        const bin = this.#bins[start + columns[x]];
        if (counts[bin] < limit) counts[bin]++;
        else excess++;
      }
    }
    spreadExcess(counts, limit, excess);
    let sum = 0;
    for (let bin = 0; bin < BINS; bin++) {
      sum += counts[bin];
      out[bin] = sum;
    }
    return out;
  }

  #interpolate(plane: Float64Array): void {
    const rows = this.#rows;
    const columns = this.#columns;
    const sums = this.#sums;
    const levels = this.#levels;
    const width = this.#width;
    for (let y = 0, i = 0; y < rows.weight.length; y++) {
      const [above, below] = [rows.before[y] * columns.tiles, rows.after[y] * columns.tiles];
      const low = rows.weight[y];
      const high = 1 - low;
      for (let x = 0; x < width; x++, i++) {
        const bin = this.#bins[i];
        const [left, right] = [columns.before[x], columns.after[x]];
        const far = columns.weight[x];
        const near = 1 - far;
        // Each summand and each sum is rounded to float32 there.
        let level = Math.fround(levels[sums[above + left][bin]] * (near * high));
        level = Math.fround(level + Math.fround(levels[sums[above + right][bin]] * (far * high)));
        level = Math.fround(level + Math.fround(levels[sums[below + left][bin]] * (near * low)));
        level = Math.fround(level + Math.fround(levels[sums[below + right][bin]] * (far * low)));
        plane[i] = Math.floor(level);
      }
    }
  }
}

function divide(length: number): Side {
  const tile = Math.max(1, Math.floor(length / TILES));
  const tiles = Math.ceil(length / tile);
  const half = Math.floor(tile / 2);
  const nearest = (i: number) => Math.floor((i + half) / tile);
  const clamp = (place: number) => Math.min(Math.max(place, 0), tiles - 1);
  const perPixel = <T>(of: (i: number) => T) => Array.from({ length }, (_, i) => of(i));
  return {
    tile,
    tiles,
    source: Int32Array.from({ length: tiles * tile }, (_, i) => mirror(i, length)),
    before: Int32Array.from(perPixel((i) => clamp(nearest(i) - 1))),
    after: Int32Array.from(perPixel((i) => clamp(nearest(i)))),
    weight: Float64Array.from(perPixel((i) => ((i + half) % tile) / tile)),
  };
}

/** A place beyond the end, mirrored without repeating the edge: a b c d | c b a. */
function mirror(place: number, length: number): number {
  if (length === 1) return 0;
  const within = place % (2 * length - 2);
  return within < length ? within : 2 * length - 2 - within;
}
