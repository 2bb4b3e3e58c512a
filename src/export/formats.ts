import type { Comparison } from "../experiment/comparison.ts";
import { toCsv } from "./csv.ts";
import { toJson } from "./json.ts";
import { toMarkdown } from "./markdown.ts";

/** The formats in which a comparison can be written to a file. */
export const EXPORT_FORMATS = {
  csv: toCsv,
  json: toJson,
  markdown: toMarkdown,
} satisfies Record<string, (comparison: Comparison) => string>;

export type ExportFormat = keyof typeof EXPORT_FORMATS;
