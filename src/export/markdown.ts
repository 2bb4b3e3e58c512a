import type { Answer } from "../experiment/comparison.ts";
import { type AnswerTable, answerTables, answerTitle, conclusion } from "../output/comparison-tables.ts";

/** The answer as it is printed, in Markdown. */
export function toMarkdown(answer: Answer): string {
  const lines = conclusion(answer).map((line) => `- ${line}`);
  return `${[answerTitle(answer), ...answerTables(answer).map(markdownTable), lines.join("\n")].join("\n\n")}\n`;
}

function markdownTable({ head, rows, textColumns }: AnswerTable): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  const rule = head.map((_, column) => (column < textColumns ? "---" : "---:"));
  return [line(head), line(rule), ...rows.map(line)].join("\n");
}
