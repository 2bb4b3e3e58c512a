import { extname } from "node:path";
import type { Option } from "commander";
import { UsageError } from "../../errors.ts";
import { type Chart, drawChart } from "../../export/charts/draw-chart.ts";
import { svgToPng } from "../../export/svg-to-png.ts";
import { writeFiles } from "../../files/write.ts";
import { terminalWidth } from "../../output/terminal-width.ts";
import { type CommonOptions, tell } from "../output.ts";
import { checkTarget } from "../targets.ts";
import { pathOption } from "./kinds.ts";

export interface PlotOptions extends CommonOptions {
  /** A file, or true for the terminal. */
  readonly plot?: string | true;
}

/** `--plot`. @param what the chart shows */
export function plotOption(what: string): Option {
  return pathOption("--plot [file]", `draw ${what}, as .svg or .png or in the terminal`);
}

/**
 * Checks `--plot` before the work.
 *
 * @param data what must not be overwritten
 * @throws UsageError if the name has no known ending or is what is read; PixscaleError if the file cannot be written
 */
export function checkPlot({ plot, json }: PlotOptions, data?: string): void {
  if (plot === undefined) return;
  if (plot === true) {
    if (!json) return;
    throw new UsageError("--plot", "--json leaves no place for a chart", "name a file: --plot chart.svg");
  }
  if (![".svg", ".png"].includes(extname(plot).toLowerCase())) {
    throw new UsageError(
      "--plot",
      `must end in .svg or .png (got "${plot}")`,
      "rename it, or write --plot after the data",
    );
  }
  if (data !== undefined) checkTarget(plot, [data]);
}

/** Pixels per unit of a chart, so that text is sharp. */
const DENSITY = 2;

/** Columns where the output does not go to a terminal. */
const PIPE_COLUMNS = 80;

/**
 * Draws what `--plot` asks for.
 *
 * @param chart for a file
 * @param text for the terminal, with the columns that there are
 * @returns what to print, if anything
 * @throws PixscaleError if Vega or sharp is not installed, or the file cannot be written
 */
export async function drawPlot(
  chart: () => Chart,
  text: (width: number) => string,
  { plot, ...options }: PlotOptions,
): Promise<string[]> {
  if (plot === undefined) return [];
  if (plot === true) {
    const width = terminalWidth();
    return [text(Number.isFinite(width) ? width : PIPE_COLUMNS)];
  }
  const svg = await drawChart(chart());
  const isPicture = extname(plot).toLowerCase() === ".png";
  writeFiles(new Map([[plot, isPicture ? await svgToPng(svg, DENSITY) : svg]]));
  tell(options, `wrote ${plot}`);
  return [];
}
