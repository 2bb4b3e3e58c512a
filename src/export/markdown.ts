import type { Comparison } from "../experiment/comparison.ts";
import {
  type ComparisonTable,
  comparisonTables,
  comparisonTitle,
  conclusion,
} from "../output/comparison-tables.ts";

/** The comparison as the terminal shows it, in Markdown. */
export function toMarkdown(comparison: Comparison): string {
  const lines = conclusion(comparison).map((line) => `- ${line}`);
  return `${[comparisonTitle(comparison), ...comparisonTables(comparison).map(markdownTable), lines.join("\n")].join("\n\n")}\n`;
}

function markdownTable({ head, rows, textColumns }: ComparisonTable): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  const rule = head.map((_, column) => (column < textColumns ? "---" : "---:"));
  return [line(head), line(rule), ...rows.map(line)].join("\n");
}
