import { Command } from "commander";
import { UsageError } from "../../errors.ts";
import { type ChannelScaling, SNIPPETS, type SnippetTarget, snippet } from "../../export/snippets.ts";
import { jsonText } from "../../files/json.ts";
import { writeFiles } from "../../files/write.ts";
import { statisticsTables } from "../../output/statistics-tables.ts";
import { foldSteps, spreadMap } from "../../scaling/apply/affine-map.ts";
import { parseScaling, type ScalingStep } from "../../scaling/parse.ts";
import type { Scaler } from "../../scaling/scaler.ts";
import { isAffine } from "../../scaling/steps/fitted-step.ts";
import { type Axis, groupCount } from "../../statistics/axis.ts";
import type { Moments } from "../../statistics/moments.ts";
import type { SplitSummary } from "../../statistics/summary.ts";
import { type MeasureOptions, measureDataset } from "../measure-data.ts";
import { axisOption, choiceOption, pathOption, shardOption } from "../options/kinds.ts";
import { printResult, tell } from "../output.ts";
import { addData, checkTarget } from "../read-data.ts";
import { warnOfInfinite } from "../warnings.ts";

interface StatsOptions extends MeasureOptions {
  readonly scaling: string;
  readonly snippet?: SnippetTarget;
}

/** `pixscale stats`: what a dataset holds. */
export function statsCommand(): Command {
  return addData(new Command("stats"))
    .description("shape, labels, min, max, mean and std of each split")
    .addOption(axisOption())
    .addOption(
      pathOption("--save <file>", "write the scaler fitted on train as JSON; with --shard, the part"),
    )
    .option("--scaling <spec>", "the scaling that --save and --snippet fit", "standardize")
    .addOption(shardOption("measure only the i-th of n parts of a folder of images"))
    .option("--merge <parts...>", "put together what --shard saved, instead of measuring")
    .addOption(
      choiceOption("--snippet <library>", "print code that scales so, instead of the tables", SNIPPETS),
    )
    .action(runStats);
}

async function runStats(data: string, options: StatsOptions): Promise<void> {
  const steps = parseScaling(options.scaling);
  if (options.save !== undefined) checkTarget(options.save, options.merge ?? [data]);
  if (options.shard !== undefined && options.snippet !== undefined) {
    throw new UsageError("--snippet", "needs the numbers of all parts", "give it with --merge");
  }
  if (options.snippet !== undefined) requireCode(steps, options.axis);
  const { statistics, file } = await measureDataset(data, options, steps);
  const { name, classes, classNames, splits } = statistics;
  for (const { name, count, moments } of splits) {
    if (count > 0) warnOfInfinite(options, name, moments.mean);
  }
  const fits = options.snippet !== undefined || (options.save !== undefined && file === undefined);
  const scaler = fits ? statistics.fit(steps) : undefined;
  const code =
    options.snippet && scaler && snippet(options.snippet, channelScaling(scaler, statistics.bytes));
  if (options.save !== undefined) {
    writeFiles(new Map([[options.save, file ?? jsonText(scaler)]]));
    tell(options, `wrote ${options.save}`);
  }
  const document = {
    data: name,
    classes,
    ...(classNames && { classNames }),
    axis: options.axis,
    ...(options.shard && { shard: options.shard }),
    splits: Object.fromEntries(splits.map((split) => [split.name, toDocument(split)])),
    ...(code !== undefined && { snippet: code }),
  };
  // The snippet has a last line break of its own.
  printResult(options, document, () => code?.trimEnd() ?? statisticsTables(statistics));
}

/** @throws UsageError, before anything is measured, if the code of no library could do such a scaling */
function requireCode(steps: readonly ScalingStep[], axis: Axis): void {
  if (axis === "pixel") {
    throw new UsageError("--axis", "the code takes no statistic per pixel", "use global or channel");
  }
  if (!steps.every(isAffine)) {
    const remedy = "use normalize, center, standardize or unit-std";
    throw new UsageError("--scaling", "the code can only subtract and divide", remedy);
  }
}

/**
 * The scaling, which `requireCode` has let pass, as one subtraction and division for each channel.
 *
 * @param bytes whether the pixels are
 * @throws UsageError if it turns the values round
 */
function channelScaling({ steps, axis, shape }: Scaler, bytes: boolean): ChannelScaling {
  const map = foldSteps(steps.filter(isAffine), groupCount(axis, shape), "--scaling");
  const { shift, scale } = spreadMap(map, shape.channels);
  if (scale.some((factor) => factor < 0)) {
    throw new UsageError("--scaling", "the code cannot divide by a negative number", "use a factor above 0");
  }
  return {
    mean: [...shift],
    std: Array.from(scale, (factor) => 1 / factor),
    maxPixelValue: bytes ? 255 : undefined,
  };
}

function toDocument({ count, shape, labelCounts, skipped, moments, shown }: SplitSummary): unknown {
  return {
    shape: [count, shape.height, shape.width, shape.channels],
    labelCounts: labelCounts.slice(0, labelCounts.findLastIndex((images) => images > 0) + 1),
    ...(skipped !== undefined && { skipped }),
    ...momentsDocument(moments),
    ...(shown.length > 1 &&
      Object.fromEntries(shown.map(([what, figures]) => [what, momentsDocument(figures)]))),
  };
}

function momentsDocument({ count, min, max, mean, std }: Moments) {
  return { valuesPerStatistic: count, min: [...min], max: [...max], mean: [...mean], std: [...std] };
}
