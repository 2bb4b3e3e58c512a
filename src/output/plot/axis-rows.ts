/** What stands left of a chart's rows and below them. */
export interface Axes {
  /** Of the top and the bottom row. */
  readonly most: string;
  readonly least: string;
  /** Below the left end, and the right end. */
  readonly from: string;
  readonly to: string;
}

/** Columns that the axes take beside the chart itself. */
export function axisColumns({ most, least }: Axes): number {
  return Math.max(most.length, least.length) + 2;
}

/** Puts axes around the rows of a chart, which all have one width. @param width columns of each row */
export function withAxes(rows: readonly string[], width: number, axes: Axes): string[] {
  const { most, least, from, to } = axes;
  const label = axisColumns(axes) - 2;
  const text = (row: number) => (row === 0 ? most : row === rows.length - 1 ? least : "");
  const between = " ".repeat(Math.max(1, width - from.length - to.length));
  return [
    ...rows.map(
      (row, i) => `${text(i).padStart(label)} ${i === 0 || i === rows.length - 1 ? "┤" : "│"}${row}`,
    ),
    `${" ".repeat(label + 1)}└${"─".repeat(width)}`,
    `${" ".repeat(label + 2)}${from}${between}${to}`,
  ];
}
