import { join } from "node:path";
import { Command } from "commander";
import { PixscaleError } from "../../errors.ts";
import { type Comparison, compareRuns, seedsSeen } from "../../experiment/comparison.ts";
import { firstLook, recordLook } from "../../experiment/looks.ts";
import { mergeExperiments } from "../../experiment/merge.ts";
import { comparisonCharts } from "../../export/charts/comparison-charts.ts";
import { drawChart } from "../../export/charts/draw-chart.ts";
import { comparisonPage } from "../../export/html/comparison-page.ts";
import { makeWritableFolder, writeFiles } from "../../files/write.ts";
import { compareCommandLine } from "../command-line.ts";
import { experimentData } from "../experiment-data.ts";
import { withFlags } from "../flags.ts";
import {
  addComparisonOptions,
  type ComparisonCliOptions,
  checkExport,
  checkExports,
  comparisonSettings,
  publish,
} from "../options/comparison.ts";
import { pathOption } from "../options/kinds.ts";
import { type CommonOptions, tell, warn } from "../output.ts";

/** `pixscale report`: the comparison again, from finished runs. */
export function reportCommand(): Command {
  const command = new Command("report").argument("<dirs...>", "folders that compare wrote");
  return addComparisonOptions(command)
    .addOption(pathOption("--html <file>", "write a page that reads without network and scripts"))
    .addOption(pathOption("--export-svg <dir>", "write the page's charts as SVG files"))
    .action(runReport);
}

interface ReportOptions extends ComparisonCliOptions {
  readonly html?: string;
  readonly exportSvg?: string;
}

async function runReport(folders: readonly string[], options: ReportOptions): Promise<void> {
  checkExports(options, folders);
  if (options.html !== undefined) checkExport("--html", options.html, folders);
  const { identity, finished } = mergeExperiments(
    folders,
    options.html === undefined ? "without tables" : "all",
  );
  const looks = folders.map(firstLook).filter((look) => look !== undefined);
  const found = compareRuns(identity, finished, {
    ...comparisonSettings(options),
    firstLook: looks.length > 0 ? Math.min(...looks) : undefined,
  });
  for (const folder of folders) recordOrWarn(folder, seedsSeen(found), options);
  const { html, exportSvg } = options;
  if (html !== undefined) {
    const text = await comparisonPage({
      comparison: found,
      identity,
      finished,
      commands: [compareCommandLine(identity), `npx pixscale report ${folders.join(" ")} --html ${html}`],
      data: await experimentData(identity),
    });
    writeFiles(new Map([[html, withFlags(text)]]));
    tell(options, `wrote ${html}`);
  }
  if (exportSvg !== undefined) await writeCharts(found, exportSvg, options);
  await publish(found, options);
}

async function writeCharts(comparison: Comparison, folder: string, options: CommonOptions): Promise<void> {
  const charts = comparisonCharts(comparison);
  const drawn = await Promise.all(charts.map(drawChart));
  makeWritableFolder(folder);
  writeFiles(new Map(charts.map(({ name }, i) => [join(folder, `${name}.svg`), drawn[i]])));
  tell(options, `wrote ${charts.length} charts to ${folder}`);
}

/** A folder may be read-only, such as an archive. */
function recordOrWarn(folder: string, seeds: number, options: ComparisonCliOptions): void {
  try {
    recordLook(folder, seeds);
  } catch (error) {
    if (!(error instanceof PixscaleError)) throw error;
    warn(options, `${error.message}; if you add seeds, verdicts will not allow for this look`);
  }
}
