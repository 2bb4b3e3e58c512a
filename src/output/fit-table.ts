import { stripVTControlCharacters } from "node:util";

/** How a table looks, and what it gives up on a narrow terminal. */
export interface TableStyle {
  /** The first so many columns are text, the others right-aligned numbers; by default 1. */
  readonly textColumns?: number;
  /** Heads of the columns that are left out if the terminal is too narrow, first first. */
  readonly giveWay?: readonly string[];
  /** Heads of text columns whose words in parentheses at the end give way next. */
  readonly asides?: readonly string[];
  /** Head of a text column of sentences: it is wrapped between words instead of shortened. */
  readonly wraps?: string;
}

/** The part of a table that stands side by side. */
export interface TableBlock {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly textColumns: number;
  /** Inner width of a wrapped column, if there is one. */
  readonly wrapped?: { readonly column: number; readonly width: number };
}

const LEAST_TEXT = 8;
const LEAST_WRAPPED = 20;

/**
 * Fits a table into a width: first columns give way, then words in parentheses, then a column of sentences is wrapped, then texts are
 * shortened in the middle. If that is not enough, the numbers are spread over several blocks below each other, with texts as long as
 * fits there. Numbers are never shortened.
 */
export function fitTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { textColumns = 1, giveWay = [], asides = [], wraps }: TableStyle,
  width: number,
): TableBlock[] {
  let block: TableBlock = { head, rows, textColumns };
  for (const name of giveWay) {
    if (tableWidth(block) <= width) break;
    block = without(block, block.head.indexOf(name));
  }
  for (const name of asides) {
    if (tableWidth(block) > width) block = withoutAsides(block, block.head.indexOf(name));
  }
  if (wraps !== undefined && tableWidth(block) > width) block = wrap(block, block.head.indexOf(wraps), width);
  const fits = (each: TableBlock) => tableWidth(each) <= width;
  const whole = shortenUntil(block, fits);
  return fits(whole)
    ? [whole]
    : spread(
        shortenUntil(block, (each) => spread(each, 0).every(fits)),
        width,
      );
}

/** The texts as long as a condition allows, but not shorter than the least. */
function shortenUntil(block: TableBlock, fits: (block: TableBlock) => boolean): TableBlock {
  let longest = Math.max(...columnWidths(block).slice(0, block.textColumns), 0);
  let short = block;
  while (!fits(short) && longest > LEAST_TEXT) short = shorten(block, --longest);
  return short;
}

/** The width of a table with its borders and one space on each side of a cell. */
export function tableWidth(block: TableBlock): number {
  return columnWidths(block).reduce((sum, width) => sum + width + 3, 1);
}

function columnWidths({ head, rows, wrapped }: TableBlock): number[] {
  return head.map((name, column) =>
    column === wrapped?.column
      ? wrapped.width
      : Math.max(textWidth(name), ...rows.map((row) => textWidth(row[column]))),
  );
}

function textWidth(text: string): number {
  return Math.max(
    ...stripVTControlCharacters(text)
      .split("\n")
      .map((line) => [...line].length),
  );
}

function without({ head, rows, textColumns }: TableBlock, column: number): TableBlock {
  if (column < 0) return { head, rows, textColumns };
  const others = (cells: readonly string[]) => cells.filter((_, i) => i !== column);
  return {
    head: others(head),
    rows: rows.map(others),
    textColumns: column < textColumns ? textColumns - 1 : textColumns,
  };
}

function withoutAsides(block: TableBlock, column: number): TableBlock {
  const rows = block.rows.map((row) =>
    row.map((cell, i) => (i === column ? cell.replace(/ \([^()]*\)$/, "") : cell)),
  );
  return { ...block, rows };
}

function wrap(block: TableBlock, column: number, width: number): TableBlock {
  const rest = tableWidth(block) - columnWidths(block)[column];
  return { ...block, wrapped: { column, width: Math.max(LEAST_WRAPPED, width - rest) } };
}

function shorten(block: TableBlock, longest: number): TableBlock {
  const { head, rows, textColumns, wrapped } = block;
  const cut = (cells: readonly string[]) =>
    cells.map((cell, column) =>
      column < textColumns && column !== wrapped?.column ? shortenMiddle(cell, longest) : cell,
    );
  return { ...block, head: cut(head), rows: rows.map(cut) };
}

/** A text of at most so many letters: its beginning and end, with … between. */
export function shortenMiddle(text: string, length: number): string {
  const letters = [...text];
  if (letters.length <= length || text !== stripVTControlCharacters(text)) return text;
  const end = Math.floor((length - 1) / 2);
  return `${letters.slice(0, length - 1 - end).join("")}…${letters.slice(letters.length - end).join("")}`;
}

/** Blocks that repeat the text columns, each with as many numbers as fit. */
function spread(block: TableBlock, width: number): TableBlock[] {
  const { head, textColumns } = block;
  const pick = (columns: readonly number[]): TableBlock => ({
    ...block,
    head: columns.map((column) => block.head[column]),
    rows: block.rows.map((row) => columns.map((column) => row[column])),
  });
  const texts = head.slice(0, textColumns).map((_, column) => column);
  const groups: number[][] = [[]];
  for (let column = textColumns; column < head.length; column++) {
    const last = groups[groups.length - 1];
    const wider = pick([...texts, ...last, column]);
    if (last.length > 0 && tableWidth(wider) > width) groups.push([column]);
    else last.push(column);
  }
  return groups.map((columns) => pick([...texts, ...columns]));
}
