import { PixscaleError } from "../../errors.ts";
import { textBlocks } from "./text-blocks.ts";

const DELIMITERS = ["\t", ";", ","] as const;

/** How a table begins. */
export interface TableHead {
  readonly path: string;
  readonly delimiter: (typeof DELIMITERS)[number];
  /** Whether the first line is no row. */
  readonly hasHeader: boolean;
  /** Undefined if the first line holds numbers only. */
  readonly names: readonly string[] | undefined;
  /** Cells of the first line that is no header. */
  readonly first: readonly string[];
}

/**
 * Reads the start of a table: CSV, or with tabs or semicolons.
 *
 * @throws PixscaleError if it cannot be read, has no row, or no columns
 */
export async function readHead(path: string): Promise<TableHead> {
  const lines = await firstLines(path);
  const [start = ""] = lines;
  const delimiter = DELIMITERS.find((each) => start.includes(each));
  if (delimiter === undefined) {
    const problem = start.trim() === "" ? "an empty file" : "no columns in its first line";
    throw new PixscaleError(
      path,
      problem,
      "use a table whose columns are separated by commas, semicolons or tabs",
    );
  }
  const cells = await Promise.all(lines.map((line) => cellsOf(line, delimiter)));
  const names = cells[0].every(isNumber) ? undefined : cells[0];
  const hasHeader = names !== undefined || isCount(cells[0]);
  const first = cells[hasHeader ? 1 : 0];
  if (first !== undefined) return { path, delimiter, hasHeader, names, first };
  throw new PixscaleError(path, "no rows under its header", "download it again");
}

/** Whether a cell is a finite decimal number. */
export function isNumber(cell: string): boolean {
  return /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/.test(cell) && Number.isFinite(Number(cell));
}

/** Whether cells are 0, 1, 2, … or 1, 2, 3, …: pandas names columns so that have no names. */
function isCount(cells: readonly string[]): boolean {
  const first = Number(cells[0]);
  return (
    (first === 0 || first === 1) && cells.length > 2 && cells.every((cell, i) => Number(cell) === first + i)
  );
}

/** Two lines that are not blank, or fewer. */
async function firstLines(path: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const block of textBlocks(path)) {
    for (let at = 0; at < block.length && lines.length < 2; ) {
      const found = block.indexOf(0x0a, at);
      const end = found < 0 ? block.length : found;
      const line = block.toString("utf8", at, end).replace(/\r$/, "");
      if (line.trim() !== "") lines.push(line);
      at = end + 1;
    }
    if (lines.length === 2) break;
  }
  return lines;
}

/** Cells of a line; of a line whose quoted cells go on in the next, roughly. */
async function cellsOf(line: string, delimiter: string): Promise<string[]> {
  const { parse } = await import("csv-parse/sync");
  try {
    return parse(line, { delimiter, relax_quotes: true })[0] ?? [];
  } catch {
    return line.split(delimiter);
  }
}
