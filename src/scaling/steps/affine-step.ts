import type { Moments } from "../../statistics/moments.ts";
import type { ScalingStep } from "../parse.ts";

/** Mean and population standard deviation, one entry a group. */
export type Statistics = Pick<Moments, "mean" | "std">;

/** A step that is `x → a·x + b` within each group, with the statistics it applies, in the units its input has. */
export type AffineStep =
  | { readonly kind: "normalize"; readonly factor: number }
  | { readonly kind: "center"; readonly mean: Float64Array }
  | { readonly kind: "standardize"; readonly mean: Float64Array; readonly std: Float64Array }
  | { readonly kind: "unit-std"; readonly std: Float64Array };

type AffineScalingStep = Extract<ScalingStep, { kind: AffineStep["kind"] }>;

/** What Keras adds to every standard deviation it divides by. */
export const STD_EPSILON = 1e-6;

/** @param measure gives the statistics of the data that earlier steps left; called only if the step needs them */
export function fitAffine(step: AffineScalingStep, measure: () => Statistics): AffineStep {
  switch (step.kind) {
    case "normalize":
      return step;
    case "center":
      return { kind: step.kind, mean: measure().mean };
    case "standardize": {
      const { mean, std } = measure();
      return { kind: step.kind, mean, std };
    }
    case "unit-std":
      return { kind: step.kind, std: measure().std };
  }
}

/**
 * The statistics of data after a step, from those before it: as the step is affine, the data need not be scaled to know them.
 */
export function statisticsAfter(step: AffineStep, { mean, std }: Statistics): Statistics {
  switch (step.kind) {
    case "normalize":
      return {
        // Adding 0 turns −0, which JSON cannot keep, into 0.
        mean: mean.map((value) => value * step.factor + 0),
        std: std.map((value) => value * Math.abs(step.factor)),
      };
    case "center":
      return { mean: new Float64Array(mean.length), std };
    case "standardize":
      return { mean: new Float64Array(mean.length), std: divideByStd(std, step.std) };
    case "unit-std":
      return { mean: divideByStd(mean, step.std), std: divideByStd(std, step.std) };
  }
}

function divideByStd(values: Float64Array, std: Float64Array): Float64Array {
  return values.map((value, group) => value / (std[group] + STD_EPSILON));
}
