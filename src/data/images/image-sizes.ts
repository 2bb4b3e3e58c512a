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

/** The images of one size. */
interface SizeCount {
  readonly images: number;
  /** How many of them have this size because their EXIF orientation turned them. */
  readonly turned: number;
}

/** Counts images by their size, in memory that grows with the number of different sizes only. */
export class ImageSizes {
  readonly #counts = new Map<string, SizeCount>();

  /** Counts one more image. */
  add({ height, width, turned }: ImageSize & { readonly turned: boolean }): void {
    this.#add(`${height}x${width}`, { images: 1, turned: Number(turned) });
  }

  merge(other: ImageSizes): void {
    for (const [key, count] of other.#counts) this.#add(key, count);
  }

  #add(key: string, { images, turned }: SizeCount): void {
    const before = this.#counts.get(key) ?? { images: 0, turned: 0 };
    this.#counts.set(key, { images: before.images + images, turned: before.turned + turned });
  }

  /** Every size and its number of images, ordered by height and width. */
  entries(): (readonly [size: ImageSize, images: number])[] {
    return [...this.#counts]
      .map(([key, { images }]) => [parseSize(key), images] as const)
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

  /** How many images their EXIF orientation turned, if there would be fewer sizes without; otherwise 0. */
  turnedApart(): number {
    const stored = new Set<string>();
    let all = 0;
    for (const [key, { images, turned }] of this.#counts) {
      const { height, width } = parseSize(key);
      if (images > turned) stored.add(key);
      if (turned > 0) stored.add(`${width}x${height}`);
      all += turned;
    }
    return stored.size < this.#counts.size ? all : 0;
  }

  toJSON(): unknown {
    return [...this.#counts].map(([key, { images, turned }]) => {
      const { height, width } = parseSize(key);
      return [height, width, images, turned];
    });
  }

  /** Restores the result of `toJSON`; undefined for anything else. */
  static fromJSON(json: unknown): ImageSizes | undefined {
    const sizes = new ImageSizes();
    if (!Array.isArray(json)) return undefined;
    for (const entry of json) {
      if (!Array.isArray(entry) || entry.length !== 4 || !entry.slice(0, 3).every(isPositive))
        return undefined;
      const [height, width, images, turned] = entry;
      if (turned !== 0 && !isPositive(turned)) return undefined;
      sizes.#add(`${height}x${width}`, { images, turned });
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
  const turned = sizes.turnedApart();
  const [exif, asStored] =
    turned === 0
      ? ["", ""]
      : [
          `, as the EXIF orientation of ${turned} swaps height and width`,
          `, or keep them as stored with ${setting("exif", "ignore")}`,
        ];
  const remedy = `resize all images, for example with ${setting("size", `${height}x${width}`)}${asStored}`;
  return new PixscaleError(folder, `${problem}${exif}`, remedy);
}

function parseSize(key: string): ImageSize {
  const [height, width] = key.split("x").map(Number);
  return { height, width };
}

function isPositive(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0;
}
