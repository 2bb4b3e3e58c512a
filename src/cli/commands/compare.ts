import { Command, Option } from "commander";
import { compare } from "../../experiment/experiment.ts";
import { type Dimensions, type ExperimentPlan, plannedRuns, shardOfRuns } from "../../experiment/plan.ts";
import { runName } from "../../experiment/scheduler.ts";
import { experimentProgress } from "../../output/experiment-progress.ts";
import { parseScaling } from "../../scaling/parse.ts";
import type { Shard } from "../../shard.ts";
import { readModelFiles } from "../../training/saved-run.ts";
import { parseScalings, parseSeeds, parseVary, type Varied } from "../options/compare-values.ts";
import {
  addComparisonOptions,
  type ComparisonCliOptions,
  checkExports,
  publish,
} from "../options/comparison.ts";
import { addDataOptions, type DataFlags } from "../options/data.ts";
import { integerOption, pathOption, shardOption } from "../options/kinds.ts";
import { addTrainingOptions, type TrainingOptions } from "../options/training.ts";
import { readDataset } from "../read-data.ts";
import { warnBeforeFit } from "../warnings.ts";

interface CompareCliOptions extends ComparisonCliOptions, DataFlags, TrainingOptions {
  readonly scalings: readonly string[];
  readonly seeds: readonly number[];
  readonly vary: Varied;
  readonly jobs?: number;
  readonly out?: string;
  readonly shard?: Shard;
  readonly plan?: boolean;
}

/** `pixscale compare`: every scaling with every seed, and which differences are real. */
export function compareCommand(): Command {
  const scalings = "normalize,center,standardize";
  const command = addDataOptions(new Command("compare"))
    .description("train every scaling with every seed and say which differences are real")
    .addOption(
      new Option("--scalings <list>", "scalings as for train, separated by commas")
        .argParser(parseScalings)
        .default(parseScalings(scalings), scalings),
    )
    .addOption(
      new Option("--seeds <n or list>", "number of seeds, or a list separated by commas")
        .argParser(parseSeeds)
        .default(parseSeeds("3"), "3"),
    )
    .addOption(
      new Option(
        "--vary <setting=list>",
        "also vary learning-rate, batch-size, epochs or backend (repeatable)",
      )
        .argParser(parseVary)
        .default({}, "nothing"),
    );
  return addComparisonOptions(addTrainingOptions(command))
    .addOption(integerOption("--jobs <n>", "runs to train at once (default: one per core)"))
    .addOption(pathOption("--out <dir>", "folder of the runs (default: pixscale-runs/<data>-<settings>)"))
    .addOption(shardOption("train only the i-th of n shards of the runs"))
    .option("--plan", "print the runs as JSON lines without training them")
    .action(runCompare);
}

async function runCompare(data: string, options: CompareCliOptions): Promise<void> {
  const plan = toPlan(options);
  const { out: folder, shard, jobs, threads, target } = options;
  if (options.plan) {
    const all = plannedRuns(plan);
    const runs = shard === undefined ? all : shardOfRuns(all, shard);
    process.stdout.write(runs.map((run) => `${JSON.stringify(run)}\n`).join(""));
    return;
  }
  checkExports(options, folder === undefined ? [] : [folder]);
  const initial = options.initFrom === undefined ? undefined : await readModelFiles(options.initFrom);
  const dataset = await readDataset(data, options);
  const scalings = plan.dimensions.scaling.map((text) => parseScaling(text));
  warnBeforeFit(options, scalings, dataset.train);
  const progress = options.quiet
    ? undefined
    : experimentProgress(process.stderr, (run) => runName(plan, run));
  const observer = progress && { observer: progress };
  try {
    const settings = { folder, shard, jobs, threads, initial, target };
    const comparison = await compare(dataset, plan, { ...settings, ...observer });
    progress?.stop();
    publish(comparison, options);
  } finally {
    progress?.stop();
  }
}

function toPlan(options: CompareCliOptions): ExperimentPlan {
  const { scalings, seeds, vary, axis, shuffle, validationSplit, limit, limitTest } = options;
  const dimensions: Dimensions = {
    scaling: scalings,
    learningRate: vary.learningRate ?? [options.learningRate],
    batchSize: vary.batchSize ?? [options.batchSize],
    epochs: vary.epochs ?? [options.epochs],
    backend: vary.backend ?? [options.backend],
    seed: seeds,
  };
  return { shared: { axis, shuffle, validationSplit, limit, limitTest }, dimensions };
}
