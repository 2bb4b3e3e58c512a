import chalk from "chalk";
import { Command } from "commander";
import type { Dataset } from "../../data/dataset.ts";
import { DRAW } from "../../data/draw-images.ts";
import type { ImageSize } from "../../data/images/image-sizes.ts";
import { describeReading } from "../../data/images/reading.ts";
import { UsageError } from "../../errors.ts";
import { histogramChart } from "../../export/charts/histogram-chart.ts";
import {
  channelScaling,
  requireSnippet,
  SNIPPETS,
  type SnippetTarget,
  snippet,
} from "../../export/snippets.ts";
import { formulasOf } from "../../export/step-code/formulas.ts";
import { stepSnippet } from "../../export/step-code/step-snippet.ts";
import { jsonText } from "../../files/json.ts";
import { writeFiles } from "../../files/write.ts";
import { histogramText } from "../../output/plot/histogram-text.ts";
import { statisticsTables } from "../../output/statistics-tables.ts";
import { requireAffine } from "../../scaling/fit.ts";
import { pixelHistogram } from "../../scaling/histograms.ts";
import { alongAxis, parseScaling } from "../../scaling/parse.ts";
import type { Scaler } from "../../scaling/scaler.ts";
import {
  fitsOnStatistics,
  groupsOf,
  isAffine,
  isSamplewise,
  type ScalingStep,
} from "../../scaling/steps/step-kinds.ts";
import type { Axis } from "../../statistics/axis.ts";
import { WEIGHTS } from "../../statistics/folder/split-tally.ts";
import type { Moments } from "../../statistics/moments.ts";
import type { DatasetSummary, SplitSummary } from "../../statistics/summary.ts";
import { TRAIN_DEFAULTS } from "../../training/settings.ts";
import { drawnOf } from "../limits.ts";
import { type MeasureOptions, measureData } from "../measure-data.ts";
import { addConstantOption } from "../options/constant.ts";
import { addDataOptions } from "../options/data.ts";
import { type DataSheetOptions, dataSheetOption, writeDataSheet } from "../options/data-sheet.ts";
import {
  axisOption,
  choiceOption,
  integerOption,
  numberOption,
  pathOption,
  shardOption,
} from "../options/kinds.ts";
import { checkPlot, drawPlot, type PlotOptions, plotOption } from "../options/plot.ts";
import { printResult, tell } from "../output.ts";
import { checkTarget, requireDifferent } from "../targets.ts";
import { requireFinite } from "../warnings.ts";

interface StatsOptions extends DataSheetOptions, MeasureOptions, PlotOptions {
  readonly scaling: string;
  readonly snippet?: SnippetTarget;
}

/** `pixscale stats`: the content of a dataset. */
export function statsCommand(): Command {
  return addConstantOption(addDataOptions(new Command("stats")))
    .addOption(axisOption())
    .addOption(
      pathOption("--save <file>", "write the scaler fitted on train as JSON; with --shard, the shard"),
    )
    .option("--scaling <spec>", "the scaling that --save and --snippet fit", "standardize")
    .addOption(
      integerOption("--sample <n>", "estimate from a random sample of each split, with standard errors", {
        least: 2,
      }),
    )
    .addOption(
      numberOption(
        "--precision <part>",
        "read a random sample until the 95 % intervals of mean and std are ± this part of the range of values",
        { above: 0, below: 1 },
      ),
    )
    .addOption(integerOption("--seed <n>", "seed of the sample", { least: 0 }).default(TRAIN_DEFAULTS.seed))
    .addOption(shardOption("measure only the i-th of n shards of a folder of images"))
    .addOption(
      choiceOption(
        "--weight <unit>",
        "in images of several sizes, weigh each pixel or each image the same",
        WEIGHTS,
      ),
    )
    .option("--merge <files...>", "merge files written by --shard, instead of measuring")
    .addOption(choiceOption("--snippet <library>", "print code that applies this scaling", SNIPPETS))
    .addOption(plotOption("histograms of the pixels of each split"))
    .addOption(dataSheetOption())
    .action(runStats);
}

async function runStats(data: string, given: StatsOptions, command: Command): Promise<void> {
  const axis = axisOf(given, command);
  const options = { ...given, axis };
  const { save, shard } = options;
  const steps =
    axis === given.axis ? parseScaling(options.scaling) : wholeImages(parseScaling(options.scaling));
  if (save !== undefined) checkTarget(save, options.merge ?? [data]);
  if (shard !== undefined && options.snippet !== undefined) {
    throw new UsageError("--snippet", "needs the statistics of all shards", "use it with --merge");
  }
  if (options.snippet !== undefined) requireSnippet(options.snippet, steps, axis);
  checkPlot(options, data);
  requireUse(options, command);
  if (options.html !== undefined) checkTarget(options.html, options.merge ?? [data]);
  requireDifferent({ "--save": save, "--html": options.html, "--plot": options.plot });
  const images = needsImages(options, steps);
  checkSample(options, steps, command);
  if (images !== undefined && (shard !== undefined || options.merge !== undefined)) {
    throw new UsageError(images, "needs the images of all shards", "leave --shard and --merge out");
  }
  const measured = await measureData(data, options, steps, { images });
  const { summary, file, dataset } = measured;
  const { name, classes, classNames, splits, labelled } = summary;
  tellSample(options, summary);
  const fits = options.snippet !== undefined || (save !== undefined && file === undefined);
  const scaler = fits ? await measured.fit(steps) : undefined;
  const code = options.snippet && scaler && codeOf(options.snippet, scaler, summary);
  if (save !== undefined) {
    writeFiles(new Map([[save, file ?? jsonText(scaler)]]));
    tell(options, `wrote ${save}`);
  }
  const skipped = splits.reduce((sum, split) => sum + (split.skipped ?? 0), 0);
  const document = {
    data: name,
    classes,
    ...(classNames && { classNames }),
    ...(!labelled && { labelled }),
    axis,
    ...(summary.reading && { reading: describeReading(summary.reading) }),
    ...(shard && { shard }),
    splits: Object.fromEntries(splits.map((split) => [split.name, toDocument(split, labelled)])),
    ...(skipped > 0 && { skipped }),
    ...(code !== undefined && { snippet: code }),
  };
  const plot = dataset === undefined ? [] : await plotPixels(dataset, options);
  if (dataset !== undefined) await writeDataSheet(dataset, summary, options);
  // The snippet ends with a line break of its own.
  printResult(options, "stats", document, () =>
    [code?.trimEnd() ?? statisticsTables(summary), ...plot].join("\n"),
  );
  requireFinite(
    name,
    splits.filter(({ count }) => count > 0).map((split) => [split.name, split.moments.mean]),
  );
}

async function plotPixels({ train, test }: Dataset, options: StatsOptions): Promise<string[]> {
  if (options.plot === undefined) return [];
  const parts = [
    { title: "train", split: train },
    { title: "test", split: test },
  ].filter(({ split }) => split.count > 0);
  const histograms = parts.map(({ title, split }) => ({ title, histogram: pixelHistogram(split) }));
  return drawPlot(
    () => histogramChart(histograms),
    (width) => histogramText(histograms, width, chalk),
    options,
  );
}

/** @throws UsageError if options are about a sample and none is drawn, or it cannot give what is asked for */
function checkSample(options: StatsOptions, steps: readonly ScalingStep[], command: Command): void {
  const { sample, precision, merge, save, snippet } = options;
  if (sample === undefined && precision === undefined) {
    if (command.getOptionValueSource("seed") !== "cli") return;
    throw new UsageError("--seed", "is the seed of a sample", "add --sample or --precision");
  }
  const flag = sample === undefined ? "--precision" : "--sample";
  if (merge !== undefined) {
    throw new UsageError(
      flag,
      "draws from images, and --merge reads counts of them",
      "leave one of them out",
    );
  }
  if (save !== undefined) requireAffine(steps);
  if ((save !== undefined || snippet !== undefined) && steps.some(({ kind }) => kind === "minmax")) {
    throw new UsageError(
      flag,
      "does not know the extremes of all images, which minmax needs",
      "leave it out",
    );
  }
}

/** @throws UsageError if an option is given that only others use */
function requireUse({ save, snippet, shard }: StatsOptions, command: Command): void {
  if (save !== undefined || snippet !== undefined || shard !== undefined) return;
  for (const name of ["scaling", "constant"]) {
    if (command.getOptionValueSource(name) !== "cli") continue;
    throw new UsageError(
      `--${name}`,
      "is for what --save and --snippet write",
      "add one of them, or leave it out",
    );
  }
}

/** What a sample covers, and how to get the exact figures. */
function tellSample(options: StatsOptions, { splits }: DatasetSummary): void {
  const parts = splits.flatMap(({ name, count, drawn }) =>
    drawn === undefined || count === 0 ? [] : [drawnOf(drawn, count, name === "train" ? "training" : name)],
  );
  if (parts.length === 0) return;
  const isWhole = splits.every(({ count, drawn }) => drawn === count);
  const flag = options.sample === undefined ? "--precision" : "--sample";
  const more = isWhole ? "all were read" : `for the exact figures leave ${flag} out`;
  tell(options, `${parts.join(" and ")}, drawn ${DRAW}; ${more}`);
}

/** The flag that needs every image, of one size. */
function needsImages(
  { html, plot, snippet }: StatsOptions,
  steps: readonly ScalingStep[],
): string | undefined {
  if (html !== undefined) return "--html";
  if (plot !== undefined) return "--plot";
  return snippet === undefined || steps.every(fitsOnStatistics) ? undefined : "--snippet";
}

/** Samplewise steps without an axis of their own take whole images, as they do under the axis that was not given. */
function wholeImages(steps: readonly ScalingStep[]): ScalingStep[] {
  return steps.map((step) => (isSamplewise(step) ? alongAxis([step], "global")[0] : step));
}

/** Networks scale colours per channel, so that is what a snippet does unless told otherwise. */
function axisOf({ axis, snippet }: StatsOptions, command: Command): Axis {
  const isChosen = snippet === undefined || command.getOptionValueSource("axis") !== "default";
  return isChosen ? axis : "channel";
}

function codeOf(target: SnippetTarget, scaler: Scaler, { bytes, reading }: DatasetSummary): string {
  if (!scaler.steps.every(isAffine) && target !== "albumentations") {
    return stepSnippet(target, formulasOf(scaler), reading);
  }
  const axis = scaler.steps.some((step) => groupsOf(step) > 1) ? "channel" : "global";
  return snippet(target, { scaling: channelScaling(scaler, bytes), axis, reading });
}

function toDocument(split: SplitSummary, labelled: boolean): unknown {
  const { count, shape, sizes, labelCounts, skipped, drawn, moments, shown } = split;
  const size = ({ height, width }: ImageSize) => [height, width];
  return {
    shape: [count, shape.height ?? null, shape.width ?? null, shape.channels],
    ...(sizes && {
      sizes: {
        smallest: size(sizes.smallest),
        largest: size(sizes.largest),
        distinct: sizes.distinct,
        mostFrequent: size(sizes.mostFrequent),
      },
    }),
    ...(labelled && {
      labelCounts: labelCounts.slice(0, labelCounts.findLastIndex((images) => images > 0) + 1),
    }),
    ...(skipped !== undefined && { skipped }),
    ...(drawn !== undefined && { drawn }),
    ...momentsDocument(moments),
    ...(shown.length > 1 &&
      Object.fromEntries(shown.map(([what, figures]) => [what, momentsDocument(figures)]))),
  };
}

function momentsDocument({ count, min, max, mean, std, uncertainty }: Moments) {
  return {
    valuesPerStatistic: count,
    min: [...min],
    max: [...max],
    mean: [...mean],
    std: [...std],
    ...(uncertainty && {
      meanStandardError: [...uncertainty.mean.standardErrors],
      meanHalfWidth: [...uncertainty.mean.halfWidths],
      stdStandardError: [...uncertainty.std.standardErrors],
      stdHalfWidth: [...uncertainty.std.halfWidths],
    }),
  };
}
