import { plainText } from "./plain-text.ts";
import { shiftAndDivide } from "./shift-and-divide.ts";
import { statisticText } from "./statistic-text.ts";
import type { AffineKind, AxisChoice } from "./step-kind.ts";

/** Takes the range of the training split to 0 … 1. scikit-learn: MinMaxScaler, with axis pixel. */
export interface MinmaxStep extends AxisChoice {
  readonly kind: "minmax";
}

export interface FittedMinmax extends MinmaxStep {
  /** The least values. */
  readonly shift: Float64Array;
  /** Largest minus least value; 0 where train is constant, which is then divided by 1. */
  readonly span: Float64Array;
}

export const minmax: AffineKind<MinmaxStep, FittedMinmax> = {
  ...plainText("minmax"),
  ...shiftAndDivide,
  fit({ axis }, statistics) {
    const { min, max } = statistics();
    return { kind: "minmax", axis, shift: min, span: max.map((value, group) => value - min[group]) };
  },
  describe: ({ shift, span }) => `minmax: train min ${statisticText(shift)}, range ${statisticText(span)}`,
  toJson: ({ axis, shift, span }) => ({
    kind: "minmax",
    ...(axis && { axis }),
    min: [...shift],
    range: [...span],
  }),
  fromJson: (fields) => ({
    kind: "minmax",
    ...fields.axisChoice(),
    shift: fields.statistic("min"),
    span: fields.spread("range"),
  }),
};
