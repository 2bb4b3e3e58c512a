import type { Moments } from "./moments.ts";
import type { ScalingStep } from "./spec.ts";

/** A step with the statistics it applies, one entry a group, in the units its input has. */
export type FittedStep =
  | { readonly kind: "normalize"; readonly factor: number }
  | { readonly kind: "center"; readonly mean: Float64Array }
  | { readonly kind: "standardize"; readonly mean: Float64Array; readonly std: Float64Array };

/** Whether fitting the step needs the training images. */
export function isFeaturewise(step: ScalingStep): boolean {
  switch (step.kind) {
    case "normalize":
      return false;
    case "center":
    case "standardize":
      return true;
  }
}

/** What Keras adds to every standard deviation it divides by. */
export const STD_EPSILON = 1e-6;

/**
 * Fits each step on data that the steps before it have already changed. As every step is `x → a·x + b` within a group,
 * the data need not be scaled to know its statistics: the mean becomes `a·mean + b`, the deviation `|a|·std`.
 *
 * @param measureRaw the moments of the unscaled data; called once at most, and only if a step needs them
 */
export function fitSteps(
  steps: readonly ScalingStep[],
  measureRaw: () => Pick<Moments, "mean" | "std">,
): FittedStep[] {
  if (!steps.some(isFeaturewise)) {
    return steps.filter((step) => step.kind === "normalize");
  }
  let { mean, std } = measureRaw();
  return steps.map((step) => {
    const fitted = fitStep(step, mean, std);
    mean = meanAfter(fitted, mean);
    std = stdAfter(fitted, std);
    return fitted;
  });
}

function fitStep(step: ScalingStep, mean: Float64Array, std: Float64Array): FittedStep {
  switch (step.kind) {
    case "normalize":
      return step;
    case "center":
      return { kind: "center", mean };
    case "standardize":
      return { kind: "standardize", mean, std };
  }
}

function meanAfter(step: FittedStep, mean: Float64Array): Float64Array {
  switch (step.kind) {
    case "normalize":
      // Adding 0 turns −0, which JSON cannot keep, into 0.
      return mean.map((value) => value * step.factor + 0);
    case "center":
    case "standardize":
      return new Float64Array(mean.length);
  }
}

function stdAfter(step: FittedStep, std: Float64Array): Float64Array {
  switch (step.kind) {
    case "normalize":
      return std.map((value) => value * Math.abs(step.factor));
    case "center":
      return std;
    case "standardize":
      return std.map((value) => value / (value + STD_EPSILON));
  }
}
