import { type ChangeGroup, meanOf, spreadOf } from "../contrast/image-group.ts";
import { samplewiseKind } from "./samplewise-kind.ts";
import { STD_EPSILON } from "./std.ts";

/** What is done to the values of one group, given their mean and a function that computes their standard deviation. */
type Formula = (
  mean: number,
  deviation: () => number,
) => { readonly shift: number; readonly divisor: number };

export const samplewiseCenter = samplewiseKind(
  "samplewise-center",
  byFormula((mean) => ({ shift: mean, divisor: 1 })),
  { formula: { shift: "mean", divisor: { by: "one" } } },
);

export const samplewiseStandardize = samplewiseKind(
  "samplewise-standardize",
  byFormula((mean, deviation) => ({ shift: mean, divisor: deviation() + STD_EPSILON })),
  { formula: { shift: "mean", divisor: { by: "std", epsilon: STD_EPSILON } } },
);

export const samplewiseUnitStd = samplewiseKind(
  "samplewise-unit-std",
  byFormula((_, deviation) => ({ shift: 0, divisor: deviation() + STD_EPSILON })),
  { formula: { shift: "zero", divisor: { by: "std", epsilon: STD_EPSILON } } },
);

/**
 * Applies a formula to one mean and population standard deviation per group, in two passes; 1e-6 is added to the deviation before
 * dividing, as in Keras. A constant group, which Keras divides by 1e-6, never gets here.
 */
function byFormula(formula: Formula): ChangeGroup {
  return (group) => {
    const { values, stride, count } = group;
    const mean = meanOf(group);
    const { shift, divisor } = formula(mean, () => Math.sqrt(spreadOf(group, mean) / count));
    for (let i = 0; i < values.length; i += stride) values[i] = (values[i] - shift) / divisor;
  };
}
