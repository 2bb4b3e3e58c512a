import type { ImageSize } from "../../data/images/image-sizes.ts";
import type { Axis } from "../axis.ts";
import type { IntegerPixels, Sums } from "../channel-sums.ts";
import type { Moments } from "../moments.ts";
import { PixelTally } from "../pixel-tally.ts";

/**
 * Counts images so that each weighs the same, whatever its size, as resizing would make them. The pixels of each size are counted
 * apart, in integers, so the statistics depend neither on the order of the images nor on how they are divided among merged tallies.
 */
export class ImageWeightedTally {
  readonly #channels: number;
  readonly #levels: number;
  /** By number of pixels per image. */
  readonly #sizes = new Map<number, PixelTally>();

  constructor(channels: number, levels: number) {
    this.#channels = channels;
    this.#levels = levels;
  }

  add(values: IntegerPixels, { height, width }: ImageSize): void {
    this.#of(height * width).add(values);
  }

  merge(other: ImageWeightedTally): void {
    for (const [pixels, tally] of other.#sizes) this.#of(pixels).merge(tally);
  }

  /**
   * The mean over images of their means, and the standard deviation of values whose images weigh the same: √(mean of the images' mean
   * squares − mean²), in double precision; NaN without images.
   */
  moments(axis: Exclude<Axis, "pixel">): Moments {
    const groups = axis === "global" ? 1 : this.#channels;
    const values = axis === "global" ? this.#channels : 1;
    const sizes = [...this.#sizes].sort(([a], [b]) => a - b);
    const images = sizes.reduce((sum, [pixels, tally]) => sum + tally.pixels / pixels, 0);
    const perSize = sizes.map(([pixels, tally]) => {
      const { sums, all } = tally.sums();
      return { weight: 1 / (pixels * values * images), sums: axis === "global" ? [all] : sums };
    });
    const total = (group: number, of: (sums: Sums) => bigint) =>
      perSize.reduce((sum, { weight, sums }) => sum + weight * Number(of(sums[group])), 0);
    const each = (compute: (group: number) => number) =>
      Float64Array.from({ length: groups }, (_, i) => compute(i));
    const mean = each((group) => (images === 0 ? Number.NaN : total(group, ({ sum }) => sum)));
    return {
      count: images,
      min: each((group) => Math.min(...perSize.map(({ sums }) => sums[group].min))),
      max: each((group) => Math.max(...perSize.map(({ sums }) => sums[group].max))),
      mean,
      std: each((group) => Math.sqrt(Math.max(0, total(group, ({ squares }) => squares) - mean[group] ** 2))),
    };
  }

  toJSON(): unknown {
    return [...this.#sizes].sort(([a], [b]) => a - b).map(([pixels, tally]) => [pixels, tally.toJSON()]);
  }

  /** Restores the result of `toJSON`; undefined for anything else. */
  static fromJSON(json: unknown, channels: number, levels: number): ImageWeightedTally | undefined {
    if (!Array.isArray(json)) return undefined;
    const weighted = new ImageWeightedTally(channels, levels);
    for (const entry of json) {
      const [pixels, inner] = Array.isArray(entry) ? entry : [];
      const tally = PixelTally.fromJSON(inner, channels, levels, undefined);
      if (tally === undefined || !Number.isSafeInteger(pixels) || pixels < 1 || tally.pixels % pixels !== 0) {
        return undefined;
      }
      weighted.#sizes.set(pixels, tally);
    }
    return weighted;
  }

  #of(pixels: number): PixelTally {
    const tally = this.#sizes.get(pixels) ?? new PixelTally(this.#channels, this.#levels, undefined);
    this.#sizes.set(pixels, tally);
    return tally;
  }
}
