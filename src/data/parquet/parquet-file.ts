import type { AsyncBuffer, FileMetaData, SchemaTree } from "hyparquet";
import { oneLine, PixscaleError } from "../../errors.ts";
import { withFile } from "../../files/read.ts";

/** A column at the top of a table's schema. */
export interface ParquetColumn {
  readonly name: string;
  /** `image` holds encoded images, as bytes or as a structure with `bytes`; `other` neither those, nor classes. */
  readonly kind: "image" | "integer" | "text" | "other";
  /** For people. */
  readonly type: string;
  /** Names of the classes, from the table's metadata (Hugging Face's `ClassLabel`). */
  readonly classNames: readonly string[] | undefined;
}

/** An open Parquet file. */
export interface ParquetFile {
  readonly path: string;
  readonly columns: readonly ParquetColumn[];
  readonly rows: number;
  /** Rows of each row group. */
  readonly groups: readonly number[];
  /** The values of a column in some rows. @throws PixscaleError if they are damaged */
  read(column: string, first: number, end: number): Promise<unknown[]>;
}

/** @throws PixscaleError if hyparquet is not installed */
async function loadHyparquet() {
  try {
    return { ...(await import("hyparquet")), ...(await import("hyparquet-compressors")) };
  } catch (cause) {
    const remedy = "run npm install hyparquet hyparquet-compressors";
    throw new PixscaleError("hyparquet", "cannot be loaded to read Parquet", remedy, { cause });
  }
}

/**
 * Opens a Parquet file and reads its schema.
 *
 * @throws PixscaleError if it is no such file, or damaged
 */
export async function openParquet(path: string): Promise<ParquetFile> {
  // Says what is wrong with a path that is no file.
  await withFile(path, async () => {});
  const { asyncBufferFromFile, parquetMetadataAsync, parquetSchema, parquetReadObjects, compressors } =
    await loadHyparquet();
  const guarded = async <T>(read: () => Promise<T>): Promise<T> => {
    try {
      return await read();
    } catch (cause) {
      throw damaged(path, cause);
    }
  };
  return guarded(async () => {
    const file: AsyncBuffer = await asyncBufferFromFile(path);
    const metadata = await parquetMetadataAsync(file);
    const groups = metadata.row_groups.map(({ num_rows }) => Number(num_rows));
    const rows = groups.reduce((sum, count) => sum + count, 0);
    if (!Number.isSafeInteger(rows) || groups.some((count) => count < 0))
      throw new Error("wrong numbers of rows");
    return {
      path,
      columns: columnsOf(metadata, parquetSchema(metadata)),
      rows,
      groups,
      read: (column, first, end) =>
        guarded(async () => {
          const options = { file, metadata, compressors, columns: [column], rowStart: first, rowEnd: end };
          const found = await parquetReadObjects({ ...options, utf8: false });
          if (found.length !== end - first) throw new Error(`${found.length} rows instead of ${end - first}`);
          return found.map((row) => row[column]);
        }),
    };
  });
}

function columnsOf(metadata: FileMetaData, schema: SchemaTree): ParquetColumn[] {
  const features = featuresOf(metadata);
  return schema.children.map((child) => {
    const name = child.element.name;
    const names = (features[name] as { names?: unknown } | undefined)?.names;
    const classNames = Array.isArray(names) ? names.map(String) : undefined;
    return { name, ...kindOf(child), classNames };
  });
}

function kindOf({ element, children }: SchemaTree): Pick<ParquetColumn, "kind" | "type"> {
  if (children.length > 0) {
    const names = children.map((child) => child.element.name);
    const bytes = children.find((child) => child.element.name === "bytes");
    const isImage = bytes?.element.type === "BYTE_ARRAY" && element.repetition_type !== "REPEATED";
    return { kind: isImage ? "image" : "other", type: `{${names.join(", ")}}` };
  }
  const { type, converted_type: converted, logical_type: logical } = element;
  const isText = converted === "UTF8" || logical?.type === "STRING" || converted === "ENUM";
  if (type === "BYTE_ARRAY")
    return isText ? { kind: "text", type: "text" } : { kind: "image", type: "bytes" };
  // Dates, times and decimals are stored as integers too.
  const isPlain = converted === undefined || /^U?INT_/.test(converted);
  const isInteger = (type === "INT32" || type === "INT64") && isPlain;
  return { kind: isInteger ? "integer" : "other", type: (type ?? "a group").toLowerCase() };
}

/** The features that Hugging Face's datasets write about the columns. */
function featuresOf({ key_value_metadata: pairs = [] }: FileMetaData): Readonly<Record<string, unknown>> {
  const text = pairs.find(({ key }) => key === "huggingface")?.value;
  try {
    return JSON.parse(text ?? "{}").info?.features ?? {};
  } catch {
    return {};
  }
}

function damaged(path: string, cause: unknown): PixscaleError {
  if (cause instanceof PixscaleError) return cause;
  const reason = oneLine(cause instanceof Error ? cause.message : String(cause));
  return new PixscaleError(path, `not a readable Parquet file (${reason})`, "download it again", { cause });
}
