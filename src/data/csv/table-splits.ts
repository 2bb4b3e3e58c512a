import { basename } from "node:path";
import { PixscaleError } from "../../errors.ts";
import { imageSize, type Labels, newLabels, newPixels, type PixelType, type Split } from "../dataset.ts";
import type { DataOptions } from "../format.ts";
import { DEFAULT_TEST_SPLIT, drawTestImages, requireNoTestSplit } from "../images/hold-out.ts";
import { type FolderSplit, splitOf } from "../images/split-names.ts";
import type { DataSource, SplitSource } from "../source.ts";
import { rowsOf, type ScannedTable } from "./scan.ts";

/** Rows of a table that make a split. */
export interface Selection {
  readonly table: ScannedTable;
  readonly count: number;
  /** Classes as written; undefined if the table has none. */
  readonly labels: ReadonlySet<string> | undefined;
  /** @param index of the row in the table */
  has(index: number, split: string): boolean;
}

export type Selections = { readonly [Name in FolderSplit]?: Selection | undefined };

/** All rows of a table. */
export function allRows(table: ScannedTable): Selection {
  const labels = new Set([...table.splits.values()].flatMap((rows) => [...rows.labels]));
  return {
    table,
    count: table.rows,
    labels: table.columns.isLabelled ? labels : undefined,
    has: () => true,
  };
}

/** FER-2013's names of its two test splits, of which the public one was for validation. */
const OTHER_SPLITS: Readonly<Record<string, FolderSplit>> = { publictest: "validation", privatetest: "test" };

/** The splits that a column of a table names. @throws PixscaleError if one of the names is unknown, or none is that of training */
export function splitsByColumn(table: ScannedTable): Selections {
  const { path } = table.columns.head;
  const found: { [Name in FolderSplit]?: Selection } = {};
  for (const [name, { count, labels }] of table.splits) {
    const split = OTHER_SPLITS[name.toLowerCase()] ?? splitOf(name);
    if (split === undefined || found[split] !== undefined) {
      const problem =
        split === undefined
          ? `unknown split "${name}"`
          : `two names for the ${split} images, such as "${name}"`;
      throw new PixscaleError(path, problem, "use train, validation and test");
    }
    const { isLabelled } = table.columns;
    found[split] = { table, count, labels: isLabelled ? labels : undefined, has: (_, each) => each === name };
  }
  if (found.train !== undefined) return found;
  throw new PixscaleError(path, "no training images among its splits", "add some");
}

/**
 * The source of tables of pixels. If there are no test images with classes, they are drawn from the training images as from folders.
 *
 * @param subject names them in errors
 * @throws PixscaleError if the splits do not fit together
 * @throws UsageError if the test split would leave no image in one of the splits
 */
export function tableSource(given: Selections, subject: string, options: DataOptions): DataSource {
  const { train } = given;
  if (train === undefined) throw new PixscaleError(subject, "no training images", "add some");
  const note = (text: string) => options.observer?.onNote?.(text);
  const tested = withLabels(given.test, train, note);
  const validated = withLabels(given.validation, train, note);
  const test = tested ?? validated;
  const validation = test === validated ? undefined : validated;
  const drawn = test === undefined ? drawTest(train, subject, options) : undefined;
  if (test !== undefined) requireNoTestSplit(options, `"${subject}" has test images of its own`);
  const splits = { train: drawn?.train ?? train, validation, test: drawn ? drawn.test : test };
  const all = Object.values(splits).filter((split) => split !== undefined);
  for (const split of all) requireSameShape(train, split);
  const classes = numberClasses(train, all);
  const type = largestType(all.map(({ table }) => table.type));
  const source = (selection: Selection) => selectedRows(selection, type, classes);
  note(contentText(splits, drawn !== undefined, classes));
  return {
    train: source(splits.train),
    test: splits.test && source(splits.test),
    ...(validation && { validation: source(validation) }),
    ...(train.labels === undefined && ({ unlabelled: true } as const)),
    ...(classes.names && { classNames: classes.names }),
  };
}

/** Leaves out images without classes, if the training images have some. */
function withLabels(
  split: Selection | undefined,
  train: Selection,
  note: (text: string) => void,
): Selection | undefined {
  if (split === undefined || (split.labels !== undefined && train.labels !== undefined)) return split;
  note(`the images in ${basename(split.table.columns.head.path)} have no labels and are ignored`);
  return undefined;
}

function drawTest(
  train: Selection,
  subject: string,
  options: DataOptions,
): { readonly train: Selection; readonly test: Selection | undefined } {
  // Images without labels cannot be tested on.
  const { testSplit = train.labels === undefined ? 0 : DEFAULT_TEST_SPLIT } = options;
  const { count, isTest } = drawTestImages(train.count, subject, { ...options, testSplit });
  if (count === 0) return { train, test: undefined };
  // The draw numbers the rows of this split; the table may have those of others between them.
  const draw = (wanted: 0 | 1, size: number): Selection => {
    let seen = 0;
    return {
      ...train,
      count: size,
      has(index, split) {
        if (index === 0) seen = 0;
        return train.has(index, split) && isTest[seen++] === wanted;
      },
    };
  };
  return { train: draw(0, train.count - count), test: draw(1, count) };
}

function requireSameShape({ table: first }: Selection, { table }: Selection): void {
  const [expected, found] = [first, table].map(({ columns }) => imageSize(columns.shape));
  if (expected === found) return;
  const problem = `${found} pixel values per image, but "${first.columns.head.path}" has ${expected}`;
  throw new PixscaleError(table.columns.head.path, problem, "use tables of the same dataset");
}

/** How labels become class indices. */
interface Classes {
  readonly count: number;
  /** Undefined if the labels are numbers, which are the indices. */
  readonly names: readonly string[] | undefined;
  indexOf(label: string): number;
}

const WHOLE_NUMBER = /^\+?\d{1,5}(\.0*)?$/;
const MAX_CLASSES = 65536;

/** @throws PixscaleError if a class has no training images */
function numberClasses({ labels, table }: Selection, all: readonly Selection[]): Classes {
  if (labels === undefined) return { count: 1, names: undefined, indexOf: () => 0 };
  const found = [...new Set(all.flatMap((split) => [...(split.labels ?? [])]))];
  if (found.every((label) => WHOLE_NUMBER.test(label) && Number(label) < MAX_CLASSES)) {
    const most = found.reduce((largest, label) => Math.max(largest, Number(label)), 0);
    return { count: most + 1, names: undefined, indexOf: Number };
  }
  const extra = found.find((label) => !labels.has(label));
  if (extra !== undefined) {
    const problem = `no row of the class "${extra}", which other splits have`;
    throw new PixscaleError(table.columns.head.path, problem, "add some, or remove the class");
  }
  const names = found.sort();
  const numbers = new Map(names.map((name, number) => [name, number]));
  return { count: names.length, names, indexOf: (label) => numbers.get(label) ?? 0 };
}

function largestType(types: readonly PixelType[]): PixelType {
  return (["float32", "uint16"] as const).find((type) => types.includes(type)) ?? "uint8";
}

/** The rows of a split, one piece for each block of the table. */
function selectedRows({ table, count, has }: Selection, type: PixelType, classes: Classes): SplitSource {
  const { shape, head, isLabelled } = table.columns;
  const size = imageSize(shape);
  return {
    shape,
    type,
    count,
    subject: head.path,
    async *pieces(): AsyncGenerator<Split> {
      let index = 0;
      for await (const block of rowsOf(table)) {
        const rows: number[] = [];
        for (let i = 0; i < block.count; i++) if (has(index++, block.splits[i] ?? "")) rows.push(i);
        if (rows.length === 0) continue;
        const pixels = newPixels(type, rows.length * size);
        const labels: Labels = newLabels(rows.length, classes.count);
        for (const [i, row] of rows.entries()) {
          pixels.set(block.values.subarray(row * size, (row + 1) * size), i * size);
          if (isLabelled) labels[i] = classes.indexOf(block.labels[row]);
        }
        yield { pixels, labels, count: rows.length, shape };
      }
    },
  };
}

function contentText(
  { train, test, validation }: Selections,
  isDrawn: boolean,
  { names, count }: Classes,
): string {
  const { height, width, channels } = (train as Selection).table.columns.shape;
  const images = `images of ${height} × ${width} × ${channels}`;
  const classes =
    (train as Selection).labels === undefined
      ? "without labels"
      : names
        ? `${names.length} classes`
        : `classes 0 to ${count - 1}`;
  const from = (split: Selection) => basename(split.table.columns.head.path);
  const drawn =
    isDrawn && test ? `, ${test.count} test image${test.count === 1 ? "" : "s"} drawn from them` : "";
  const validating = validation ? `, validation images from ${from(validation)}` : "";
  const testing = !isDrawn && test ? `, test images from ${from(test)}` : "";
  return `${images}, ${classes} from ${from(train as Selection)}${drawn}${validating}${testing}`;
}
