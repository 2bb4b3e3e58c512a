/** The words of one row, or of the control block: the given fields of a table of tables.ts, zero for the others. */
export function tableRow<T extends { readonly words: number }>(
  table: T,
  fields: { readonly [Name in Exclude<keyof T, "words">]?: number },
): number[] {
  const row = new Array<number>(table.words).fill(0);
  const indices = table as Readonly<Record<string, number>>;
  const values = fields as Readonly<Record<string, number>>;
  for (const name in values) row[indices[name]] = values[name];
  return row;
}
