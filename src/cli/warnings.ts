import type { ImageSplit, SplitName } from "../data/dataset.ts";
import type { Scaler } from "../scaling/scaler.ts";
import { axisOf, kindOf, type ScalingStep } from "../scaling/steps/step-kinds.ts";
import { type CommonOptions, warn } from "./output.ts";

/** Warns once about each thing that users should know before the scalings are fitted. */
export function warnBeforeFit(
  options: CommonOptions,
  scalings: readonly (readonly ScalingStep[])[],
  train: ImageSplit,
): void {
  const cautions = scalings.flatMap((steps) =>
    steps.flatMap((step, i) => kindOf(step).cautionBeforeFit?.(step, train, i === 0) ?? []),
  );
  for (const caution of new Set(cautions)) warn(options, caution);
}

/** Warns about what the fitted steps found. */
export function warnAfterFit(options: CommonOptions, { steps, axis }: Scaler): void {
  for (const step of steps) {
    const caution = kindOf(step).cautionAfterFit?.(step, axisOf(step, axis));
    if (caution !== undefined) warn(options, caution);
  }
}

/** Warns if NaN or infinite pixels spoil the means of a split. */
export function warnOfInfinite(options: CommonOptions, split: SplitName, means: ArrayLike<number>): void {
  if (Array.from(means).every(Number.isFinite)) return;
  warn(options, `${split} has NaN or infinite pixels, so its statistics are not finite`);
}
