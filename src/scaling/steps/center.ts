import { plainText } from "./plain-text.ts";
import { statisticText } from "./statistic-text.ts";
import type { AffineKind } from "./step-kind.ts";

/** Subtracts the mean of the training split. Keras: `featurewise_center`. */
export interface FittedCenter {
  readonly kind: "center";
  readonly mean: Float64Array;
}

export const center: AffineKind<{ readonly kind: "center" }, FittedCenter> = {
  ...plainText("center"),
  form: "affine",
  statistics: "featurewise",

  fit: (_, statistics) => ({ kind: "center", mean: statistics().mean }),
  fold: ({ mean }, { shift, scale }, group) => ({ shift: shift + mean[group] / scale, scale }),
  statisticsAfter: (_, { mean, std }) => ({ mean: new Float64Array(mean.length), std }),

  describe: ({ mean }) => `center: train mean ${statisticText(mean)}`,
  toJson: ({ mean }) => ({ kind: "center", mean: [...mean] }),
  fromJson: (fields) => ({ kind: "center", mean: fields.statistic("mean") }),
};
