import type { ImageKind, ImageValues } from "../../data/images/image-decoder.ts";
import { PixelTally } from "../pixel-tally.ts";

/** What a tally counts. */
export interface TallyKind extends ImageKind {
  readonly classes: number;
  /** Whether to count for the axis `pixel` too. */
  readonly byPosition: boolean;
}

/** The counts of one split, or of some of its images. All are integers. */
export class SplitTally {
  readonly pixels: PixelTally;
  /** Decoded images of each class. */
  readonly labelCounts: number[];
  /** Images that could not be decoded. */
  skipped = 0;

  constructor({ shape, levels, classes, byPosition }: TallyKind) {
    this.pixels = new PixelTally(shape, levels, byPosition);
    this.labelCounts = new Array<number>(classes).fill(0);
  }

  add(image: ImageValues, label: number): void {
    this.pixels.add(image);
    this.labelCounts[label]++;
  }

  /** Adds the counts of another tally of the same kind. */
  merge(other: SplitTally): void {
    this.pixels.merge(other.pixels);
    other.labelCounts.forEach((count, label) => {
      this.labelCounts[label] += count;
    });
    this.skipped += other.skipped;
  }

  toJSON(): unknown {
    const { pixels, labelCounts, skipped } = this;
    return { pixels: pixels.toJSON(), labelCounts, skipped };
  }

  /** Restores the result of `toJSON`; undefined for anything else. */
  static fromJSON(json: unknown, kind: TallyKind): SplitTally | undefined {
    const { pixels, labelCounts, skipped } = (json ?? {}) as Partial<SplitTally>;
    const read = PixelTally.fromJSON(pixels, kind.shape, kind.levels, kind.byPosition);
    if (read === undefined) return undefined;
    if (!isCounts(labelCounts, kind.classes) || !isCounts([skipped], 1)) return undefined;
    if (labelCounts.reduce((sum, count) => sum + count, 0) !== read.images) return undefined;
    const tally = new SplitTally(kind);
    tally.pixels.merge(read);
    labelCounts.forEach((count, label) => {
      tally.labelCounts[label] = count;
    });
    tally.skipped = Number(skipped);
    return tally;
  }
}

function isCounts(values: unknown, length: number): values is number[] {
  return (
    Array.isArray(values) &&
    values.length === length &&
    values.every((value) => Number.isSafeInteger(value) && value >= 0)
  );
}
