import { PixscaleError } from "../../errors.ts";
import { MAX_CLASSES } from "../dataset.ts";
import type { WrittenClass } from "../images/classed-splits.ts";
import type { ImageColumns } from "./image-columns.ts";
import type { ParquetFile } from "./parquet-file.ts";

/** Hugging Face's mark of a test image without a class. */
const NO_LABEL = -1;

/** The classes of the rows of some files, in order; undefined if they have none. */
export async function readClasses(
  files: readonly ParquetFile[],
  { label }: ImageColumns,
): Promise<readonly WrittenClass[] | undefined> {
  if (label === undefined) return undefined;
  const found: WrittenClass[] = [];
  for (const file of files) {
    const values = await file.read(label.name, 0, file.rows);
    for (const [row, value] of values.entries()) found.push(classOf(value, file.path, row));
  }
  return found;
}

function classOf(value: unknown, path: string, row: number): WrittenClass {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("utf8");
  if (typeof value === "string") return value;
  const number = typeof value === "bigint" ? Number(value) : value;
  const isClass = typeof number === "number" && Number.isInteger(number) && number >= NO_LABEL;
  if (isClass && number < MAX_CLASSES) return number;
  const problem = `row ${row + 1} has no class (${value === null || value === undefined ? "it is empty" : String(value)})`;
  throw new PixscaleError(path, problem, "correct or remove it");
}
