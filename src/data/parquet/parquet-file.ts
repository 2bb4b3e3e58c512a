import type { AsyncBuffer, FileMetaData, SchemaTree } from "hyparquet";
import { oneLine, PixscaleError } from "../../errors.ts";
import { refuseLfsPointer } from "../../files/lfs.ts";
import { readStart, withFile } from "../../files/read.ts";

/** Images take more than a byte each, and damaged metadata may say anything. */
const MAX_ROWS_PER_BYTE = 64;

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
  await checkStart(path);
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
    if (groups.some((count) => count < 0) || !(rows <= file.byteLength * MAX_ROWS_PER_BYTE))
      throw new Error("wrong numbers of rows");
    // Damaged metadata lack what the types promise.
    if (metadata.schema.some(({ name }) => typeof name !== "string")) throw new Error("a column has no name");
    const schema = parquetSchema(metadata);
    return {
      path,
      columns: columnsOf(metadata, schema),
      rows,
      groups,
      read: (column, first, end) =>
        guarded(async () => {
          requireChunks(metadata, schema, column);
          const options = { file, metadata, compressors, columns: [column], rowStart: first, rowEnd: end };
          const found = await parquetReadObjects({ ...options, utf8: false });
          if (found.length !== end - first) throw new Error(`${found.length} rows instead of ${end - first}`);
          return found.map((row) => row[column]);
        }),
    };
  });
}

/** @throws PixscaleError if it does not begin as a Parquet file does */
function checkStart(path: string): Promise<void> {
  return withFile(path, async (file) => {
    const start = await readStart(file, 64);
    refuseLfsPointer(path, start);
    if (Buffer.from(start.subarray(0, 4)).toString("latin1") === "PAR1") return;
    const problem = file.size === 0 ? "an empty file" : "not a Parquet file";
    throw new PixscaleError(path, problem, "download it again");
  });
}

/**
 * If a part of a column were missing or there twice, hyparquet would read a part that nothing waits for, whose damage would end the
 * process.
 *
 * @throws Error if a row group does not hold each part of the column once
 */
function requireChunks(metadata: FileMetaData, schema: SchemaTree, name: string): void {
  const column = schema.children.filter(({ element }) => element.name === name);
  const expected = column.flatMap(leaves).sort().join();
  for (const { columns } of metadata.row_groups) {
    const paths = columns.map(({ meta_data }) => meta_data?.path_in_schema ?? []);
    const found = paths.filter(([first]) => first === name).map((path) => path.join("."));
    if (found.sort().join() !== expected) throw new Error(`the parts of "${name}" do not fit the schema`);
  }
}

/** The paths of the values that a column consists of. */
function leaves({ path, children }: SchemaTree): string[] {
  return children.length === 0 ? [path.join(".")] : children.flatMap(leaves);
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
