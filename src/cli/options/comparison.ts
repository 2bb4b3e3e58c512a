import type { Command } from "commander";
import { PixscaleError, UsageError } from "../../errors.ts";
import type { Answer } from "../../experiment/comparison.ts";
import { isLedgerFile } from "../../experiment/ledger.ts";
import { EXPORT_FORMATS, type ExportFormat } from "../../export/formats.ts";
import { checkWritableFile, writeFiles } from "../../files/write.ts";
import { answerText } from "../../output/comparison-tables.ts";
import { percent } from "../../output/format.ts";
import { type CommonOptions, printResult, tell } from "../output.ts";
import { numberOption, pathOption } from "./kinds.ts";

/** What `compare` and `report` do with an answer. */
export interface AnswerCliOptions extends CommonOptions {
  readonly target?: number;
  readonly failUnder?: number;
  readonly exportCsv?: string;
  readonly exportJson?: string;
  readonly exportMarkdown?: string;
}

/** Adds the options of `compare` and `report`. */
export function addAnswerOptions(command: Command): Command {
  const accuracy = { above: 0, most: 1 };
  return command
    .addOption(
      numberOption(
        "--target <accuracy>",
        "say after how many steps this test accuracy was reached",
        accuracy,
      ),
    )
    .addOption(
      numberOption("--fail-under <accuracy>", "fail if a scaling's mean test accuracy is below", accuracy),
    )
    .addOption(pathOption("--export-csv <file>", "write the runs, one a row"))
    .addOption(pathOption("--export-json <file>", "write what --json prints"))
    .addOption(pathOption("--export-markdown <file>", "write the tables in Markdown"));
}

/**
 * Checks that the files asked for can be written, before hours of work.
 *
 * @param folders of the experiment
 * @throws PixscaleError naming the file that cannot; UsageError if two exports are to be the same file, or one a file of the experiment
 */
export function checkExports(options: AnswerCliOptions, folders: readonly string[]): void {
  const files = exportFiles(options);
  for (const [format, path] of files) {
    const twin = files.find(([other, otherPath]) => other !== format && otherPath === path);
    if (twin !== undefined) {
      throw new UsageError(
        `--export-${format}`,
        `${path} is also --export-${twin[0]}'s file`,
        "give each its own",
      );
    }
    if (folders.some((folder) => isLedgerFile(folder, path))) {
      throw new UsageError(`--export-${format}`, `${path} is the experiment's own`, "give another name");
    }
    checkWritableFile(path);
  }
}

/**
 * Prints an answer and writes it to the files asked for.
 *
 * @throws PixscaleError if a file cannot be written, or a variant's accuracy is below `--fail-under`
 */
export function publish(answer: Answer, options: AnswerCliOptions): void {
  const files = exportFiles(options);
  printResult(options, answer, () => answerText(answer));
  writeFiles(new Map(files.map(([format, path]) => [path, EXPORT_FORMATS[format](answer)])));
  for (const [, path] of files) tell(options, `wrote ${path}`);
  requireAccuracy(answer, options.failUnder);
}

function exportFiles({ exportCsv, exportJson, exportMarkdown }: AnswerCliOptions): [ExportFormat, string][] {
  const paths = { csv: exportCsv, json: exportJson, markdown: exportMarkdown };
  return (Object.keys(EXPORT_FORMATS) as ExportFormat[]).flatMap((format) => {
    const path = paths[format];
    return path === undefined ? [] : [[format, path] as [ExportFormat, string]];
  });
}

function requireAccuracy({ variants }: Answer, least: number | undefined): void {
  const short = variants.filter(({ accuracy }) => least !== undefined && accuracy.mean < least);
  if (least === undefined || short.length === 0) return;
  const names = short.map(({ name, accuracy }) => `${name} has ${percent(accuracy.mean)}`).join(", ");
  throw new PixscaleError("--fail-under", `${names}, less than ${percent(least)}`, "see the table");
}
