import { basename, extname, join } from "node:path";
import { oneLine, PixscaleError, setting } from "../../errors.ts";
import { archiveFile } from "../../files/archives/archive.ts";
import { readBytes } from "../../files/read.ts";
import { isImageName } from "./image-names.ts";
import type { ImageOptions } from "./image-options.ts";

/** Knows the classes of images. */
export interface Labeller {
  /**
   * The class of an image; undefined if it has none.
   *
   * @param image its path relative to its folder
   * @param folder where it was found
   * @throws PixscaleError if it could be either of two images of a table
   */
  labelOf(image: string, folder: string): string | undefined;
  /** What was not used of a table so far, for a note; undefined if all was. */
  leftOver(): string | undefined;
}

/** Labels from what stands before the number in file names. */
export const LABEL_FROM_NAME: Labeller = { labelOf: labelFromName, leftOver: () => undefined };

/** Of the list of ImageNet's validation images. */
const BOXES_COLUMN = "predictionstring";
export const ID_COLUMNS = [
  "id",
  "image",
  "image_id",
  "imageid",
  "file",
  "filename",
  "file_name",
  "path",
  "name",
];
export const LABEL_COLUMNS = [
  "label",
  "class",
  "category",
  "breed",
  "target",
  "y",
  "labels",
  "classname",
  "class_name",
  BOXES_COLUMN,
];

/** Names the columns of a table; by default they are found by their usual names. */
export type TableColumns = Pick<ImageOptions, "imageColumn" | "labelColumn">;

/** The class in a file name: what stands before its number, as in `cat.0.jpg` or `n01440764_10026.JPEG`. */
function labelFromName(image: string): string | undefined {
  const name = basename(image);
  const stem = name.slice(0, name.length - extname(name).length);
  return /^(.*?[^\d._ -])[._ -]*\(?\d+\)?$/.exec(stem)?.[1] ?? /^(.+?)[._ -]+\d+$/.exec(stem)?.[1];
}

/**
 * Reads a table of labels: CSV, TSV, or text with spaces. Columns are found by their names in a header, else the first is the image and
 * the second its class. Images are named by path or file name, with or without ending.
 *
 * @throws PixscaleError if the file cannot be read, lacks the columns, or gives an image two classes
 */
export async function labelsFromFile(path: string, columns: TableColumns): Promise<Labeller> {
  return labelsFromRows(path, await readRows(path), columns);
}

/**
 * Reads `metadata.csv` or `metadata.jsonl`, the tables of Hugging Face's ImageFolder
 * (https://huggingface.co/docs/datasets/image_load#imagefolder).
 *
 * @returns undefined if it has no column of classes
 * @throws PixscaleError as `labelsFromFile` does
 */
export async function labelsFromMetadata(path: string, columns: TableColumns): Promise<Labeller | undefined> {
  const rows = await readRows(path);
  const head = (rows[0] ?? []).map((cell) => cell.trim().toLowerCase());
  const isLabelled = columns.labelColumn !== undefined || findColumn(head, LABEL_COLUMNS) >= 0;
  return isLabelled ? labelsFromRows(path, rows, columns) : undefined;
}

async function readRows(path: string): Promise<string[][]> {
  const text = decodeText(path, await readTable(path));
  return path.toLowerCase().endsWith(".jsonl") ? parseJsonLines(path, text) : parseTable(path, text);
}

/** A table beside images, perhaps in an archive, or a file of its own. */
async function readTable(path: string): Promise<Uint8Array> {
  const inside = await archiveFile(path);
  return inside === undefined ? readBytes(path) : inside.read();
}

/** @throws PixscaleError as `labelsFromFile` does */
function labelsFromRows(path: string, rows: readonly string[][], columns: TableColumns): Labeller {
  const [head = [], ...body] = rows;
  const lower = head.map((cell) => cell.trim().toLowerCase());
  const find = (column: string | undefined, usual: readonly string[]) =>
    column === undefined ? findColumn(lower, usual) : columnIndex(path, head, column);
  const found = [find(columns.imageColumn, ID_COLUMNS), find(columns.labelColumn, LABEL_COLUMNS)];
  // Lists with more columns and no header exist too, such as Tiny-ImageNet's, but only a file's name tells the first column.
  const isList = found.every((index) => index < 0) && isImageName(head[0] ?? "");
  if (head.length > 2 && found.includes(-1) && !isList) {
    const problem = `${head.length} columns, and which are the image's and its class's is not clear`;
    const remedy = `name two of ${head.join(", ")} with ${setting("imageColumn")} and ${setting("labelColumn")}`;
    throw new PixscaleError(path, problem, remedy);
  }
  const imageColumn = found[0] >= 0 ? found[0] : found[1] === 0 ? 1 : 0;
  const labelColumn = found[1] >= 0 ? found[1] : imageColumn === 0 ? 1 : 0;
  // The cell of an image's name tells, as a column that is given by its number may have no header.
  const hasHeader = found.some((index) => index >= 0) && !isImageName(head[imageColumn] ?? "");
  const classes = new Map<string, string>();
  for (const cells of hasHeader ? body : rows) {
    const image = cells[imageColumn]?.trim();
    const cell = cells[labelColumn]?.trim();
    // The list of ImageNet's validation images has boxes after the class.
    const label = lower[labelColumn] === BOXES_COLUMN ? cell?.split(" ")[0] : cell;
    if (image === undefined || image === "" || label === undefined || label === "") continue;
    const earlier = classes.get(image);
    if (earlier !== undefined && earlier !== label) {
      const problem = `"${image}" has two classes, "${earlier}" and "${label}"`;
      throw new PixscaleError(path, problem, "give each image one class");
    }
    classes.set(image, label);
  }
  if (classes.size === 0) {
    const remedy = `list one image and its class per line, or choose another file for ${setting("labels")}`;
    throw new PixscaleError(path, "no labels", remedy);
  }
  return new LabelTable(path, classes);
}

/** Classes by path or file name of images. */
class LabelTable implements Labeller {
  readonly #path: string;
  readonly #classes: ReadonlyMap<string, string>;
  /** The image that each name was used for. */
  readonly #images = new Map<string, string>();

  constructor(path: string, classes: ReadonlyMap<string, string>) {
    this.#path = path;
    this.#classes = classes;
  }

  labelOf(image: string, folder: string): string | undefined {
    const name = basename(image);
    const paths = [`${basename(folder)}/${image}`, image, name];
    const without = (file: string) => file.slice(0, file.length - extname(file).length);
    const [key, ...others] = new Set(
      [...paths, ...paths.map(without)].filter((each) => this.#classes.has(each)),
    );
    if (key === undefined) return undefined;
    const label = this.#classes.get(key);
    const other = others.find((each) => this.#classes.get(each) !== label);
    if (other !== undefined) {
      const problem = `"${key}" and "${other}" name the same image, but not the same class`;
      throw new PixscaleError(this.#path, problem, "remove one of them");
    }
    const place = join(folder, image);
    const twin = this.#images.get(key);
    if (twin !== undefined && twin !== place) {
      const problem = `"${key}" could be "${twin}" or "${place}"`;
      throw new PixscaleError(this.#path, problem, "list images by path instead of name");
    }
    for (const each of [key, ...others]) this.#images.set(each, place);
    return label;
  }

  leftOver(): string | undefined {
    const count = this.#classes.size - this.#images.size;
    if (count === 0) return undefined;
    const first = [...this.#classes.keys()].find((name) => !this.#images.has(name));
    return `${count} image${count === 1 ? "" : "s"} listed in ${basename(this.#path)} not found, such as "${first}"`;
  }
}

/**
 * The index of a column that is named, in any case, or numbered from 1.
 *
 * @throws PixscaleError if there is none
 */
export function columnIndex(path: string, head: readonly string[], column: string): number {
  const lower = head.map((cell) => cell.trim().toLowerCase());
  const named = lower.indexOf(column.trim().toLowerCase());
  if (named >= 0) return named;
  const number = /^\d+$/.test(column) ? Number(column) : 0;
  if (number >= 1 && number <= head.length) return number - 1;
  const names = head.length > MAX_LISTED ? [...head.slice(0, MAX_LISTED), "…"] : head;
  throw new PixscaleError(path, `no column "${column}"`, `use one of ${oneLine(names.join(", "))}`);
}

/** Column names that an error lists. */
const MAX_LISTED = 12;

function findColumn(head: readonly string[], names: readonly string[]): number {
  return head.findIndex((cell) => names.includes(cell));
}

/** @throws PixscaleError if it is no UTF-8 */
function decodeText(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new PixscaleError(path, "not UTF-8 text", "save it as UTF-8", { cause });
  }
}

/** Rows of cells, separated by tabs, semicolons, commas or spaces, whichever the first line has. @throws PixscaleError */
async function parseTable(path: string, text: string): Promise<string[][]> {
  const first = text.trimStart().split(/\r?\n/, 1)[0];
  const delimiter = ["\t", ";", ","].find((each) => first.includes(each));
  if (delimiter === undefined) return parseText(path, text);
  const { parse } = await import("csv-parse/sync");
  try {
    return parse(text, { delimiter, skip_empty_lines: true, relax_column_count: true });
  } catch (cause) {
    const problem = oneLine((cause as Error).message);
    throw new PixscaleError(path, problem, "quote cells as in RFC 4180", { cause });
  }
}

/** Rows of JSON objects, one a line, under the names of their properties. @throws PixscaleError naming a line that is none */
function parseJsonLines(path: string, text: string): string[][] {
  const objects: object[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const value = parseJsonLine(line);
    if (value === undefined) {
      throw new PixscaleError(path, `line ${index + 1} is not a JSON object`, "write one object per line");
    }
    objects.push(value);
  }
  const names = [...new Set(objects.flatMap((object) => Object.keys(object)))];
  const cell = (value: unknown) => (typeof value === "object" ? "" : String(value ?? ""));
  return [
    names,
    ...objects.map((object) => names.map((name) => cell((object as Record<string, unknown>)[name]))),
  ];
}

function parseJsonLine(line: string): object | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** @throws PixscaleError if a line has more than an image and its class, unless those are numbers */
function parseText(path: string, text: string): string[][] {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  return lines.map((line) => {
    const cells = line.trim().split(/\s+/);
    const extra = cells.slice(2).find((cell) => !/^-?\d/.test(cell));
    if (extra === undefined) return cells;
    const problem = `"${oneLine(line)}" has more than an image and its class`;
    throw new PixscaleError(path, problem, "separate them by commas");
  });
}
