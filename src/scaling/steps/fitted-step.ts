import type { AffineStep } from "./affine-step.ts";
import type { SamplewiseStep } from "./samplewise.ts";
import type { ZcaStep } from "./zca.ts";

/** A step with the statistics it applies, if any. */
export type FittedStep = AffineStep | SamplewiseStep | ZcaStep;

/** Whether the step holds statistics of the training images. */
export function isFeaturewise({ kind }: Pick<FittedStep, "kind">): boolean {
  return kind !== "normalize" && !isSamplewise({ kind });
}

export function isSamplewise({ kind }: Pick<FittedStep, "kind">): boolean {
  return kind.startsWith("samplewise-");
}

/** Narrows to the steps that are one map within each group. */
export function isAffine<Step extends Pick<FittedStep, "kind">>(
  step: Step,
): step is Extract<Step, { readonly kind: AffineStep["kind"] }> {
  return step.kind !== "zca" && !isSamplewise(step);
}
