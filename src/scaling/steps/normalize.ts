import { pixelType } from "../../data/dataset.ts";
import { inPieces } from "../../data/stored-split.ts";
import { UsageError } from "../../errors.ts";
import { formatNumber, parseNumber } from "../number.ts";
import type { AffineKind } from "./step-kind.ts";

/** Multiplies by a factor. Keras: `rescale`. */
export interface NormalizeStep {
  readonly kind: "normalize";
  readonly factor: number;
}

/** From bytes to 0 … 1. */
export const DEFAULT_FACTOR = 1 / 255;

export const normalize: AffineKind<NormalizeStep, NormalizeStep> = {
  kind: "normalize",
  syntax: "normalize[=FACTOR]",
  form: "affine",
  statistics: "none",

  parse(value, subject) {
    const factor = value === undefined ? DEFAULT_FACTOR : parseNumber(value);
    if (factor !== undefined && factor !== 0) return { kind: "normalize", factor };
    throw new UsageError(
      subject,
      `the factor of normalize must be a number other than 0 (got "${value}")`,
      "use a number or fraction, such as 1/255, or rescale=1/127.5-1 for one with an offset",
    );
  },
  format: ({ factor }) => (factor === DEFAULT_FACTOR ? "normalize" : `normalize=${formatNumber(factor)}`),

  fit: (step) => step,
  groups: () => 1,
  fold: ({ factor }, { shift, scale }) => ({ shift, scale: scale * factor }),
  statisticsAfter: ({ factor }, { mean, std }) => ({
    // Adding 0 turns −0, which JSON cannot keep, into 0.
    mean: mean.map((value) => value * factor + 0),
    std: std.map((value) => value * Math.abs(factor)),
  }),

  describe: ({ factor }) => `normalize: factor ${formatNumber(factor)}`,
  toJson: ({ factor }) => ({ kind: "normalize", factor }),
  fromJson: (fields) => ({ kind: "normalize", factor: fields.number("factor") }),

  cautionOnPixels({ factor }, train, isFirst) {
    const type = pixelType(train);
    if (!isFirst || factor !== DEFAULT_FACTOR || type === "uint8") return undefined;
    if (type === "uint16") {
      return "16-bit pixels times 1/255 go up to 257; normalize=1/65535 scales them to 0 … 1";
    }
    for (const { pixels } of inPieces(train)) {
      if (!pixels.every((value) => Math.abs(value) <= 1)) return undefined;
    }
    return "no pixel is above 1, and normalize multiplies them by 1/255; none leaves them as they are";
  },
};
