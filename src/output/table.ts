import chalk from "chalk";
import Table from "cli-table3";

/** A table for the terminal: the first `textColumns` columns are text, the others right-aligned numbers. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  textColumns = 1,
): string {
  const lines = new Table({
    head: head.map((cell) => chalk.bold(cell)),
    colAligns: head.map((_, column) => (column < textColumns ? "left" : "right")),
    // cli-table3 would colour these even if colour is off.
    style: { head: [], border: [], compact: true },
  });
  lines.push(...rows.map((row) => [...row]));
  return lines.toString();
}
