import { type ImageShape, imageSize, type Pixels, type SplitName } from "../data/dataset.ts";
import { thousands } from "../output/format.ts";
import type { ScalingStep } from "../scaling/parse.ts";
import type { Scaler } from "../scaling/scaler.ts";
import { type CommonOptions, tell } from "./output.ts";

/**
 * Warns where a standardization divides by Keras' 1e-6 alone: a value that never varied on train but does elsewhere becomes a
 * million times larger.
 */
export function warnOfConstants(options: CommonOptions, scaler: Scaler): void {
  for (const step of scaler.steps) {
    if (step.kind === "zca" && step.matrix.every((value) => value === 0)) {
      tell(options, "warning: all training images are the same; zca leaves nothing of any image");
    }
    if (step.kind !== "standardize" && step.kind !== "unit-std") continue;
    const constant = step.std.filter((std) => std === 0).length;
    if (constant === 0) continue;
    const which =
      scaler.axis === "global"
        ? "all training pixels have one value"
        : `${constant} of ${step.std.length} ${scaler.axis}s are constant on train`;
    tell(options, `warning: ${which}; other values there are divided by 1e-6 and become huge`);
  }
}

/** Warns where the usual 1/255 meets pixels that are not from 0 to 255. */
export function warnOfRange(
  options: CommonOptions,
  scalings: readonly (readonly ScalingStep[])[],
  pixels: Pixels,
): void {
  const usual = scalings.some(([first]) => first?.kind === "normalize" && first.factor === 1 / 255);
  if (!usual || pixels instanceof Uint8Array) return;
  if (pixels instanceof Uint16Array) {
    const advice = "normalize=1/65535 gives 0 to 1";
    tell(options, `warning: pixels of 16 bits are multiplied by 1/255, and so go up to 257; ${advice}`);
  } else if (pixels.every((value) => Math.abs(value) <= 1)) {
    tell(options, "warning: pixels of at most 1 are multiplied by 1/255; none leaves them as they are");
  }
}

/** Warns where pixels that are NaN or infinite spoil the means of a split. */
export function warnOfInfinite(options: CommonOptions, split: SplitName, means: ArrayLike<number>): void {
  if (Array.from(means).every(Number.isFinite)) return;
  tell(options, `warning: ${split} has pixels that are not finite numbers, and so have its statistics`);
}

/** Images of more values than this take longer than people like to wait without a word. */
const LONG_FIT = 1500;

/** Says so where the directions of a whitening take minutes to find: the time grows with the third power of an image's values. */
export function tellOfLongFit(
  options: CommonOptions,
  steps: readonly ScalingStep[],
  shape: ImageShape,
): void {
  const size = imageSize(shape);
  if (size < LONG_FIT || steps.every(({ kind }) => kind !== "zca")) return;
  tell(options, `zca: finding the directions of ${thousands(size)} values takes minutes`);
}
