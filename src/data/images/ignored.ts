import { setting } from "../../errors.ts";
import type { Reading } from "./reading.ts";

/** What an image file carries and a reading ignores. */
export interface Ignored {
  /** A colour profile. */
  readonly icc: boolean;
  /** An EXIF orientation other than upright. */
  readonly exif: boolean;
  /** An alpha channel, or a transparent colour. */
  readonly alpha: boolean;
  /** JPEG under TensorFlow, whose fast inverse DCT is not reproduced; the accurate one is. */
  readonly fastDct: boolean;
}

/** Numbers of images. */
export interface IgnoredCounts {
  readonly icc: number;
  readonly exif: number;
  readonly alpha: number;
  readonly fastDct: number;
}

export const NOTHING_IGNORED: IgnoredCounts = { icc: 0, exif: 0, alpha: 0, fastDct: 0 };

/** Counts one more image. */
export function countIgnored(counts: IgnoredCounts, ignored: Ignored): IgnoredCounts {
  return {
    icc: counts.icc + Number(ignored.icc),
    exif: counts.exif + Number(ignored.exif),
    alpha: counts.alpha + Number(ignored.alpha),
    fastDct: counts.fastDct + Number(ignored.fastDct),
  };
}

/** The counts of two sets of images together. */
export function addIgnored(a: IgnoredCounts, b: IgnoredCounts): IgnoredCounts {
  return {
    icc: a.icc + b.icc,
    exif: a.exif + b.exif,
    alpha: a.alpha + b.alpha,
    fastDct: a.fastDct + b.fastDct,
  };
}

/** Restores counts from JSON; undefined for anything else. */
export function ignoredFromJson(json: unknown): IgnoredCounts | undefined {
  const { icc, exif, alpha, fastDct } = (json ?? {}) as { readonly [Kind in keyof IgnoredCounts]?: unknown };
  const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
  if (!isCount(icc) || !isCount(exif) || !isCount(alpha) || !isCount(fastDct)) return undefined;
  return { icc, exif, alpha, fastDct };
}

/** One line for each kind of thing that images carry and the pipeline ignores. */
export function ignoredNotes(counts: IgnoredCounts, like: Reading["like"]): string[] {
  const note = (count: number, what: string, remedy: (them: string) => string): string[] => {
    if (count === 0) return [];
    const [images, them] = count === 1 ? ["1 image has", "it"] : [`${count} images have`, "them"];
    return [`${images} ${what}, which ${like} ignores; ${remedy(them)}`];
  };
  const [black, white] = [setting("alpha", "black"), setting("alpha", "white")];
  const jpegs = counts.fastDct === 1 ? "1 image is JPEG" : `${counts.fastDct} images are JPEG`;
  const fastDct =
    `${jpegs}, which TensorFlow decodes with a fast DCT, up to 1.5 of 255 darker in the mean; ` +
    'tf.io.decode_jpeg(dct_method="INTEGER_ACCURATE") gives the values measured here';
  return [
    ...(counts.fastDct === 0 ? [] : [fastDct]),
    ...note(counts.icc, "a colour profile", (them) => `${setting("icc", "apply")} converts ${them} to sRGB`),
    ...note(
      counts.exif,
      "an EXIF orientation",
      (them) => `${setting("exif", "apply")} turns ${them} upright`,
    ),
    ...note(counts.alpha, "transparency", (them) => `${black} or ${white} lays ${them} over that colour`),
  ];
}
