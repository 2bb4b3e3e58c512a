import { Readable } from "node:stream";
import { oneLine, PixscaleError } from "../../errors.ts";
import { imageSize } from "../dataset.ts";
import { cellProblem, type RowBlock, readList } from "./cells.ts";
import type { TableColumns } from "./columns.ts";
import { isNumber } from "./table-head.ts";
import { textBlocks } from "./text-blocks.ts";

/** Records in a block. */
const RECORDS = 256;

/**
 * Reads the rows of a table that may have quoted cells.
 *
 * @throws PixscaleError naming the line with a missing or wrong cell
 */
export async function* quotedRows(columns: TableColumns): AsyncGenerator<RowBlock> {
  const { head, roles, shape } = columns;
  const { path, delimiter } = head;
  const size = imageSize(shape);
  let values = new Float64Array(RECORDS * size);
  let labels: string[] = [];
  let splits: string[] = [];
  let count = 0;
  for await (const { cells, line } of records(path, delimiter, head.hasHeader)) {
    const wrong = (problem: string) =>
      new PixscaleError(path, `line ${line}: ${problem}`, "correct or remove the line");
    if (cells.length !== roles.length) throw wrong(`${cells.length} cells instead of ${roles.length}`);
    let value = count * size;
    for (const [column, role] of roles.entries()) {
      const cell = cells[column];
      if (role === "pixel") {
        if (!isNumber(cell)) throw wrong(cellProblem(cell, column));
        values[value++] = Number(cell);
      } else if (role === "pixels") {
        readList(cell, values, value, size, wrong);
      } else if (role !== "ignored") {
        if (cell.trim() === "") throw wrong(`cell ${column + 1} is empty`);
        (role === "label" ? labels : splits).push(cell.trim());
      }
    }
    if (++count < RECORDS) continue;
    yield { count, values, labels, splits };
    values = new Float64Array(RECORDS * size);
    [labels, splits, count] = [[], [], 0];
  }
  if (count > 0) yield { count, values: values.subarray(0, count * size), labels, splits };
}

interface CsvRecord {
  readonly cells: readonly string[];
  readonly line: number;
}

async function* records(path: string, delimiter: string, hasHeader: boolean): AsyncGenerator<CsvRecord> {
  const text = Readable.from(textBlocks(path));
  const { parse } = await import("csv-parse");
  const parser = parse({
    delimiter,
    skip_empty_lines: true,
    relax_column_count: true,
    from: hasHeader ? 2 : 1,
    info: true,
  });
  text.on("error", (error) => parser.destroy(error));
  text.pipe(parser);
  try {
    for await (const { record, info } of parser) yield { cells: record, line: info.lines };
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause)) throw cause;
    throw new PixscaleError(path, oneLine(cause.message), "quote cells as in RFC 4180", { cause });
  } finally {
    text.destroy();
  }
}
