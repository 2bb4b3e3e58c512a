import { type ImageShape, imageSize } from "../data/dataset.ts";
import type { Axis } from "./axis.ts";
import { exactDeviation, exactMean } from "./exact.ts";
import type { Moments } from "./moments.ts";

/** 8-bit or 16-bit pixels. */
export type IntegerPixels = Uint8Array | Uint16Array;

/** Exact sums over images, for each value of an image. */
interface PositionSums {
  readonly sum: Float64Array;
  readonly squares: Float64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
}

/** A tally as JSON. */
export interface PixelTallyJson {
  /** Pixels counted so far. */
  readonly pixels: number;
  readonly histograms: readonly (readonly number[])[];
  readonly positions?: Readonly<Record<keyof PositionSums, readonly number[]>>;
}

/**
 * Counts the pixels of images, in memory that does not grow with their number. All counts are integers, so the statistics
 * depend neither on the order of the images nor on how they are divided among merged tallies.
 */
export class PixelTally {
  readonly #channels: number;
  readonly #levels: number;
  /** How often each value occurs, [channels][levels]. */
  readonly #histograms: Float64Array;
  readonly #positions: PositionSums | undefined;
  #pixels = 0;

  /**
   * @param levels values are 0 … levels − 1
   * @param shape of all images, to count for the axis `pixel` too; exact for up to 2 million 16-bit or 10¹¹ 8-bit images
   */
  constructor(channels: number, levels: number, shape: ImageShape | undefined) {
    this.#channels = channels;
    this.#levels = levels;
    this.#histograms = new Float64Array(channels * levels);
    const size = shape && imageSize(shape);
    this.#positions = size
      ? {
          sum: new Float64Array(size),
          squares: new Float64Array(size),
          min: new Float64Array(size).fill(levels - 1),
          max: new Float64Array(size),
        }
      : undefined;
  }

  /** Pixels counted so far. */
  get pixels(): number {
    return this.#pixels;
  }

  /**
   * Adds one or more whole images.
   *
   * @throws RangeError if the number of values is not a multiple of the channels, or, with a shape, of the image size
   */
  add(values: IntegerPixels): void {
    const size = this.#positions?.sum.length ?? this.#channels;
    if (values.length % size !== 0)
      throw new RangeError(`${values.length} values are not a multiple of ${size}`);
    if (this.#levels === 256) addBytes(this.#histograms, values, this.#channels);
    else addValues(this.#histograms, values, this.#channels, this.#levels);
    if (this.#positions !== undefined) {
      for (let start = 0; start < values.length; start += size) {
        addPositions(this.#positions, values.subarray(start, start + size));
      }
    }
    this.#pixels += values.length / this.#channels;
  }

  /** Adds the counts of another tally for the same kind of images. */
  merge(other: PixelTally): void {
    other.#histograms.forEach((count, i) => {
      this.#histograms[i] += count;
    });
    const [mine, theirs] = [this.#positions, other.#positions];
    if (mine !== undefined && theirs !== undefined) {
      for (let i = 0; i < mine.sum.length; i++) {
        mine.sum[i] += theirs.sum[i];
        mine.squares[i] += theirs.squares[i];
        mine.min[i] = Math.min(mine.min[i], theirs.min[i]);
        mine.max[i] = Math.max(mine.max[i], theirs.max[i]);
      }
    }
    this.#pixels += other.#pixels;
  }

  /**
   * Mean and standard deviation are exact to the last bit; NaN before the first image.
   *
   * @throws RangeError for the axis `pixel` without a shape
   */
  moments(axis: Axis): Moments {
    if (axis === "pixel") return this.#byPosition();
    const { sums, all } = this.sums();
    return axis === "global"
      ? momentsOf([all], this.#pixels * this.#channels)
      : momentsOf(sums, this.#pixels);
  }

  /** Exact sums of each channel, and of all values. */
  sums(): { readonly sums: readonly Sums[]; readonly all: Sums } {
    const perChannel = Array.from({ length: this.#channels }, (_, channel) =>
      this.#histograms.subarray(channel * this.#levels, (channel + 1) * this.#levels),
    );
    return { sums: perChannel.map((histogram) => sumUp([histogram])), all: sumUp(perChannel) };
  }

  toJSON(): PixelTallyJson {
    const histograms = Array.from({ length: this.#channels }, (_, channel) => [
      ...this.#histograms.subarray(channel * this.#levels, (channel + 1) * this.#levels),
    ]);
    if (this.#positions === undefined) return { pixels: this.#pixels, histograms };
    const { sum, squares, min, max } = this.#positions;
    const positions = { sum: [...sum], squares: [...squares], min: [...min], max: [...max] };
    return { pixels: this.#pixels, histograms, positions };
  }

  /** Restores the result of `toJSON`; undefined for anything else. */
  static fromJSON(
    json: unknown,
    channels: number,
    levels: number,
    shape: ImageShape | undefined,
  ): PixelTally | undefined {
    const { pixels, histograms, positions } = (json ?? {}) as Partial<PixelTallyJson>;
    const tally = new PixelTally(channels, levels, shape);
    const lists = [
      [tally.#histograms, Array.isArray(histograms) ? histograms.flat() : undefined] as const,
      ...(tally.#positions === undefined
        ? []
        : (["sum", "squares", "min", "max"] as const).map(
            (name) => [tally.#positions?.[name], positions?.[name]] as const,
          )),
    ];
    for (const [target, list] of lists) {
      if (target?.length !== list?.length || !list?.every(isCount)) return undefined;
      target?.set(list);
    }
    if (!isCount(pixels)) return undefined;
    tally.#pixels = pixels;
    const counted = tally.#histograms.reduce((sum, count) => sum + count, 0);
    return counted === pixels * channels ? tally : undefined;
  }

  #byPosition(): Moments {
    if (this.#positions === undefined) throw new RangeError("positions were not counted");
    const { sum, squares, min, max } = this.#positions;
    const sums = Array.from(sum, (total, i) => ({
      sum: total,
      squares: squares[i],
      min: min[i],
      max: max[i],
    }));
    return momentsOf(sums, (this.#pixels * this.#channels) / sum.length);
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function addValues(histograms: Float64Array, pixels: IntegerPixels, channels: number, levels: number): void {
  for (let channel = 0; channel < channels; channel++) {
    const first = channel * levels;
    for (let i = channel; i < pixels.length; i += channels) histograms[first + pixels[i]]++;
  }
}

/**
 * `addValues` for bytes, with six interleaved histograms of small integers: in a run of equal values each increment would
 * otherwise wait for the previous one. Six is a multiple of the usual numbers of channels.
 */
function addBytes(histograms: Float64Array, pixels: IntegerPixels, channels: number): void {
  if (6 % channels !== 0) {
    addValues(histograms, pixels, channels, 256);
    return;
  }
  const lanes = new Uint32Array(6 * 256);
  const end = pixels.length - (pixels.length % 6);
  for (let i = 0; i < end; i += 6) {
    lanes[pixels[i]]++;
    lanes[pixels[i + 1] + 256]++;
    lanes[pixels[i + 2] + 512]++;
    lanes[pixels[i + 3] + 768]++;
    lanes[pixels[i + 4] + 1024]++;
    lanes[pixels[i + 5] + 1280]++;
  }
  for (let i = end; i < pixels.length; i++) lanes[pixels[i] + 256 * (i - end)]++;
  for (let i = 0; i < lanes.length; i++) {
    const channel = Math.floor(i / 256) % channels;
    histograms[channel * 256 + (i % 256)] += lanes[i];
  }
}

function addPositions({ sum, squares, min, max }: PositionSums, image: IntegerPixels): void {
  for (let i = 0; i < image.length; i++) {
    const value = image[i];
    sum[i] += value;
    squares[i] += value * value;
    if (value < min[i]) min[i] = value;
    if (value > max[i]) max[i] = value;
  }
}

/** The sums of one group; bigint where a number would no longer be exact. */
export interface Sums {
  readonly sum: number | bigint;
  readonly squares: number | bigint;
  readonly min: number;
  readonly max: number;
}

function sumUp(histograms: readonly Float64Array[]): Sums {
  let sum = 0n;
  let squares = 0n;
  let min = Number.POSITIVE_INFINITY;
  let max = 0;
  for (const histogram of histograms) {
    histogram.forEach((count, value) => {
      if (count === 0) return;
      sum += BigInt(count) * BigInt(value);
      squares += BigInt(count) * BigInt(value * value);
      min = Math.min(min, value);
      max = Math.max(max, value);
    });
  }
  return { sum, squares, min, max };
}

function momentsOf(groups: readonly Sums[], count: number): Moments {
  return {
    count,
    min: Float64Array.from(groups, ({ min }) => min),
    max: Float64Array.from(groups, ({ max }) => max),
    mean: Float64Array.from(groups, ({ sum }) => (count === 0 ? Number.NaN : exactMean(sum, count))),
    std: Float64Array.from(groups, ({ sum, squares }) =>
      count === 0 ? Number.NaN : exactDeviation(sum, squares, count),
    ),
  };
}
