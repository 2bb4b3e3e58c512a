import { extname } from "node:path";
import type { Option } from "commander";
import { loadSharp } from "../../data/images/load-sharp.ts";
import { UsageError } from "../../errors.ts";
import { type Chart, drawChart } from "../../export/charts/draw-chart.ts";
import { writeFiles } from "../../files/write.ts";
import { type CommonOptions, tell } from "../output.ts";
import { checkTarget } from "../read-data.ts";
import { pathOption } from "./kinds.ts";

export interface PlotOptions extends CommonOptions {
  readonly plot?: string;
}

/** `--plot`. @param what the chart shows */
export function plotOption(what: string): Option {
  return pathOption("--plot <file>", `draw ${what} as .svg or .png`);
}

/**
 * Checks `--plot` before the work.
 *
 * @throws UsageError if the name has no known ending or is what is read; PixscaleError if the file cannot be written
 */
export function checkPlot({ plot }: PlotOptions, data: string): void {
  if (plot === undefined) return;
  if (![".svg", ".png"].includes(extname(plot).toLowerCase())) {
    throw new UsageError("--plot", `must end in .svg or .png (got "${plot}")`, "rename it");
  }
  checkTarget(plot, [data]);
}

/** Pixels per unit of a chart, so that text is sharp. */
const DENSITY = 2;

/** Writes a chart to the file of `--plot`. @throws PixscaleError if Vega or sharp is not installed, or it cannot be written */
export async function writePlot(chart: Chart, { plot, ...options }: PlotOptions): Promise<void> {
  if (plot === undefined) return;
  const svg = await drawChart(chart);
  const isPicture = extname(plot).toLowerCase() === ".png";
  writeFiles(new Map([[plot, isPicture ? await rasterize(svg) : svg]]));
  tell(options, `wrote ${plot}`);
}

async function rasterize(svg: string): Promise<Buffer> {
  const sharp = await loadSharp();
  return await sharp(Buffer.from(svg), { density: 72 * DENSITY })
    .flatten({ background: "#fff" })
    .png()
    .toBuffer();
}
