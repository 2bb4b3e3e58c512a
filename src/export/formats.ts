import type { Answer } from "../experiment/comparison.ts";
import { toCsv } from "./csv.ts";
import { toJson } from "./json.ts";
import { toMarkdown } from "./markdown.ts";

/** Ways to write an answer to a file, by the name in `--export-<name>`. */
export const EXPORT_FORMATS = {
  csv: toCsv,
  json: toJson,
  markdown: toMarkdown,
} satisfies Record<string, (answer: Answer) => string>;

export type ExportFormat = keyof typeof EXPORT_FORMATS;
