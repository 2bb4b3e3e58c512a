import { plainText } from "./plain-text.ts";
import { statisticText } from "./statistic-text.ts";
import { constantCaution, divideByStd, STD_EPSILON } from "./std.ts";
import type { AffineKind } from "./step-kind.ts";

/** Divides by the standard deviation of the training split + 1e-6, without centring. */
export interface FittedUnitStd {
  readonly kind: "unit-std";
  readonly std: Float64Array;
}

export const unitStd: AffineKind<{ readonly kind: "unit-std" }, FittedUnitStd> = {
  ...plainText("unit-std"),
  form: "affine",
  statistics: "featurewise",

  fit: (_, statistics) => ({ kind: "unit-std", std: statistics().std }),
  fold: ({ std }, { shift, scale }, group) => ({ shift, scale: scale / (std[group] + STD_EPSILON) }),
  statisticsAfter: (step, { mean, std }) => ({
    mean: divideByStd(mean, step.std),
    std: divideByStd(std, step.std),
  }),

  describe: ({ std }) => `unit-std: train std ${statisticText(std)}`,
  toJson: ({ std }) => ({ kind: "unit-std", std: [...std] }),
  fromJson: (fields) => ({ kind: "unit-std", std: fields.std() }),
  cautionAfterFit: ({ std }, axis) => constantCaution(std, axis),
};
