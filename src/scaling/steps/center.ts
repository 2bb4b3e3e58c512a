import { UsageError } from "../../errors.ts";
import { formatNumbers, parseNumbers, requireChannels } from "./given-numbers.ts";
import { statisticText } from "./statistic-text.ts";
import type { AffineKind, AxisChoice } from "./step-kind.ts";

/** Subtracts a mean. Keras: `featurewise_center`. */
export interface CenterStep extends AxisChoice {
  readonly kind: "center";
  /** Instead of the mean of the training split: one number, or one a channel. */
  readonly given?: { readonly mean: readonly number[] } | undefined;
}

export interface FittedCenter extends CenterStep {
  readonly mean: Float64Array;
}

export const center: AffineKind<CenterStep, FittedCenter> = {
  kind: "center",
  syntax: "center[=MEAN]",
  form: "affine",
  statistics: "featurewise",

  parse(value, subject) {
    if (value === undefined) return { kind: "center" };
    const mean = parseNumbers(value);
    if (mean !== undefined) return { kind: "center", given: { mean } };
    throw new UsageError(
      subject,
      `the mean of center must be a number, or one a channel joined by ":" (got "${value}")`,
      "use numbers or fractions, such as 0.5 or 0.485:0.456:0.406",
    );
  },
  format: ({ given }) => (given === undefined ? "center" : `center=${formatNumbers(given.mean)}`),

  fit({ axis, given }, statistics, shape) {
    if (given === undefined) return { kind: "center", axis, mean: statistics().mean };
    requireChannels("center", "means", given.mean, shape);
    return { kind: "center", given, mean: Float64Array.from(given.mean) };
  },
  given: ({ given }) => given !== undefined,
  groups: ({ mean }) => mean.length,
  fold: ({ mean }, { shift, scale }, group) => ({ shift: shift + mean[group % mean.length] / scale, scale }),
  statisticsAfter: (step, { mean, std }) => ({
    // The mean of its own groups is 0 without rounding.
    mean: mean.map((value, group) => value - step.mean[group % step.mean.length]),
    std,
  }),

  describe: ({ given, mean }) => `center: ${given ? "given" : "train"} mean ${statisticText(mean)}`,
  toJson: ({ axis, given, mean }) => ({
    kind: "center",
    ...(axis && { axis }),
    ...(given && { given: true }),
    mean: [...mean],
  }),
  fromJson(fields) {
    if (!fields.isGiven()) return { kind: "center", ...fields.axisChoice(), mean: fields.statistic("mean") };
    const mean = fields.perChannel("mean");
    return { kind: "center", given: { mean: [...mean] }, mean };
  },
};
