import type { ImageShape } from "../../data/dataset.ts";
import {
  addIgnored,
  countIgnored,
  type IgnoredCounts,
  ignoredFromJson,
  NOTHING_IGNORED,
} from "../../data/images/ignored.ts";
import type { DecodedImage, ImageKind } from "../../data/images/image-decoder.ts";
import { ImageSizes } from "../../data/images/image-sizes.ts";
import type { Axis } from "../axis.ts";
import type { Moments } from "../moments.ts";
import { PixelTally } from "../pixel-tally.ts";
import { ImageWeightedTally } from "./image-weighted-tally.ts";

export const WEIGHTS = ["pixel", "image"] as const;

/** Whether every pixel weighs the same, or every image. */
export type Weight = (typeof WEIGHTS)[number];

/** What a tally counts. */
export interface TallyKind {
  readonly channels: number;
  readonly levels: ImageKind["levels"];
  readonly classes: number;
  /** Of all images, to count for the axis `pixel` too. */
  readonly positions: ImageShape | undefined;
  readonly weight: Weight;
}

/** The counts of one split, or of some of its images. All are integers. */
export class SplitTally {
  readonly #kind: TallyKind;
  readonly #pixels: PixelTally;
  readonly #weighted: ImageWeightedTally | undefined;
  readonly sizes = new ImageSizes();
  /** Decoded images of each class. */
  readonly labelCounts: number[];
  /** Images that could not be decoded. */
  skipped = 0;
  /** Images that carry what the reading ignores. */
  ignored: IgnoredCounts = NOTHING_IGNORED;

  constructor(kind: TallyKind) {
    const { channels, levels, classes, positions, weight } = kind;
    this.#kind = kind;
    this.#pixels = new PixelTally(channels, levels, positions);
    this.#weighted = weight === "image" ? new ImageWeightedTally(channels, levels) : undefined;
    this.labelCounts = new Array<number>(classes).fill(0);
  }

  /** Decoded images. */
  get images(): number {
    return this.labelCounts.reduce((sum, count) => sum + count, 0);
  }

  add(image: DecodedImage, label: number): void {
    this.sizes.add(image);
    this.labelCounts[label]++;
    this.ignored = countIgnored(this.ignored, image.ignored);
    const { height, width } = this.#kind.positions ?? image;
    // Images of another size are counted, to be refused together when all are known.
    if (image.height !== height || image.width !== width) return;
    if (this.#weighted === undefined) this.#pixels.add(image.values);
    else this.#weighted.add(image.values, image);
  }

  /** Adds the counts of another tally of the same kind. */
  merge(other: SplitTally): void {
    this.#pixels.merge(other.#pixels);
    if (other.#weighted !== undefined) this.#weighted?.merge(other.#weighted);
    this.sizes.merge(other.sizes);
    other.labelCounts.forEach((count, label) => {
      this.labelCounts[label] += count;
    });
    this.skipped += other.skipped;
    this.ignored = addIgnored(this.ignored, other.ignored);
  }

  /** The statistics along an axis; NaN without images. @throws RangeError for the axis `pixel` without `positions` */
  moments(axis: Axis): Moments {
    if (this.#weighted === undefined || axis === "pixel") return this.#pixels.moments(axis);
    return this.#weighted.moments(axis);
  }

  toJSON(): unknown {
    const { labelCounts, skipped, ignored } = this;
    const weighted = this.#weighted && { weighted: this.#weighted.toJSON() };
    const sizes = this.sizes.toJSON();
    return { pixels: this.#pixels.toJSON(), ...weighted, sizes, labelCounts, skipped, ignored };
  }

  /** Restores the result of `toJSON`; undefined for anything else. */
  static fromJSON(json: unknown, kind: TallyKind): SplitTally | undefined {
    const { channels, levels, positions, classes, weight } = kind;
    const fields = (json ?? {}) as Readonly<Record<string, unknown>>;
    const pixels = PixelTally.fromJSON(fields.pixels, channels, levels, positions);
    const sizes = ImageSizes.fromJSON(fields.sizes);
    const ignored = ignoredFromJson(fields.ignored);
    const { labelCounts, skipped } = fields;
    if (pixels === undefined || sizes === undefined || ignored === undefined) return undefined;
    if (!isCounts(labelCounts, classes) || !isCounts([skipped], 1)) return undefined;
    const tally = new SplitTally(kind);
    if (weight === "image") {
      const weighted = ImageWeightedTally.fromJSON(fields.weighted, channels, levels);
      if (weighted === undefined) return undefined;
      tally.#weighted?.merge(weighted);
    }
    tally.#pixels.merge(pixels);
    tally.sizes.merge(sizes);
    labelCounts.forEach((count, label) => {
      tally.labelCounts[label] = count;
    });
    tally.skipped = Number(skipped);
    tally.ignored = ignored;
    const sized = sizes.entries().reduce((sum, [, images]) => sum + images, 0);
    return sized === tally.images ? tally : undefined;
  }
}

function isCounts(values: unknown, length: number): values is number[] {
  return (
    Array.isArray(values) &&
    values.length === length &&
    values.every((value) => Number.isSafeInteger(value) && value >= 0)
  );
}
