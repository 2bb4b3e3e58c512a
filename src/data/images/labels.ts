import { basename, extname } from "node:path";
import { PixscaleError, setting } from "../../errors.ts";
import { readBytes } from "../../files/read.ts";

/** The class of an image, from its path relative to its folder; undefined if it has none. */
export type Labeller = (image: string) => string | undefined;

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
];

/** The class in a file name: what stands before its number, as in `cat.0.jpg` or `n01440764_10026.JPEG`. */
export function labelFromName(image: string): string | undefined {
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
  const text = new TextDecoder().decode(await readBytes(path)).replace(/^\uFEFF/, "");
  const rows = parseTable(text);
  const [head = [], ...body] = rows;
  const lower = head.map((cell) => cell.trim().toLowerCase());
  const found = columns
    ? columns.map((name) => lower.indexOf(name.toLowerCase()))
    : [findColumn(lower, ID_COLUMNS), findColumn(lower, LABEL_COLUMNS)];
  if (columns !== undefined && found.includes(-1)) {
    const missing = columns[found.indexOf(-1)];
    throw new PixscaleError(path, `no column "${missing}"`, `use two of ${head.join(", ")}`);
  }
  const hasHeader = found.some((index) => index >= 0);
  const imageColumn = found[0] >= 0 ? found[0] : found[1] === 0 ? 1 : 0;
  const labelColumn = found[1] >= 0 ? found[1] : imageColumn === 0 ? 1 : 0;
  const classes = new Map<string, string>();
  for (const cells of hasHeader ? body : rows) {
    const image = cells[imageColumn]?.trim();
    // ImageNet's solution file has boxes after the class.
    const label = cells[labelColumn]?.trim().split(/\s+\d/)[0];
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
  return (image) => {
    const name = basename(image);
    const without = (file: string) => file.slice(0, file.length - extname(file).length);
    return [image, name, without(image), without(name)].flatMap((key) => classes.get(key) ?? [])[0];
  };
}

function findColumn(head: readonly string[], names: readonly string[]): number {
  return head.findIndex((cell) => names.includes(cell));
}

/** Lines of cells, separated by tabs, semicolons, commas or spaces, whichever the first line has; RFC 4180's quotes. */
function parseTable(text: string): string[][] {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  const separator = ["\t", ";", ","].find((each) => lines[0]?.includes(each)) ?? " ";
  return lines.map((line) => splitLine(line, separator));
}

function splitLine(line: string, separator: string): string[] {
  if (separator === " ") return line.trim().split(/\s+/);
  const cells: string[] = [];
  for (const match of `${separator}${line}`.matchAll(cellPattern(separator))) {
    cells.push(match[1] === undefined ? match[2] : match[1].replaceAll('""', '"'));
  }
  return cells;
}

function cellPattern(separator: string): RegExp {
  const escaped = separator === "\t" ? "\\t" : separator;
  return new RegExp(`${escaped}(?:"((?:[^"]|"")*)"|([^${escaped}]*))`, "g");
}
