import { decimal } from "../number.ts";

/** A statistic for people: its values, or their range if there are many. */
export function statisticText(values: Float64Array): string {
  if (values.length <= 4) return Array.from(values, (value) => decimal(value)).join(", ");
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  return `${decimal(low)} to ${decimal(high)} (${values.length} values)`;
}
