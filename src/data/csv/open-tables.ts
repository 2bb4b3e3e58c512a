import { PixscaleError } from "../../errors.ts";
import {
  formatShape,
  imageSize,
  type Labels,
  newLabels,
  newPixels,
  type PixelType,
  type Split,
} from "../dataset.ts";
import type { DataOptions, ReadOption } from "../format.ts";
import { DEFAULT_TEST_SPLIT, drawTestImages } from "../images/hold-out.ts";
import { type FolderSplit, splitOf } from "../images/split-names.ts";
import type { DataSource, SplitSource } from "../source.ts";
import { type TableColumns, understandColumns } from "./columns.ts";
import { plainRows, QuotedCells, quotedRows, type RowBlock } from "./row-blocks.ts";
import { readHead } from "./table-head.ts";

/** The options that tables of pixels take. */
export const TABLE_OPTIONS = [
  "shape",
  "labelColumn",
  "testSplit",
  "splitSeed",
] as const satisfies readonly ReadOption[];

const MAX_CLASSES = 65536;

/** The splits of FER-2013, beside the usual names. */
const FER_SPLITS: Readonly<Record<string, FolderSplit>> = {
  training: "train",
  publictest: "validation",
  privatetest: "test",
};

/** What one pass through a table finds. */
interface ScannedTable {
  readonly columns: TableColumns;
  readonly isQuoted: boolean;
  /** One per row, as written. */
  readonly labels: readonly string[];
  /** One per row, if a column says it. */
  readonly splits: readonly FolderSplit[] | undefined;
  readonly count: number;
  /** The least type that holds all values. */
  readonly type: PixelType;
}

/** Rows of a table that are one split. */
interface TableSplit {
  readonly table: ScannedTable;
  /** Whether a row is one of them; all are, if undefined. */
  readonly isPicked?: (row: number) => boolean;
  readonly count: number;
}

/**
 * Opens tables of pixels with an image in each row. Each table is gone through once to count its rows and find the classes and the
 * range of the values; its pixels are read in pieces.
 *
 * @param test a table of test images; without labels, it is left out
 * @param subject the file or folder, for errors
 * @throws PixscaleError if a table can be read in two ways, or has a wrong line
 */
export async function openTables(
  train: string,
  test: string | undefined,
  subject: string,
  options: DataOptions,
): Promise<DataSource> {
  const note = (text: string) => options.observer?.onNote?.(text);
  const first = await scan(train, options);
  const second = test === undefined ? undefined : await scanTest(test, first, options);
  for (const text of first.columns.notes) note(text);
  if (test !== undefined && second === undefined)
    note(`the images in ${test} have no labels and are ignored`);
  const classes = classesOf([first, ...(second ? [second] : [])]);
  const type = (["float32", "uint16", "uint8"] as const).find(
    (each) => each === first.type || each === second?.type,
  );
  const source = (split: TableSplit) => splitSource(split, type ?? "uint8", classes.numbers);
  const info = first.columns.isLabelled
    ? { ...(classes.names && { classNames: classes.names }) }
    : ({ unlabelled: true } as const);
  if (first.splits !== undefined) return { ...splitByColumn(first, source, subject), ...info };
  if (second !== undefined) {
    return {
      train: source({ table: first, count: first.count }),
      test: source({ table: second, count: second.count }),
      ...info,
    };
  }
  const testSplit = options.testSplit ?? (first.columns.isLabelled ? DEFAULT_TEST_SPLIT : 0);
  const { count, isTest } = drawTestImages(first.count, subject, { ...options, testSplit });
  if (count === 0) return { train: source({ table: first, count: first.count }), test: undefined, ...info };
  note(`${count} test image${count === 1 ? "" : "s"} drawn from ${train}`);
  return {
    train: source({ table: first, count: first.count - count, isPicked: (row) => isTest[row] === 0 }),
    test: source({ table: first, count, isPicked: (row) => isTest[row] === 1 }),
    ...info,
  };
}

/** Undefined if the test images have no labels, but the training images have. */
async function scanTest(
  path: string,
  { columns }: ScannedTable,
  options: DataOptions,
): Promise<ScannedTable | undefined> {
  const head = await readHead(path);
  // Kaggle's test tables lack the column of the training ones.
  const names = head.names?.map((name) => name.trim());
  const { labelColumn: _, ...others } = options;
  const hasColumn = options.labelColumn === undefined || names?.includes(options.labelColumn);
  const understood = understandColumns(head, hasColumn ? options : others);
  const [expected, found] = [formatShape(columns.shape), formatShape(understood.shape)];
  if (expected !== found) {
    const problem = `images of ${found}, but "${columns.head.path}" has ${expected} (height × width × channels)`;
    throw new PixscaleError(path, problem, "use tables of the same dataset");
  }
  if (columns.isLabelled && !understood.isLabelled) return undefined;
  return scanRows(understood);
}

async function scan(path: string, options: DataOptions): Promise<ScannedTable> {
  return scanRows(understandColumns(await readHead(path), options));
}

async function scanRows(columns: TableColumns): Promise<ScannedTable> {
  try {
    return await scanWith(columns, false);
  } catch (error) {
    if (error instanceof QuotedCells) return scanWith(columns, true);
    throw error;
  }
}

async function scanWith(columns: TableColumns, isQuoted: boolean): Promise<ScannedTable> {
  const labels: string[] = [];
  const splits: FolderSplit[] = [];
  let count = 0;
  let type: PixelType = "uint8";
  for await (const block of rows(columns, isQuoted)) {
    for (const label of block.labels) labels.push(label);
    for (const name of block.splits) splits.push(splitNamed(name, columns));
    count += block.count;
    type = widest(type, block.values);
  }
  return { columns, isQuoted, labels, splits: columns.hasSplits ? splits : undefined, count, type };
}

function rows(columns: TableColumns, isQuoted: boolean): AsyncGenerator<RowBlock> {
  return isQuoted ? quotedRows(columns) : plainRows(columns);
}

function splitNamed(name: string, { head }: TableColumns): FolderSplit {
  const split = FER_SPLITS[name.toLowerCase()] ?? splitOf(name);
  if (split !== undefined) return split;
  throw new PixscaleError(head.path, `"${name}" is no split`, "use train, validation and test");
}

/** The least type that holds some more values too. */
function widest(type: PixelType, values: Float64Array): PixelType {
  if (type === "float32") return type;
  let largest = type === "uint16" ? 65535 : 0;
  for (const value of values) {
    if (value < 0 || value > 65535 || !Number.isInteger(value)) return "float32";
    if (value > largest) largest = value;
  }
  return largest > 255 ? "uint16" : "uint8";
}

/** The number of each class as written, and the names unless they are whole numbers. */
function classesOf(tables: readonly ScannedTable[]): {
  readonly numbers: ReadonlyMap<string, number>;
  readonly names: readonly string[] | undefined;
} {
  const { path } = tables[0].columns.head;
  const written = [...new Set(tables.flatMap(({ labels }) => [...new Set(labels)]))];
  const areNumbers = written.every((label) => /^\d+(\.0*)?$/.test(label) && Number(label) < MAX_CLASSES);
  if (areNumbers)
    return { numbers: new Map(written.map((label) => [label, Number(label)])), names: undefined };
  if (written.length > MAX_CLASSES) {
    throw new PixscaleError(
      path,
      `${written.length} classes`,
      `use at most ${MAX_CLASSES}, or choose another column of classes`,
    );
  }
  const names = written.sort();
  return { numbers: new Map(names.map((name, number) => [name, number])), names };
}

/** The splits that a column of the table names. @throws PixscaleError if none is for training */
function splitByColumn(
  table: ScannedTable,
  source: (split: TableSplit) => SplitSource,
  subject: string,
): DataSource {
  const of = (split: FolderSplit): SplitSource | undefined => {
    const count = table.splits?.filter((each) => each === split).length ?? 0;
    const isPicked = (row: number) => table.splits?.[row] === split;
    return count === 0 ? undefined : source({ table, count, isPicked });
  };
  const [train, test, validation] = [of("train"), of("test"), of("validation")];
  if (train === undefined)
    throw new PixscaleError(subject, "no row is a training image", "correct the column of splits");
  if (test === undefined) return { train, test: validation };
  return { train, test, ...(validation && { validation }) };
}

function splitSource(split: TableSplit, type: PixelType, classes: ReadonlyMap<string, number>): SplitSource {
  const { columns } = split.table;
  return {
    shape: columns.shape,
    type,
    count: split.count,
    subject: columns.head.path,
    pieces: () => pieces(split, type, classes),
  };
}

async function* pieces(
  { table, isPicked = () => true }: TableSplit,
  type: PixelType,
  classes: ReadonlyMap<string, number>,
): AsyncGenerator<Split> {
  const { shape } = table.columns;
  const size = imageSize(shape);
  const largest = Math.max(0, ...classes.values());
  let row = 0;
  for await (const block of rows(table.columns, table.isQuoted)) {
    const pixels = newPixels(type, block.count * size);
    const labels: Labels = newLabels(block.count, largest + 1);
    let count = 0;
    for (let i = 0; i < block.count; i++, row++) {
      if (!isPicked(row)) continue;
      pixels.set(block.values.subarray(i * size, (i + 1) * size), count * size);
      labels[count++] = classes.get(block.labels[i] ?? "") ?? 0;
    }
    yield { pixels: pixels.subarray(0, count * size), labels: labels.subarray(0, count), count, shape };
  }
}
