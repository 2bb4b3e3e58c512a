import { plainText } from "./plain-text.ts";
import { shiftAndDivide } from "./shift-and-divide.ts";
import { statisticText } from "./statistic-text.ts";
import type { AffineKind, AxisChoice } from "./step-kind.ts";

/**
 * Subtracts the median of the training split and divides by its interquartile range, both by linear interpolation. scikit-learn:
 * RobustScaler, with axis pixel.
 */
export interface RobustStep extends AxisChoice {
  readonly kind: "robust";
}

export interface FittedRobust extends RobustStep {
  /** The medians. */
  readonly shift: Float64Array;
  /** The interquartile ranges; where one is 0, values are divided by 1. */
  readonly span: Float64Array;
}

export const robust: AffineKind<RobustStep, FittedRobust> = {
  ...plainText("robust"),
  ...shiftAndDivide,
  needsImages: true,
  fit({ axis }, _statistics, _shape, quantiles) {
    const [lower, median, upper] = quantiles([0.25, 0.5, 0.75]);
    return { kind: "robust", axis, shift: median, span: upper.map((value, group) => value - lower[group]) };
  },
  describe: ({ shift, span }) =>
    `robust: train median ${statisticText(shift)}, interquartile range ${statisticText(span)}`,
  toJson: ({ axis, shift, span }) => ({
    kind: "robust",
    ...(axis && { axis }),
    median: [...shift],
    iqr: [...span],
  }),
  fromJson: (fields) => ({
    kind: "robust",
    ...fields.axisChoice(),
    shift: fields.statistic("median"),
    span: fields.spread("iqr"),
  }),
  cautionAfterFit({ span }, axis) {
    const narrow = span.filter((value) => value === 0).length;
    if (narrow === 0) return undefined;
    const what =
      axis === "global"
        ? "the interquartile range of train is 0"
        : `the interquartile range of ${narrow} of ${span.length} ${axis}s is 0 on train`;
    return `${what}; values there are divided by 1`;
  },
};
