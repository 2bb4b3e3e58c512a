import type { Comparison } from "../experiment/comparison.ts";

/** The comparison as one JSON document. */
export function toJson(comparison: Comparison): string {
  return `${JSON.stringify(comparison, null, 2)}\n`;
}
