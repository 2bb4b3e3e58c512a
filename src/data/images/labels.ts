import { basename, extname, join } from "node:path";
import { parse } from "csv-parse/sync";
import { oneLine, PixscaleError, setting } from "../../errors.ts";
import { readBytes } from "../../files/read.ts";
import { isImageName } from "./image-names.ts";

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
const ID_COLUMNS = ["id", "image", "image_id", "imageid", "file", "filename", "file_name", "path", "name"];
const LABEL_COLUMNS = [
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
 * @param columns names of the image's and the label's column, if they are not among the usual ones
 * @throws PixscaleError if the file cannot be read, lacks the columns, or gives an image two classes
 */
export async function labelsFromFile(
  path: string,
  columns: readonly [image: string, label: string] | undefined,
): Promise<Labeller> {
  const rows = parseTable(path, decodeText(path, await readBytes(path)));
  const [head = [], ...body] = rows;
  const lower = head.map((cell) => cell.trim().toLowerCase());
  const found = columns
    ? columns.map((name) => lower.indexOf(name.toLowerCase()))
    : [findColumn(lower, ID_COLUMNS), findColumn(lower, LABEL_COLUMNS)];
  if (columns !== undefined && found.includes(-1)) {
    const missing = columns[found.indexOf(-1)];
    throw new PixscaleError(path, `no column "${missing}"`, `use two of ${head.join(", ")}`);
  }
  // Lists with more columns and no header exist too, such as Tiny-ImageNet's, but only a file's name tells the first column.
  const isList = found.every((index) => index < 0) && isImageName(head[0] ?? "");
  if (head.length > 2 && found.includes(-1) && !isList) {
    const problem = `${head.length} columns, and which are the image's and its class's is not clear`;
    const remedy = `name two of ${head.join(", ")} with ${setting("labelColumns")}`;
    throw new PixscaleError(path, problem, remedy);
  }
  const hasHeader = found.some((index) => index >= 0);
  const imageColumn = found[0] >= 0 ? found[0] : found[1] === 0 ? 1 : 0;
  const labelColumn = found[1] >= 0 ? found[1] : imageColumn === 0 ? 1 : 0;
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
function parseTable(path: string, text: string): string[][] {
  const first = text.trimStart().split(/\r?\n/, 1)[0];
  const delimiter = ["\t", ";", ","].find((each) => first.includes(each));
  if (delimiter === undefined) return parseText(path, text);
  try {
    return parse(text, { delimiter, skip_empty_lines: true, relax_column_count: true });
  } catch (cause) {
    const problem = oneLine((cause as Error).message);
    throw new PixscaleError(path, problem, "quote cells as in RFC 4180", { cause });
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
