import { setting } from "../../errors.ts";
import { type Reading, readingNotes } from "./reading.ts";

/** What an image file carries and a reading ignores, or does not reproduce. */
export interface Ignored {
  /** A colour profile. */
  readonly icc: boolean;
  /** An EXIF orientation other than upright. */
  readonly exif: boolean;
  /** An alpha channel, or a transparent colour. */
  readonly alpha: boolean;
  /** Decoded by another library than the pipeline's. */
  readonly avif: boolean;
}

/** What images that are in no image file carry. */
export const NOTHING_CARRIED: Ignored = { icc: false, exif: false, alpha: false, avif: false };

/** Numbers of images. */
export interface IgnoredCounts {
  readonly icc: number;
  readonly exif: number;
  readonly alpha: number;
  readonly avif: number;
}

export const NOTHING_IGNORED: IgnoredCounts = { icc: 0, exif: 0, alpha: 0, avif: 0 };

/** Counts one more image. */
export function countIgnored(counts: IgnoredCounts, { icc, exif, alpha, avif }: Ignored): IgnoredCounts {
  const one = { icc: Number(icc), exif: Number(exif), alpha: Number(alpha), avif: Number(avif) };
  return addIgnored(counts, one);
}

/** The counts of two sets of images together. */
export function addIgnored(a: IgnoredCounts, b: IgnoredCounts): IgnoredCounts {
  return {
    icc: a.icc + b.icc,
    exif: a.exif + b.exif,
    alpha: a.alpha + b.alpha,
    avif: a.avif + b.avif,
  };
}

/** Restores counts from JSON; undefined for anything else. */
export function ignoredFromJson(json: unknown): IgnoredCounts | undefined {
  const { icc, exif, alpha, avif } = (json ?? {}) as { readonly [Kind in keyof IgnoredCounts]?: unknown };
  const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
  if (!isCount(icc) || !isCount(exif) || !isCount(alpha) || !isCount(avif)) return undefined;
  return { icc, exif, alpha, avif };
}

/** All that a reading leaves out of images, or does otherwise than its pipeline, one line each. */
export function pixelNotes(reading: Reading, counts: IgnoredCounts): string[] {
  return [...readingNotes(reading), ...ignoredNotes(counts, reading.like)];
}

/** One line for each kind of thing that images carry and the pipeline ignores. */
export function ignoredNotes(counts: IgnoredCounts, like: Reading["like"]): string[] {
  const note = (count: number, what: string, remedy: (them: string) => string): string[] => {
    if (count === 0) return [];
    const [images, them] = count === 1 ? ["1 image has", "it"] : [`${count} images have`, "them"];
    return [`${images} ${what}, which ${like} ignores; ${remedy(them)}`];
  };
  const avif = `${counts.avif} AVIF image${counts.avif === 1 ? " is" : "s are"} decoded by another library than ${like}'s`;
  const [black, white] = [setting("alpha", "black"), setting("alpha", "white")];
  return [
    ...note(counts.icc, "a colour profile", (them) => `${setting("icc", "apply")} converts ${them} to sRGB`),
    ...note(
      counts.exif,
      "an EXIF orientation",
      (them) => `${setting("exif", "apply")} turns ${them} upright`,
    ),
    ...note(counts.alpha, "transparency", (them) => `${black} or ${white} lays ${them} over that colour`),
    ...(counts.avif > 0 ? [`${avif}; means may differ by 0.3 of 255`] : []),
  ];
}
