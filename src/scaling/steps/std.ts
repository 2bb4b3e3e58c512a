import type { Axis } from "../../statistics/axis.ts";

/** What Keras adds to every standard deviation it divides by. */
export const STD_EPSILON = 1e-6;

export function divideByStd(values: Float64Array, std: Float64Array): Float64Array {
  return values.map((value, group) => value / (std[group] + STD_EPSILON));
}

/** A value that never varies on train is divided by `STD_EPSILON` alone: one that does vary elsewhere grows a million times. */
export function constantCaution(std: Float64Array, axis: Axis): string | undefined {
  const constant = std.filter((value) => value === 0).length;
  if (constant === 0) return undefined;
  const subject =
    axis === "global"
      ? "all training pixels have the same value"
      : `${constant} of ${std.length} ${axis}s are constant on train`;
  return `${subject}; any other value there is divided by 1e-6 and becomes huge`;
}
