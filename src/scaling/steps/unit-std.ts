import { UsageError } from "../../errors.ts";
import { statisticText } from "./statistic-text.ts";
import { type ConstantRule, constantCaution, divisor } from "./std.ts";
import type { AffineKind, AxisChoice } from "./step-kind.ts";

/** Divides by the standard deviation of the training split + 1e-6, without centring. */
export interface UnitStdStep extends AxisChoice {
  readonly kind: "unit-std";
  readonly constant?: ConstantRule | undefined;
}

export interface FittedUnitStd extends UnitStdStep {
  readonly std: Float64Array;
}

const dividedBy = ({ std, constant = "one" }: FittedUnitStd, group: number) =>
  divisor(std[group % std.length], constant);

export const unitStd: AffineKind<UnitStdStep, FittedUnitStd> = {
  kind: "unit-std",
  syntax: "unit-std",
  form: "affine",
  statistics: "featurewise",

  parse(value, subject) {
    if (value === undefined || value === "one") return { kind: "unit-std" };
    if (value === "keras") return { kind: "unit-std", constant: "keras" };
    throw new UsageError(subject, `"unit-std" takes no number (got "${value}")`, `write "unit-std"`);
  },
  format: ({ constant }) => (constant === "keras" ? "unit-std=keras" : "unit-std"),
  withConstant: (step, constant) => ({ ...step, constant }),

  fit: ({ axis, constant = "one" }, statistics) => ({
    kind: "unit-std",
    axis,
    constant,
    std: statistics().std,
  }),
  groups: ({ std }) => std.length,
  fold: (step, { shift, scale }, group) => ({ shift, scale: scale / dividedBy(step, group) }),
  statisticsAfter: (step, { mean, std }) => ({
    mean: mean.map((value, group) => value / dividedBy(step, group)),
    std: std.map((value, group) => value / dividedBy(step, group)),
  }),

  describe: ({ std }) => `unit-std: train std ${statisticText(std)}`,
  toJson: ({ axis, constant, std }) => ({ kind: "unit-std", ...(axis && { axis }), constant, std: [...std] }),
  fromJson: (fields) => ({
    kind: "unit-std",
    ...fields.axisChoice(),
    constant: fields.constantRule(),
    std: fields.std(),
  }),
  cautionAfterFit: ({ std, constant = "one" }, axis) => constantCaution(std, axis, constant),
};
