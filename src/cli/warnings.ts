import type { Scaler } from "../scaling/scaler.ts";
import { type CommonOptions, tell } from "./output.ts";

/**
 * Warns where a standardization divides by Keras' 1e-6 alone: a value that never varied on train but does elsewhere becomes a
 * million times larger.
 */
export function warnOfConstants(options: CommonOptions, scaler: Scaler): void {
  for (const step of scaler.steps) {
    if (step.kind !== "standardize" && step.kind !== "unit-std") continue;
    const constant = step.std.filter((std) => std === 0).length;
    if (constant === 0) continue;
    const which =
      scaler.axis === "global"
        ? "the training split is"
        : `${constant} of ${step.std.length} ${scaler.axis}s are`;
    tell(
      options,
      `warning: ${which} constant on train; other values there are divided by 1e-6 and become huge`,
    );
  }
}
