import type { ImageSplit, SplitName } from "../data/dataset.ts";
import { PixscaleError } from "../errors.ts";
import { cautionsAfterFit, cautionsBeforeFit, cautionsOnPixels } from "../scaling/cautions.ts";
import { decimal } from "../scaling/number.ts";
import type { Scaler } from "../scaling/scaler.ts";
import type { ScalingStep } from "../scaling/steps/step-kinds.ts";
import { isOtherRange, type PixelRange } from "../statistics/pixel-range.ts";
import { type CommonOptions, warn } from "./output.ts";

/** Warns once about each thing that users should know before the scalings are fitted. */
export function warnBeforeFit(
  options: CommonOptions,
  scalings: readonly (readonly ScalingStep[])[],
  train: ImageSplit,
): void {
  for (const caution of cautionsBeforeFit(scalings, train)) warn(options, caution);
}

/** Warns about what the fitted steps found. */
export function warnAfterFit(options: CommonOptions, scaler: Scaler): void {
  for (const caution of cautionsAfterFit(scaler)) warn(options, caution);
}

/** Warns if a fitted scaler gets pixels that it is not meant for. */
export function warnOnPixels(options: CommonOptions, scaler: Scaler, images: ImageSplit): void {
  for (const caution of cautionsOnPixels(scaler.steps, images)) warn(options, caution);
}

/** Warns if pixels have another range than those that a model was trained on. */
export function warnOfOtherRange(
  options: CommonOptions,
  split: SplitName,
  now: PixelRange,
  then: PixelRange | undefined,
): void {
  if (then === undefined || !isOtherRange(now, then)) return;
  const text = ({ min, max }: PixelRange) => `from ${decimal(min)} to ${decimal(max)}`;
  const problem = `the pixels of ${split} go ${text(now)}, but the model was trained on pixels ${text(then)}`;
  warn(options, `${problem}; use data in the same units`);
}

/**
 * To be called once the figures are printed: a script that reads them must not take what NaN or infinite pixels spoil for a result.
 *
 * @param means of each split
 * @throws PixscaleError if one is not finite
 */
export function requireFinite(
  data: string,
  means: readonly (readonly [split: SplitName, means: ArrayLike<number>])[],
): void {
  const spoiled = means.filter(([, values]) => !Array.from(values).every(Number.isFinite));
  if (spoiled.length === 0) return;
  const splits = spoiled.map(([split]) => split).join(" and ");
  const problem = `${splits} ${spoiled.length === 1 ? "has" : "have"} NaN or infinite values, so the statistics are not finite`;
  throw new PixscaleError(data, problem, "replace them");
}
