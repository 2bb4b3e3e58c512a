import chalk from "chalk";
import type { Command } from "commander";
import { PixscaleError, UsageError } from "../../errors.ts";
import { type AccuracySummary, type Comparison, DEFAULT_MARGIN } from "../../experiment/comparison.ts";
import { POPULATIONS, type Population } from "../../experiment/inference/paired-runs.ts";
import { isLedgerFile } from "../../experiment/ledger.ts";
import { comparisonChart } from "../../export/charts/comparison-charts.ts";
import { EXPORT_FORMATS, type ExportFormat } from "../../export/formats.ts";
import { checkWritableFile, writeFiles } from "../../files/write.ts";
import { comparisonText } from "../../output/comparison-tables.ts";
import { percent } from "../../output/format.ts";
import { comparisonPlot } from "../../output/plot/comparison-plot.ts";
import { withFlags } from "../flags.ts";
import { printResult, tell } from "../output.ts";
import { checkTarget, requireDifferent } from "../targets.ts";
import { choiceOption, numberOption, pathOption } from "./kinds.ts";
import { checkPlot, drawPlot, type PlotOptions, plotOption } from "./plot.ts";

/** What `compare` and `report` do with a comparison. */
export interface ComparisonCliOptions extends PlotOptions {
  readonly target?: number;
  /** In points. */
  readonly margin: number;
  readonly population: Population;
  readonly failUnder?: number;
  readonly exportCsv?: string;
  readonly exportJson?: string;
  readonly exportMarkdown?: string;
}

/** Adds the options of `compare` and `report`. */
export function addComparisonOptions(command: Command): Command {
  const accuracy = { above: 0, most: 1 };
  return command
    .addOption(
      numberOption("--margin <points>", "differences smaller than this do not matter", {
        above: 0,
        most: 100,
      }).default(DEFAULT_MARGIN * 100),
    )
    .addOption(
      choiceOption(
        "--population <population>",
        "verdicts hold for other seeds and test images, or other seeds only",
        POPULATIONS,
      ).default(POPULATIONS[0]),
    )
    .addOption(
      numberOption("--target <accuracy>", "compare the steps until this test accuracy was reached", accuracy),
    )
    .addOption(
      numberOption(
        "--fail-under <accuracy>",
        "fail if the mean test accuracy of a scaling is lower",
        accuracy,
      ),
    )
    .addOption(plotOption("accuracies, differences and learning curves"))
    .addOption(pathOption("--export-csv <file>", "write one row per run"))
    .addOption(pathOption("--export-json <file>", "write the JSON document"))
    .addOption(pathOption("--export-markdown <file>", "write the tables in Markdown"));
}

/** How to compare, in the library's units. */
export function comparisonSettings({ margin, population, target }: ComparisonCliOptions) {
  return { margin: margin / 100, population, target };
}

/**
 * Checks that the export files can be written, before hours of work.
 *
 * @param folders of the experiment
 * @param data what is read
 * @throws PixscaleError naming the file that cannot be written; UsageError if two exports have the same file, or one would overwrite
 * the experiment
 */
export function checkExports(
  options: ComparisonCliOptions & { readonly html?: string },
  folders: readonly string[],
  data: readonly string[] = [],
): void {
  checkPlot(options);
  const files = exportFiles(options);
  requireDifferent({
    ...Object.fromEntries(files.map(([format, path]) => [`--export-${format}`, path])),
    "--plot": options.plot,
    "--html": options.html,
  });
  for (const [format, path] of files) {
    checkExport(`--export-${format}`, path, folders);
    checkTarget(path, data);
  }
  if (typeof options.plot !== "string") return;
  checkExport("--plot", options.plot, folders);
  checkTarget(options.plot, data);
}

/** Checks one file. @throws PixscaleError if it cannot be written; UsageError if it would overwrite the experiment */
export function checkExport(flag: string, path: string, folders: readonly string[]): void {
  if (folders.some((folder) => isLedgerFile(folder, path))) {
    const problem = `would overwrite ${path}, which belongs to the experiment`;
    throw new UsageError(flag, problem, "choose another file");
  }
  checkWritableFile(path);
}

/**
 * Prints a comparison and writes it to the export files.
 *
 * @throws PixscaleError if a file cannot be written, or a variant's accuracy is below `--fail-under`
 */
export async function publish(comparison: Comparison, options: ComparisonCliOptions): Promise<void> {
  const files = exportFiles(options);
  const plot = await drawPlot(
    () => comparisonChart(comparison),
    (width) => comparisonPlot(comparison, width, chalk),
    options,
  );
  printResult(options, "comparison", comparison, () =>
    [withFlags(comparisonText(comparison)), ...plot].join("\n"),
  );
  writeFiles(new Map(files.map(([format, path]) => [path, withFlags(EXPORT_FORMATS[format](comparison))])));
  for (const [, path] of files) tell(options, `wrote ${path}`);
  requireAccuracy(comparison, options.failUnder);
  const runs = comparison.variants.flatMap((variant) => variant.runs);
  if (runs.length > 0 && runs.every(({ testLoss }) => testLoss === null)) {
    throw new PixscaleError(comparison.data, "every run diverged", "lower the learning rate");
  }
}

function exportFiles({
  exportCsv,
  exportJson,
  exportMarkdown,
}: ComparisonCliOptions): [ExportFormat, string][] {
  const paths = { csv: exportCsv, json: exportJson, markdown: exportMarkdown };
  return (Object.keys(EXPORT_FORMATS) as ExportFormat[]).flatMap((format) => {
    const path = paths[format];
    return path === undefined ? [] : [[format, path] as [ExportFormat, string]];
  });
}

function requireAccuracy({ variants }: Comparison, least: number | undefined): void {
  // A scaling under which no run trained is below any accuracy.
  const low = variants.filter(({ accuracy }) => least !== undefined && (accuracy?.mean ?? 0) < least);
  if (least === undefined || low.length === 0) return;
  const figure = (accuracy: AccuracySummary | null) => (accuracy ? percent(accuracy.mean) : "no run trained");
  const names = low.map(({ name, accuracy }) => `${name} (${figure(accuracy)})`).join(", ");
  const problem = `${low.length} ${low.length === 1 ? "scaling is" : "scalings are"} below ${percent(least)}: ${names}`;
  throw new PixscaleError("--fail-under", problem, "see the table");
}
