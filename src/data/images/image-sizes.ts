import { PixscaleError, setting } from "../../errors.ts";
import type { ImageShape } from "../dataset.ts";

/** Height and width in pixels. */
export type ImageSize = Pick<ImageShape, "height" | "width">;

/** The sizes of some images. */
export interface SizeRange {
  readonly smallest: ImageSize;
  readonly largest: ImageSize;
  /** Number of different sizes. */
  readonly distinct: number;
  readonly mostFrequent: ImageSize;
}

/** Counts images by their size, in memory that grows with the number of different sizes only. */
export class ImageSizes {
  readonly #images = new Map<string, number>();

  add({ height, width }: ImageSize, images = 1): void {
    const key = `${height}x${width}`;
    this.#images.set(key, (this.#images.get(key) ?? 0) + images);
  }

  merge(other: ImageSizes): void {
    for (const [size, images] of other.entries()) this.add(size, images);
  }

  /** Every size and its number of images, ordered by height and width. */
  entries(): (readonly [size: ImageSize, images: number])[] {
    return [...this.#images]
      .map(([key, images]) => [parseSize(key), images] as const)
      .sort(([a], [b]) => a.height - b.height || a.width - b.width);
  }

  /** Undefined without images. The smallest and the largest height and width may belong to different images. */
  range(): SizeRange | undefined {
    const entries = this.entries();
    if (entries.length === 0) return undefined;
    const extreme = (pick: (...values: number[]) => number): ImageSize => ({
      height: entries.reduce((best, [{ height }]) => pick(best, height), entries[0][0].height),
      width: entries.reduce((best, [{ width }]) => pick(best, width), entries[0][0].width),
    });
    const [mostFrequent] = entries.reduce((a, b) => (b[1] > a[1] ? b : a));
    return {
      smallest: extreme(Math.min),
      largest: extreme(Math.max),
      distinct: entries.length,
      mostFrequent,
    };
  }

  toJSON(): (readonly [height: number, width: number, images: number])[] {
    return this.entries().map(([{ height, width }, images]) => [height, width, images]);
  }

  /** Restores the result of `toJSON`; undefined for anything else. */
  static fromJSON(json: unknown): ImageSizes | undefined {
    const sizes = new ImageSizes();
    if (!Array.isArray(json)) return undefined;
    for (const entry of json) {
      if (!Array.isArray(entry) || entry.length !== 3 || !entry.every(isPositive)) return undefined;
      sizes.add({ height: entry[0], width: entry[1] }, entry[2]);
    }
    return sizes;
  }
}

/** So many sizes are named. */
const MOST_FREQUENT = 3;

/**
 * The error that images of several sizes need one.
 *
 * @param folder of the images
 */
export function severalSizes(folder: string, sizes: ImageSizes): PixscaleError {
  const { distinct, mostFrequent } = sizes.range() as SizeRange;
  const entries = sizes.entries();
  const total = entries.reduce((sum, [, images]) => sum + images, 0);
  const frequent = entries.toSorted(([, a], [, b]) => b - a).slice(0, MOST_FREQUENT);
  const list = frequent.map(([size, images]) => `${images} of ${size.width} by ${size.height}`).join(", ");
  const { height, width } = mostFrequent;
  const problem = `${total} images of ${distinct} sizes: ${list}${distinct > MOST_FREQUENT ? ", …" : ""}`;
  return new PixscaleError(
    folder,
    problem,
    `resize all images, for example with ${setting("size", `${height}x${width}`)}`,
  );
}

function parseSize(key: string): ImageSize {
  const [height, width] = key.split("x").map(Number);
  return { height, width };
}

function isPositive(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0;
}
