import { PixscaleError } from "../../errors.ts";
import type { ImageColumns } from "./image-columns.ts";
import type { ParquetFile } from "./parquet-file.ts";

const MAX_CLASSES = 65536;
/** Hugging Face's mark of a test image without a class. */
const NO_LABEL = -1;

/** The classes of the rows of some files, in order; undefined if they have none. */
export async function readClasses(
  files: readonly ParquetFile[],
  { label }: ImageColumns,
): Promise<readonly (number | string)[] | undefined> {
  if (label === undefined) return undefined;
  const found: (number | string)[] = [];
  for (const file of files) {
    const values = await file.read(label.name, 0, file.rows);
    for (const [row, value] of values.entries()) found.push(classOf(value, file.path, row));
  }
  return found.every((value) => value === NO_LABEL) ? undefined : found;
}

function classOf(value: unknown, path: string, row: number): number | string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("utf8");
  if (typeof value === "string") return value;
  const number = typeof value === "bigint" ? Number(value) : value;
  const isClass = typeof number === "number" && Number.isInteger(number) && number >= NO_LABEL;
  if (isClass && number < MAX_CLASSES) return number;
  const problem = `row ${row + 1} has no class (${value === null || value === undefined ? "it is empty" : String(value)})`;
  throw new PixscaleError(path, problem, "correct or remove it");
}

/**
 * The names of the classes: those of the metadata, the texts in order, or the numbers.
 *
 * @param classes of all splits
 * @throws PixscaleError if a number has no name, or there are too many
 */
export function namesOfClasses(
  classes: readonly (number | string)[],
  { label }: ImageColumns,
  subject: string,
): readonly string[] {
  const texts = new Set(classes.filter((value) => typeof value === "string"));
  const numbers = classes.filter((value) => typeof value === "number");
  const largest = numbers.reduce((a, b) => Math.max(a, b), 0);
  if (numbers.includes(NO_LABEL)) {
    throw new PixscaleError(
      subject,
      "some images of a split have no class (-1), and others have",
      "remove these rows",
    );
  }
  const names =
    texts.size > 0
      ? [...texts].sort()
      : (label?.classNames ?? Array.from({ length: largest + 1 }, (_, number) => String(number)));
  if (names.length > MAX_CLASSES)
    throw new PixscaleError(subject, `${names.length} classes`, `use at most ${MAX_CLASSES}`);
  if (texts.size > 0 || largest < names.length) return names;
  throw new PixscaleError(
    subject,
    `class ${largest}, but only ${names.length} have names`,
    "download it again",
  );
}
