import chalk from "chalk";
import Table from "cli-table3";
import { fitTable, type TableBlock, type TableStyle } from "./fit-table.ts";
import { terminalWidth } from "./terminal-width.ts";

/** A table for the terminal, fitted to its width. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  style: TableStyle = {},
  width = terminalWidth(),
): string {
  return fitTable(head, rows, style, width).map(draw).join("\n");
}

function draw({ head, rows, textColumns, wrapped }: TableBlock): string {
  const lines = new Table({
    head: head.map((cell) => chalk.bold(cell)),
    colAligns: head.map((_, column) => (column < textColumns ? "left" : "right")),
    // cli-table3 counts the spaces on both sides.
    colWidths: head.map((_, column) => (column === wrapped?.column ? wrapped.width + 2 : null)),
    wordWrap: true,
    // cli-table3 would colour these even if colour is off.
    style: { head: [], border: [], compact: true },
  });
  lines.push(...rows.map((row) => [...row]));
  return lines.toString();
}
