import type { ImageSplit } from "../data/dataset.ts";
import type { Scaler } from "./scaler.ts";
import { axisOf, type FittedStep, kindOf, type ScalingStep } from "./steps/step-kinds.ts";

/** What users should know before scalings are fitted, each thing once. */
export function cautionsBeforeFit(
  scalings: readonly (readonly ScalingStep[])[],
  train: ImageSplit,
): readonly string[] {
  const cautions = scalings.flatMap((steps) => [
    ...cautionsOnPixels(steps, train),
    ...steps.flatMap((step) => kindOf(step).cautionBeforeFit?.(step, train) ?? []),
  ]);
  return [...new Set(cautions)];
}

/** What users should know if these images are scaled, whether the steps are fitted on them or not. */
export function cautionsOnPixels(
  steps: readonly (ScalingStep | FittedStep)[],
  images: ImageSplit,
): readonly string[] {
  return steps.flatMap((step, i) => kindOf(step).cautionOnPixels?.(step, images, i === 0) ?? []);
}

/** What users should know of what the fitted steps found. */
export function cautionsAfterFit({ steps, axis }: Pick<Scaler, "steps" | "axis">): readonly string[] {
  return steps.flatMap((step) => kindOf(step).cautionAfterFit?.(step, axisOf(step, axis)) ?? []);
}
