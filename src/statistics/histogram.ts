/** How often values fall into equally wide bins, per channel. */
export interface Histogram {
  /** The left end of the first bin and the right end of the last. */
  readonly low: number;
  readonly high: number;
  /** [channel][bin]. */
  readonly counts: readonly Float64Array[];
}

/** Counts are shown on a log-like axis if the highest bin has so many times the mean. */
const PEAKED = 8;

/** Whether a few bins have so many values that the others would look empty. */
export function isPeaked({ counts }: Histogram): boolean {
  const bins = counts.reduce((sum, channel) => sum + channel.length, 0);
  const total = counts.reduce((sum, channel) => sum + channel.reduce((a, b) => a + b, 0), 0);
  return counts.some((channel) => channel.some((count) => count > (PEAKED * total) / bins));
}

/** Counts the values of images, block by block. */
export class HistogramCounter {
  readonly #low: number;
  readonly #high: number;
  readonly #counts: Float64Array[];

  /**
   * @param channels values of the channels alternate
   * @param low all values are in low … high; a value of `high` belongs to the last bin
   */
  constructor(channels: number, low: number, high: number, bins: number) {
    this.#low = low;
    // A single value still needs a bin of some width.
    this.#high = high > low ? high : low + 1;
    this.#counts = Array.from({ length: channels }, () => new Float64Array(bins));
  }

  /** Adds whole images. Values outside the range and NaN are left out. */
  add(values: ArrayLike<number>): void {
    const counts = this.#counts;
    const channels = counts.length;
    const bins = counts[0].length;
    const scale = bins / (this.#high - this.#low);
    for (let i = 0; i < values.length; i++) {
      const bin = (values[i] - this.#low) * scale;
      if (bin >= 0 && bin <= bins) counts[i % channels][Math.min(bins - 1, Math.floor(bin))]++;
    }
  }

  histogram(): Histogram {
    return { low: this.#low, high: this.#high, counts: this.#counts };
  }
}
