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
  readonly images: number;
  readonly histograms: readonly (readonly number[])[];
  readonly positions?: Readonly<Record<keyof PositionSums, readonly number[]>>;
}

/**
 * Counts the pixels of images, in memory that does not grow with their number. All counts are integers, so the statistics
 * depend neither on the order of the images nor on how they are divided among merged tallies.
 */
export class PixelTally {
  readonly #shape: ImageShape;
  readonly #levels: number;
  /** How often each value occurs, [channels][levels]. */
  readonly #histograms: Float64Array;
  readonly #positions: PositionSums | undefined;
  #images = 0;

  /**
   * @param levels pixels are 0 … levels − 1
   * @param byPosition whether to count for the axis `pixel` too; exact for up to 2 million 16-bit or 10¹¹ 8-bit images
   */
  constructor(shape: ImageShape, levels: number, byPosition: boolean) {
    this.#shape = shape;
    this.#levels = levels;
    this.#histograms = new Float64Array(shape.channels * levels);
    const size = imageSize(shape);
    this.#positions = byPosition
      ? {
          sum: new Float64Array(size),
          squares: new Float64Array(size),
          min: new Float64Array(size).fill(levels - 1),
          max: new Float64Array(size),
        }
      : undefined;
  }

  /** Images counted so far. */
  get images(): number {
    return this.#images;
  }

  /**
   * Adds whole images.
   *
   * @throws RangeError if the number of values is not a multiple of the image size
   */
  add(pixels: IntegerPixels): void {
    const size = imageSize(this.#shape);
    if (pixels.length % size !== 0) {
      throw new RangeError(`${pixels.length} values are not whole images of ${size}`);
    }
    if (this.#levels === 256) addBytes(this.#histograms, pixels, this.#shape.channels);
    else addValues(this.#histograms, pixels, this.#shape.channels, this.#levels);
    if (this.#positions !== undefined) {
      for (let start = 0; start < pixels.length; start += size) {
        addPositions(this.#positions, pixels.subarray(start, start + size));
      }
    }
    this.#images += pixels.length / size;
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
    this.#images += other.#images;
  }

  /**
   * Mean and standard deviation are exact to the last bit; NaN before the first image.
   *
   * @throws RangeError for the axis `pixel` without `byPosition`
   */
  moments(axis: Axis): Moments {
    if (axis === "pixel") return this.#byPosition();
    const { channels, height, width } = this.#shape;
    const perChannel = Array.from({ length: channels }, (_, channel) =>
      this.#histograms.subarray(channel * this.#levels, (channel + 1) * this.#levels),
    );
    const values = this.#images * height * width;
    if (axis === "global") return momentsOf([sumUp(perChannel)], values * channels);
    const sums = perChannel.map((histogram) => sumUp([histogram]));
    return momentsOf(sums, values);
  }

  toJSON(): PixelTallyJson {
    const histograms = Array.from({ length: this.#shape.channels }, (_, channel) => [
      ...this.#histograms.subarray(channel * this.#levels, (channel + 1) * this.#levels),
    ]);
    if (this.#positions === undefined) return { images: this.#images, histograms };
    const { sum, squares, min, max } = this.#positions;
    const positions = { sum: [...sum], squares: [...squares], min: [...min], max: [...max] };
    return { images: this.#images, histograms, positions };
  }

  /** Restores the result of `toJSON`; undefined for anything else. */
  static fromJSON(
    json: unknown,
    shape: ImageShape,
    levels: number,
    byPosition: boolean,
  ): PixelTally | undefined {
    const { images, histograms, positions } = (json ?? {}) as Partial<PixelTallyJson>;
    const tally = new PixelTally(shape, levels, byPosition);
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
    if (!isCount(images)) return undefined;
    tally.#images = images;
    const counted = tally.#histograms.reduce((sum, count) => sum + count, 0);
    return counted === images * imageSize(shape) ? tally : undefined;
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
    return momentsOf(sums, this.#images);
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
interface Sums {
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
