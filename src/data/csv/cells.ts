import { oneLine } from "../../errors.ts";
import { isNumber } from "./table-head.ts";

/** Some rows of a table. */
export interface RowBlock {
  readonly count: number;
  /** `count × values per image`. */
  readonly values: Float64Array;
  /** One per row, as written; empty if there is no such column. */
  readonly labels: readonly string[];
  readonly splits: readonly string[];
}

/** What is wrong with a cell that is no number. @param column from 0 */
export function cellProblem(cell: string, column: number): string {
  if (cell.trim() === "") return `cell ${column + 1} is empty`;
  return `cell ${column + 1} is "${oneLine(cell).slice(0, 30)}", not a number`;
}

/** Reads numbers with spaces or commas between them, perhaps in brackets. */
export function readList(
  cell: string,
  values: Float64Array,
  to: number,
  size: number,
  wrong: (problem: string) => Error,
): void {
  const numbers = cell
    .replace(/^\s*\[|\]\s*$/g, "")
    .trim()
    .split(/[\s,]+/);
  if (numbers.length !== size) throw wrong(`${numbers.length} pixel values instead of ${size}`);
  for (let i = 0; i < size; i++) {
    if (!isNumber(numbers[i]))
      throw wrong(`the pixel value "${oneLine(numbers[i]).slice(0, 30)}" is not a number`);
    values[to + i] = Number(numbers[i]);
  }
}
