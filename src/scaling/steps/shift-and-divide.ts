import type { GroupMap } from "../apply/affine-map.ts";

/** `(x − shift) / span` in each group of train; a span of 0 is 1. */
export interface ShiftAndDivide {
  readonly shift: Float64Array;
  readonly span: Float64Array;
}

type Moments = { readonly mean: Float64Array; readonly std: Float64Array };

/** As scikit-learn's scalers, which leave values undivided that do not vary on train. */
const dividedBy = ({ span }: ShiftAndDivide, group: number) => span[group % span.length] || 1;

/** What kinds that fit such a map have in common. */
export const shiftAndDivide = {
  form: "affine",
  statistics: "featurewise",
  groups: ({ shift }: ShiftAndDivide) => shift.length,
  fold: (step: ShiftAndDivide, { shift, scale }: GroupMap, group: number): GroupMap => ({
    shift: shift + step.shift[group % step.shift.length] / scale,
    scale: scale / dividedBy(step, group),
  }),
  statisticsAfter: (step: ShiftAndDivide, { mean, std }: Moments): Moments => ({
    mean: mean.map(
      (value, group) => (value - step.shift[group % step.shift.length]) / dividedBy(step, group),
    ),
    std: std.map((value, group) => value / dividedBy(step, group)),
  }),
} as const;
