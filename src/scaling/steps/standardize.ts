import { plainText } from "./plain-text.ts";
import { statisticText } from "./statistic-text.ts";
import { constantCaution, divideByStd, STD_EPSILON } from "./std.ts";
import type { AffineKind } from "./step-kind.ts";

/**
 * Subtracts the mean of the training split and divides by its standard deviation + 1e-6. Keras:
 * `featurewise_std_normalization`, which centres too.
 */
export interface FittedStandardize {
  readonly kind: "standardize";
  readonly mean: Float64Array;
  readonly std: Float64Array;
}

export const standardize: AffineKind<{ readonly kind: "standardize" }, FittedStandardize> = {
  ...plainText("standardize"),
  form: "affine",
  statistics: "featurewise",

  fit(_, statistics) {
    const { mean, std } = statistics();
    return { kind: "standardize", mean, std };
  },
  fold: ({ mean, std }, { shift, scale }, group) => ({
    shift: shift + mean[group] / scale,
    scale: scale / (std[group] + STD_EPSILON),
  }),
  statisticsAfter: (step, { mean, std }) => ({
    mean: new Float64Array(mean.length),
    std: divideByStd(std, step.std),
  }),

  describe: ({ mean, std }) => `standardize: train mean ${statisticText(mean)}, std ${statisticText(std)}`,
  toJson: ({ mean, std }) => ({ kind: "standardize", mean: [...mean], std: [...std] }),
  fromJson: (fields) => ({ kind: "standardize", mean: fields.statistic("mean"), std: fields.std() }),
  cautionAfterFit: ({ std }, axis) => constantCaution(std, axis),
};
