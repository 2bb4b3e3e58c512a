import { oneLine, PixscaleError, setting, UsageError } from "../../errors.ts";
import { formatShape, type ImageShape, imageSize } from "../dataset.ts";
import type { DataOptions } from "../format.ts";
import { columnIndex, LABEL_COLUMNS } from "../images/labels.ts";
import { isNumber, type TableHead } from "./table-head.ts";

/** What a column holds: one pixel, all pixels with spaces between them, the class, the split, or nothing that is read. */
export type ColumnRole = "pixel" | "pixels" | "label" | "split" | "ignored";

/** What a table of images holds: one image a row, its values in the order height, width, channels. */
export interface TableColumns {
  readonly head: TableHead;
  /** One per column. */
  readonly roles: readonly ColumnRole[];
  readonly isLabelled: boolean;
  readonly hasSplits: boolean;
  readonly shape: ImageShape;
  /** What was understood, one line each. */
  readonly notes: readonly string[];
}

/** Of FER-2013, beside those that tables of labels have. */
const LABEL_NAMES = [...LABEL_COLUMNS, "emotion"];
const SPLIT_NAMES = ["usage", "split", "subset", "partition"];
/** Numbers of rows, as pandas and R write them. */
const NUMBER_NAMES = ["", "id", "index", "unnamed: 0", "imageid", "image_id"];

/** The least image that is taken for one: 4 × 4. */
const LEAST_PIXELS = 16;
const PIXEL_LIST = /^\s*\[?\s*[\d.]+(?:[\s,]+[\d.]+){15,}\s*\]?\s*$/;

/** Whether a table looks like one of pixels, for its columns have enough numbers. */
export function looksLikePixels({ first }: TableHead): boolean {
  return first.some((cell) => PIXEL_LIST.test(cell)) || first.filter(isNumber).length >= LEAST_PIXELS;
}

/**
 * Finds out what the columns of a table hold, by their names and by the cells of the first row.
 *
 * @throws PixscaleError if they can be read in two ways, or are no images
 * @throws UsageError if `shape` does not fit
 */
export function understandColumns(
  head: TableHead,
  options: Pick<DataOptions, "labelColumn" | "shape">,
): TableColumns {
  const { path, names, first } = head;
  if (names !== undefined && names.length !== first.length) {
    const problem = `${first.length} cells under a header of ${names.length}`;
    throw new PixscaleError(path, problem, "give all lines as many cells as the header");
  }
  const notes: string[] = [];
  const roles = new Array<ColumnRole>(first.length).fill("pixel");
  const lower = names?.map((name) => name.trim().toLowerCase());
  const list = first.findIndex((cell) => PIXEL_LIST.test(cell));
  const split = lower?.findIndex((name) => SPLIT_NAMES.includes(name)) ?? -1;
  const label = labelColumn(head, options, notes);
  if (lower !== undefined && NUMBER_NAMES.includes(lower[0]) && label !== 0) {
    roles[0] = "ignored";
    notes.push(`column "${oneLine(lower[0])}" is ignored: it numbers the rows`);
  }
  if (list >= 0) roles.fill("ignored");
  if (list >= 0) roles[list] = "pixels";
  if (split >= 0) roles[split] = "split";
  if (label >= 0) roles[label] = "label";
  const text = roles.findIndex((role, i) => role === "pixel" && !isNumber(first[i]));
  if (text >= 0) throw textColumn(head, text);
  const pixels =
    list < 0 ? roles.filter((role) => role === "pixel").length : first[list].trim().split(/[\s,]+/).length;
  const shape = shapeOf(head, pixels, label >= 0, options);
  return { head, roles, isLabelled: label >= 0, hasSplits: split >= 0, shape, notes };
}

/** The index of the column of classes; -1 if there is none. @throws PixscaleError if there could be two */
function labelColumn(
  { path, names, first }: TableHead,
  options: Pick<DataOptions, "labelColumn" | "shape">,
  notes: string[],
): number {
  if (options.labelColumn !== undefined) {
    return columnIndex(path, names ?? first.map((_, i) => `${i + 1}`), options.labelColumn);
  }
  if (names === undefined) {
    const { shape } = options;
    const isOneMore = shape ? imageSize(shape) === first.length - 1 : isSquare(first.length - 1);
    if (!isOneMore) return -1;
    notes.push(`without a header, column 1 is read as the class; ${setting("labelColumn")} names another`);
    return 0;
  }
  const found = names.filter((name) => LABEL_NAMES.includes(name.trim().toLowerCase()));
  if (found.length <= 1) return found.length === 0 ? -1 : names.indexOf(found[0]);
  const listed = found.map((name) => `"${oneLine(name)}"`).join(" and ");
  const problem = `${listed} could both be the column of classes`;
  throw new PixscaleError(path, problem, `choose one with ${setting("labelColumn")}`);
}

function textColumn({ path, names, first }: TableHead, index: number): PixscaleError {
  const name = names === undefined ? `${index + 1}` : `"${oneLine(names[index])}"`;
  const problem = `column ${name} holds "${oneLine(first[index]).slice(0, 30)}", which is no pixel value`;
  return new PixscaleError(
    path,
    problem,
    `remove it, or name the column of classes with ${setting("labelColumn")}`,
  );
}

function isSquare(pixels: number): boolean {
  return pixels >= LEAST_PIXELS && Number.isInteger(Math.sqrt(pixels));
}

/** A square number of pixels is that of a gray image; no other number is certain. */
function shapeOf(
  { path }: TableHead,
  pixels: number,
  isLabelled: boolean,
  { shape }: Pick<DataOptions, "shape">,
): ImageShape {
  if (shape !== undefined) {
    if (imageSize(shape) === pixels) return shape;
    const problem = `${formatShape(shape)} is ${imageSize(shape)} values, but the images of "${path}" have ${pixels}`;
    throw new UsageError(setting("shape"), problem, "give the height, width and channels of the images");
  }
  const side = Math.sqrt(pixels);
  if (isSquare(pixels)) return { height: side, width: side, channels: 1 };
  if (!isLabelled && isSquare(pixels - 1)) {
    const problem = `${pixels} columns of numbers, one more than ${Math.sqrt(pixels - 1)} × ${Math.sqrt(pixels - 1)} pixels, but none named as classes`;
    throw new PixscaleError(path, problem, `name the column of classes with ${setting("labelColumn")}`);
  }
  const third = Math.sqrt(pixels / 3);
  const example = Number.isInteger(third) && pixels > 3 ? `${third}x${third}x3` : "28x28x1";
  const problem = `${pixels} pixel values per image, whose height, width and channels are not certain`;
  throw new PixscaleError(path, problem, `name them, such as ${setting("shape", example)}`);
}
