/** Columns of the terminal that stdout writes to, or of the variable COLUMNS; Infinity if the output goes to a file or pipe. */
export function terminalWidth(): number {
  const { columns } = process.stdout;
  if (process.stdout.isTTY && columns > 0) return columns;
  const given = Number(process.env.COLUMNS);
  return Number.isSafeInteger(given) && given > 0 ? given : Infinity;
}
