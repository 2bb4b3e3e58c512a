import { type ImageShape, imageSize } from "../data/dataset.ts";
import type { Axis } from "./axis.ts";
import { type IntegerPixels, joinSums, NO_SUMS, type Sums, sumChannels } from "./channel-sums.ts";
import { exactDeviation, exactMean } from "./exact.ts";
import type { Moments } from "./moments.ts";

/** Exact sums over images, for each value of an image. */
interface PositionSums {
  readonly sum: Float64Array;
  readonly squares: Float64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
}

/** Sums as JSON, which has no integers as large. */
interface SumsJson {
  readonly sum: string;
  readonly squares: string;
  readonly min: number;
  readonly max: number;
}

/** A tally as JSON. */
export interface PixelTallyJson {
  /** Pixels added so far. */
  readonly pixels: number;
  /** Of each channel; none before the first pixel. */
  readonly sums: readonly SumsJson[];
  readonly positions?: Readonly<Record<keyof PositionSums, readonly number[]>>;
}

/**
 * Sums up the pixels of images, in memory that does not grow with their number. All sums are integers, so the statistics
 * depend neither on the order of the images nor on how they are divided among merged tallies.
 */
export class PixelTally {
  readonly #channels: number;
  /** Of each channel. */
  #sums: readonly Sums[];
  readonly #positions: PositionSums | undefined;
  #pixels = 0;

  /**
   * @param levels values are 0 … levels − 1
   * @param shape of all images, to sum up for the axis `pixel` too; exact for up to 2 million 16-bit or 10¹¹ 8-bit images
   */
  constructor(channels: number, levels: number, shape: ImageShape | undefined) {
    this.#channels = channels;
    this.#sums = new Array<Sums>(channels).fill(NO_SUMS);
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

  /** Pixels added so far. */
  get pixels(): number {
    return this.#pixels;
  }

  /**
   * Adds one or more whole images.
   *
   * @throws RangeError if the number of values is not a multiple of the channels, or, with a shape, of the image size
   * @throws PixscaleError as `compileKernels` does
   */
  add(values: IntegerPixels): void {
    const size = this.#positions?.sum.length ?? this.#channels;
    if (values.length % size !== 0)
      throw new RangeError(`${values.length} values are not a multiple of ${size}`);
    this.#join(sumChannels(values, this.#channels));
    if (this.#positions !== undefined) {
      for (let start = 0; start < values.length; start += size) {
        addPositions(this.#positions, values.subarray(start, start + size));
      }
    }
    this.#pixels += values.length / this.#channels;
  }

  #join(sums: readonly Sums[]): void {
    this.#sums = this.#sums.map((mine, channel) => joinSums(mine, sums[channel]));
  }

  /** Adds the sums of another tally for the same kind of images. */
  merge(other: PixelTally): void {
    this.#join(other.#sums);
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
    return { sums: this.#sums, all: this.#sums.reduce(joinSums) };
  }

  toJSON(): PixelTallyJson {
    const all = this.#pixels === 0 ? [] : this.#sums;
    const sums = all.map(({ sum, squares, min, max }) => ({
      sum: String(sum),
      squares: String(squares),
      min,
      max,
    }));
    if (this.#positions === undefined) return { pixels: this.#pixels, sums };
    const { sum, squares, min, max } = this.#positions;
    const positions = { sum: [...sum], squares: [...squares], min: [...min], max: [...max] };
    return { pixels: this.#pixels, sums, positions };
  }

  /** Restores the result of `toJSON`; undefined for anything else. */
  static fromJSON(
    json: unknown,
    channels: number,
    levels: number,
    shape: ImageShape | undefined,
  ): PixelTally | undefined {
    const { pixels, sums, positions } = (json ?? {}) as Partial<PixelTallyJson>;
    const tally = new PixelTally(channels, levels, shape);
    if (!isCount(pixels) || !Array.isArray(sums)) return undefined;
    if (sums.length !== (pixels === 0 ? 0 : channels)) return undefined;
    for (const name of ["sum", "squares", "min", "max"] as const) {
      const [target, list] = [tally.#positions?.[name], positions?.[name]];
      if (target?.length !== list?.length || !(list ?? []).every(isCount)) return undefined;
      target?.set(list ?? []);
    }
    if (pixels === 0) return tally;
    const read = sums.map((each) => sumsFromJson(each, pixels, levels));
    if (!read.every((each) => each !== undefined)) return undefined;
    tally.#pixels = pixels;
    tally.#sums = read;
    return tally;
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

/** Undefined unless so many values can have these sums. */
function sumsFromJson(json: unknown, pixels: number, levels: number): Sums | undefined {
  const { sum, squares, min, max } = (json ?? {}) as Partial<SumsJson>;
  if (!isDigits(sum) || !isDigits(squares) || !isCount(min) || !isCount(max)) return undefined;
  const read = { sum: BigInt(sum), squares: BigInt(squares), min, max };
  const count = BigInt(pixels);
  const fits =
    min <= max &&
    max < levels &&
    count * BigInt(min) <= read.sum &&
    read.sum <= count * BigInt(max) &&
    read.sum * read.sum <= count * read.squares &&
    read.squares <= read.sum * BigInt(max);
  return fits ? read : undefined;
}

function isDigits(text: unknown): text is string {
  return typeof text === "string" && /^\d+$/.test(text);
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

/** The sums of one group; perhaps numbers, where they are exact. */
interface GroupSums {
  readonly sum: number | bigint;
  readonly squares: number | bigint;
  readonly min: number;
  readonly max: number;
}

function momentsOf(groups: readonly GroupSums[], count: number): Moments {
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
