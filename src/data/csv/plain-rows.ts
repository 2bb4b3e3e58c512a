import { PixscaleError } from "../../errors.ts";
import { imageSize } from "../dataset.ts";
import { cellProblem, type RowBlock, readList } from "./cells.ts";
import type { ColumnRole, TableColumns } from "./columns.ts";
import { isNumber } from "./table-head.ts";
import { textBlocks } from "./text-blocks.ts";

/** Thrown where a table turns out to have quoted cells, which the fast reader leaves to the other one. */
export class QuotedCells extends Error {}

const [TAB, NEWLINE, RETURN, SPACE, QUOTE, ZERO, NINE] = [0x09, 0x0a, 0x0d, 0x20, 0x22, 0x30, 0x39];
const ROLES: readonly ColumnRole[] = ["pixel", "pixels", "label", "split", "ignored"];
const [PIXEL, PIXELS, LABEL, SPLIT] = ROLES.keys();

/**
 * Reads the rows of a table without quotes, a few megabytes at a time.
 *
 * @throws PixscaleError naming the line with a missing or wrong cell
 * @throws QuotedCells if it has quotes
 */
export async function* plainRows(columns: TableColumns): AsyncGenerator<RowBlock> {
  const reader = new PlainReader(columns);
  for await (const text of textBlocks(columns.head.path)) {
    const block = reader.read(text);
    if (block.count > 0) yield block;
  }
}

/** Reads lines of cells out of bytes: strings are made of classes and splits only. */
class PlainReader {
  readonly #path: string;
  readonly #roles: Uint8Array;
  readonly #size: number;
  readonly #delimiter: number;
  #line = 1;
  #isHeader: boolean;

  constructor({ head, roles, shape }: TableColumns) {
    this.#path = head.path;
    this.#roles = Uint8Array.from(roles, (role) => ROLES.indexOf(role));
    this.#size = imageSize(shape);
    this.#delimiter = head.delimiter.charCodeAt(0);
    this.#isHeader = head.hasHeader;
  }

  read(text: Buffer): RowBlock {
    let at = this.#isHeader ? this.#skipHeader(text) : 0;
    if (text.indexOf(QUOTE, at) >= 0) throw new QuotedCells();
    const values = new Float64Array(countLines(text, at) * this.#size);
    const labels: string[] = [];
    const splits: string[] = [];
    let count = 0;
    while (at < text.length) {
      const next = text.indexOf(NEWLINE, at);
      const stop = next < 0 ? text.length : next;
      const end = stop > at && text[stop - 1] === RETURN ? stop - 1 : stop;
      if (!isBlank(text, at, end))
        this.#readLine(text, at, end, values, count++ * this.#size, labels, splits);
      this.#line++;
      at = stop + 1;
    }
    return { count, values: values.subarray(0, count * this.#size), labels, splits };
  }

  #skipHeader(text: Buffer): number {
    let at = 0;
    for (;;) {
      const next = text.indexOf(NEWLINE, at);
      const end = next < 0 ? text.length : next;
      const blank = isBlank(text, at, end);
      this.#line++;
      at = end + 1;
      if (blank && at < text.length) continue;
      this.#isHeader = false;
      return at;
    }
  }

  #readLine(
    text: Buffer,
    from: number,
    end: number,
    values: Float64Array,
    to: number,
    labels: string[],
    splits: string[],
  ): void {
    const roles = this.#roles;
    const delimiter = this.#delimiter;
    let at = from;
    let value = to;
    for (let column = 0; column < roles.length; column++) {
      if (at > end) throw this.#cells(column);
      const start = at;
      const role = roles[column];
      if (role === PIXEL) {
        let number = 0;
        let byte = text[at];
        while (at < end && byte >= ZERO && byte <= NINE) {
          number = 10 * number + byte - ZERO;
          byte = text[++at];
        }
        // Above 15 digits this would round at each of them.
        if ((at < end && byte !== delimiter) || at === start || at - start > 15) {
          at = cellEnd(text, start, end, delimiter);
          number = this.#number(text.toString("utf8", start, at), column);
        }
        values[value++] = number;
      } else {
        at = cellEnd(text, start, end, delimiter);
        if (role === PIXELS) {
          readList(text.toString("latin1", start, at), values, to, this.#size, (problem) =>
            this.#wrong(problem),
          );
        } else if (role === LABEL) {
          labels.push(this.#text(text, start, at, column));
        } else if (role === SPLIT) {
          splits.push(this.#text(text, start, at, column));
        }
      }
      at++;
    }
    if (at <= end)
      throw this.#cells(
        roles.length + text.toString("latin1", at, end).split(String.fromCharCode(delimiter)).length,
      );
  }

  #text(text: Buffer, start: number, end: number, column: number): string {
    // Most are a single digit.
    if (end === start + 1 && text[start] >= ZERO && text[start] <= NINE) return String(text[start] - ZERO);
    const cell = text.toString("utf8", start, end).trim();
    if (cell === "") throw this.#wrong(`cell ${column + 1} is empty`);
    return cell;
  }

  #number(cell: string, column: number): number {
    if (isNumber(cell)) return Number(cell);
    throw this.#wrong(cellProblem(cell, column));
  }

  #cells(found: number): PixscaleError {
    return this.#wrong(`${found} cells instead of ${this.#roles.length}`);
  }

  #wrong(problem: string): PixscaleError {
    return new PixscaleError(this.#path, `line ${this.#line}: ${problem}`, "correct or remove the line");
  }
}

function cellEnd(text: Buffer, from: number, end: number, delimiter: number): number {
  let at = from;
  while (at < end && text[at] !== delimiter) at++;
  return at;
}

function countLines(text: Buffer, from: number): number {
  let lines = 1;
  for (let at = text.indexOf(NEWLINE, from); at >= 0; at = text.indexOf(NEWLINE, at + 1)) lines++;
  return lines;
}

function isBlank(text: Buffer, from: number, end: number): boolean {
  for (let at = from; at < end; at++) {
    const byte = text[at];
    if (byte !== SPACE && byte !== TAB && byte !== RETURN) return false;
  }
  return true;
}
