import type { Axis } from "../../statistics/axis.ts";

/** What Keras adds to every standard deviation it divides by. */
export const STD_EPSILON = 1e-6;

export const CONSTANT_RULES = ["one", "keras"] as const;

/**
 * What values are divided by that never vary on train: `one` divides by 1, as scikit-learn's StandardScaler does; `keras` divides by
 * 0 + 1e-6, as Keras' ImageDataGenerator does, so that a value that does vary elsewhere grows a million times.
 */
export type ConstantRule = (typeof CONSTANT_RULES)[number];

/** The divisor of a group. @param std above or equal to 0; exactly 0 means that the group is constant on train */
export function divisor(std: number, rule: ConstantRule): number {
  return std === 0 && rule === "one" ? 1 : std + STD_EPSILON;
}

/** What users should know of groups that are constant on train; undefined if none is. */
export function constantCaution(
  std: Float64Array,
  axis: Axis | undefined,
  rule: ConstantRule,
): string | undefined {
  const constant = std.filter((value) => value === 0).length;
  if (constant === 0) return undefined;
  const subject =
    axis === undefined || axis === "global"
      ? "all training pixels have the same value"
      : `${constant} of ${std.length} ${axis}s are constant on train`;
  if (rule === "one") return `${subject}; any other value there is divided by 1`;
  return `${subject}; any other value there is divided by 1e-6 and becomes huge`;
}
