import { PixscaleError } from "../../errors.ts";
import { imageSize, type PixelType } from "../dataset.ts";
import type { RowBlock } from "./cells.ts";
import type { TableColumns } from "./columns.ts";
import { plainRows, QuotedCells } from "./plain-rows.ts";
import { quotedRows } from "./quoted-rows.ts";

/** The rows of one split in a table. */
export interface SplitRows {
  count: number;
  /** Classes as written. */
  readonly labels: Set<string>;
}

/** A table that was gone through once. */
export interface ScannedTable {
  readonly columns: TableColumns;
  readonly isQuoted: boolean;
  readonly rows: number;
  /** By what the column of splits says; all under `""` if there is none. */
  readonly splits: ReadonlyMap<string, SplitRows>;
  /** The smallest type that holds all values as they are, if float32 is taken to hold any fraction. */
  readonly type: PixelType;
}

const MAX_CLASSES = 65536;
/** The largest float32. */
const MAX_FLOAT = 3.4028234663852886e38;

/** The rows of a table, block by block. @throws PixscaleError naming the line with a missing or wrong cell */
export function rowsOf({
  columns,
  isQuoted,
}: Pick<ScannedTable, "columns" | "isQuoted">): AsyncGenerator<RowBlock> {
  return isQuoted ? quotedRows(columns) : plainRows(columns);
}

/**
 * Goes through a whole table to count its rows, and to find its classes and the type of its values.
 *
 * @throws PixscaleError naming the line with a missing or wrong cell, or if there are no rows
 */
export async function scanTable(columns: TableColumns): Promise<ScannedTable> {
  try {
    return await scan(columns, false);
  } catch (error) {
    if (!(error instanceof QuotedCells)) throw error;
    return scan(columns, true);
  }
}

async function scan(columns: TableColumns, isQuoted: boolean): Promise<ScannedTable> {
  const { path } = columns.head;
  const size = imageSize(columns.shape);
  const range = new ValueRange();
  const splits = new Map<string, SplitRows>();
  let rows = 0;
  let isFirstOdd = false;
  for await (const { count, values, labels, splits: names } of rowsOf({ columns, isQuoted })) {
    if (rows === 0) {
      range.add(values.subarray(0, size));
      isFirstOdd = range.hasFractions;
      range.add(values.subarray(size), isFirstOdd);
      isFirstOdd &&= !range.hasFractions;
    } else {
      range.add(values);
      isFirstOdd &&= !range.hasFractions;
    }
    for (let i = 0; i < count; i++) addRow(splits, names[i] ?? "", labels[i]);
    rows += count;
  }
  if (rows === 0) throw new PixscaleError(path, "no rows", "download it again");
  // The header of a table of numbers that pandas wrote without names: 0, 0.1, 0.2.
  if (isFirstOdd && rows > 1 && !columns.head.hasHeader) {
    const problem = "line 1 has fractions, but no other line has: it could be a header";
    throw new PixscaleError(
      path,
      problem,
      "remove the line if it is a header, or write all values with fractions",
    );
  }
  if (range.largest > MAX_FLOAT || range.smallest < -MAX_FLOAT) {
    throw new PixscaleError(path, "values too large for float32", "divide them before saving");
  }
  for (const { labels } of splits.values()) {
    if (labels.size <= MAX_CLASSES) continue;
    throw new PixscaleError(path, `${labels.size} classes`, `use at most ${MAX_CLASSES}`);
  }
  return { columns, isQuoted, rows, splits, type: range.type(isFirstOdd) };
}

function addRow(splits: Map<string, SplitRows>, name: string, label: string | undefined): void {
  let split = splits.get(name);
  if (split === undefined) {
    split = { count: 0, labels: new Set() };
    splits.set(name, split);
  }
  split.count++;
  if (label !== undefined) split.labels.add(label);
}

/** The smallest and largest of some values, and whether all are whole numbers. */
class ValueRange {
  smallest = Number.POSITIVE_INFINITY;
  largest = Number.NEGATIVE_INFINITY;
  hasFractions = false;

  /** @param startOver whether to forget the fractions of earlier values */
  add(values: Float64Array, startOver = false): void {
    let { smallest, largest } = this;
    let fractions = startOver ? false : this.hasFractions;
    for (const value of values) {
      if (value < smallest) smallest = value;
      if (value > largest) largest = value;
      fractions ||= value !== Math.floor(value);
    }
    this.smallest = smallest;
    this.largest = largest;
    this.hasFractions = fractions;
  }

  type(isFirstOdd: boolean): PixelType {
    if (this.hasFractions || isFirstOdd || this.smallest < 0 || this.largest > 65535) return "float32";
    return this.largest <= 255 ? "uint8" : "uint16";
  }
}
