/** Values in a row, equally far apart, and how they look. */
export interface Series {
  readonly marker: string;
  readonly paint: (text: string) => string;
  readonly values: readonly number[];
}

export interface Grid {
  /** The values of the bottom row and the top row. */
  readonly least: number;
  readonly most: number;
  readonly rows: number;
  readonly columns: number;
}

/** Points as rows of characters, from the top; later series lie above earlier ones. Values that are not finite are left out. */
export function pointRows(series: readonly Series[], { least, most, rows, columns }: Grid): string[] {
  const cells = Array.from({ length: rows }, () => new Array<string>(columns).fill(" "));
  for (const { marker, paint, values } of series) {
    for (const [i, value] of values.entries()) {
      if (!Number.isFinite(value)) continue;
      const column = values.length === 1 ? 0 : Math.round((i * (columns - 1)) / (values.length - 1));
      const part = most > least ? (value - least) / (most - least) : 0.5;
      cells[Math.round((1 - part) * (rows - 1))][column] = paint(marker);
    }
  }
  return cells.map((row) => row.join(""));
}
