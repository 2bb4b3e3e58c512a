import type { Answer } from "../experiment/comparison.ts";

/** The same document as `--json` prints. */
export function toJson(answer: Answer): string {
  return `${JSON.stringify(answer, null, 2)}\n`;
}
