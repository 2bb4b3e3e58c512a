import { type ChangeGroup, samplewiseKind } from "./samplewise-kind.ts";
import { STD_EPSILON } from "./std.ts";

/** What is done to the values of one group, given their mean and a function that computes their standard deviation. */
type Formula = (
  mean: number,
  deviation: () => number,
) => { readonly shift: number; readonly divisor: number };

export const samplewiseCenter = samplewiseKind(
  "samplewise-center",
  byFormula((mean) => ({ shift: mean, divisor: 1 })),
);

export const samplewiseStandardize = samplewiseKind(
  "samplewise-standardize",
  byFormula((mean, deviation) => ({ shift: mean, divisor: deviation() + STD_EPSILON })),
);

export const samplewiseUnitStd = samplewiseKind(
  "samplewise-unit-std",
  byFormula((_, deviation) => ({ shift: 0, divisor: deviation() + STD_EPSILON })),
);

/**
 * Applies a formula to one mean and population standard deviation per group. Two passes; 1e-6 is added to the deviation before
 * dividing, as in Keras, so a constant image stays finite.
 */
function byFormula(formula: Formula): ChangeGroup {
  return (values, stride, count) => {
    let sum = 0;
    for (let i = 0; i < values.length; i += stride) sum += values[i];
    const mean = sum / count;
    const { shift, divisor } = formula(mean, () => deviation(values, stride, count, mean));
    for (let i = 0; i < values.length; i += stride) values[i] = (values[i] - shift) / divisor;
  };
}

function deviation(values: Float64Array, stride: number, count: number, mean: number): number {
  let spread = 0;
  for (let i = 0; i < values.length; i += stride) spread += (values[i] - mean) ** 2;
  return Math.sqrt(spread / count);
}
