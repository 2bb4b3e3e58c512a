import chalk from "chalk";
import { Command, Option } from "commander";
import { SPLITS, type SplitName } from "../data/dataset.ts";
import { UsageError } from "../errors.ts";
import { histogramChart } from "../export/charts/histogram-chart.ts";
import { axisTable } from "../output/axis-table.ts";
import { histogramText } from "../output/plot/histogram-text.ts";
import { scalingTables } from "../output/scaling-tables.ts";
import { measureAxes } from "../scaling/axis-effects.ts";
import { pixelHistogram, scaledHistogram } from "../scaling/histograms.ts";
import { measureBatches } from "../scaling/measure-scaled.ts";
import { formatScaling } from "../scaling/parse.ts";
import { Scaler } from "../scaling/scaler.ts";
import type { ScalerJson } from "../scaling/scaler-json.ts";
import type { ConstantRule } from "../scaling/steps/std.ts";
import type { ScalingStep } from "../scaling/steps/step-kinds.ts";
import type { Axis } from "../statistics/axis.ts";
import { defaultThreads } from "../threads.ts";
import { addDataOptions, type DataFlags } from "./options/data.ts";
import {
  axisOption,
  batchSizeOption,
  choiceOption,
  numberOption,
  pathOption,
  seedOption,
} from "./options/kinds.ts";
import { checkPlot, drawPlot, type PlotOptions, plotOption } from "./options/plot.ts";
import { type CommonOptions, printResult, tell } from "./output.ts";
import { readDataset } from "./read-data.ts";
import { meansOf, saver, splitDocument } from "./scaled-splits.ts";
import { requireFinite, warnAfterFit, warnBeforeFit } from "./warnings.ts";

interface ScalingOptions extends CommonOptions, DataFlags, PlotOptions {
  readonly axis: Axis;
  readonly rescale?: number;
  readonly samplewise?: boolean;
  readonly epsilon?: number;
  readonly offset?: number;
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  readonly components?: number;
  readonly constant?: ConstantRule;
  readonly batchSize: number;
  readonly shuffle: boolean;
  readonly seed: number;
  readonly save?: string;
  readonly split?: SplitName;
}

/**
 * A command that shows what a scaling does to a dataset.
 *
 * @param steps the scaling that the options ask for
 */
export function scalingCommand(
  name: string,
  steps: (options: ScalingOptions) => readonly ScalingStep[],
): Command {
  return addDataOptions(new Command(name))
    .addOption(axisOption())
    .addOption(numberOption("--rescale <factor>", "multiply by this first, such as 1/255", { above: 0 }))
    .addOption(batchSizeOption())
    .option("--shuffle", "shuffle the images before cutting them into batches", false)
    .option("--no-shuffle", "keep the file order (default)")
    .addOption(seedOption())
    .addOption(
      pathOption(
        "--save <file>",
        "write the scaled images: .npy, .npz with labels, or a folder/ of PNG files",
      ),
    )
    .addOption(
      choiceOption("--split <name>", "which split to save (default: train as .npy, else both)", SPLITS),
    )
    .addOption(plotOption("histograms of the training pixels before and after"))
    .action((data: string, options: ScalingOptions) => showScaling(data, steps(options), options));
}

export const samplewiseOption = () => new Option("--samplewise", "use each image's own statistics");

/** @throws UsageError if numbers are given for statistics of each image */
export function requireFeaturewise(flag: string, samplewise: boolean | undefined): void {
  if (!samplewise) return;
  throw new UsageError(flag, "--samplewise takes the statistics of each image", "leave one of them out");
}

/** A step, after a factor if there is one. */
export function rescaled(factor: number | undefined, step: ScalingStep): ScalingStep[] {
  return factor === undefined ? [step] : [{ kind: "normalize", factor }, step];
}

async function showScaling(
  data: string,
  steps: readonly ScalingStep[],
  options: ScalingOptions,
): Promise<void> {
  const save = options.save === undefined ? undefined : saver(options.save, [data], options.split);
  checkPlot(options, data);
  const dataset = await readDataset(data, options);
  warnBeforeFit(options, [steps], dataset.train);
  const scaler = await Scaler.fitAsync(steps, dataset.train, { axis: options.axis });
  warnAfterFit(options, scaler);
  const endThreads = await scaler.useThreads(defaultThreads());
  if (save !== undefined) {
    tell(options, await save(dataset, scaler));
  }
  const train = await measureBatches(dataset.train, scaler, options);
  const test = dataset.test.count > 0 ? await measureBatches(dataset.test, scaler, options) : undefined;
  await endThreads();
  const splits = { train, ...(test && { test }) };
  const axes = await measureAxes(steps, dataset.train);
  let plot: string[] = [];
  if (options.plot !== undefined) {
    const before = { title: "before", histogram: pixelHistogram(dataset.train) };
    const histogram = scaledHistogram(dataset.train, scaler, train.whole);
    const both = [before, { title: formatScaling(steps), histogram }];
    plot = await drawPlot(
      () => histogramChart(both),
      (width) => histogramText(both, width, chalk),
      options,
    );
  }
  const document = {
    data,
    scaling: formatScaling(steps),
    axis: options.axis,
    batchSize: options.batchSize,
    scaler: withoutMatrices(scaler.toJSON()),
    splits: Object.fromEntries(Object.entries(splits).map(([name, split]) => [name, splitDocument(split)])),
    ...(axes.length > 0 && { axes }),
  };
  printResult(options, "scaling", document, () => {
    const tables = [scalingTables(dataset, scaler, splits)];
    return [...tables, ...(axes.length > 0 ? [axisTable(axes, options.axis)] : []), ...plot].join("\n");
  });
  requireFinite(data, meansOf(splits));
}

/** Whitening's numbers: a text of megabytes that no reader of this document wants. */
const LARGE_FIELDS = ["matrix", "vectors"];

function withoutMatrices({ steps, ...scaler }: ScalerJson): unknown {
  return {
    ...scaler,
    steps: steps.map((step) =>
      Object.fromEntries(Object.entries(step).filter(([key]) => !LARGE_FIELDS.includes(key))),
    ),
  };
}
