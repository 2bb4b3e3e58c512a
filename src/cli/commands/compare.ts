import { Command, Option } from "commander";
import { compare } from "../../experiment/experiment.ts";
import { type Dimensions, type ExperimentPlan, plannedRuns, shardOfRuns } from "../../experiment/plan.ts";
import { runName } from "../../experiment/scheduler.ts";
import { experimentProgress } from "../../output/experiment-progress.ts";
import { parseScaling } from "../../scaling/parse.ts";
import type { Shard } from "../../shard.ts";
import { readModelFiles } from "../../training/saved-run.ts";
import { parseScalings, parseSeeds, parseVary, type Varied } from "../options/compare-values.ts";
import { type AnswerCliOptions, addAnswerOptions, checkExports, publish } from "../options/comparison.ts";
import { integerOption, pathOption, shardOption } from "../options/kinds.ts";
import { addTrainingOptions, type TrainingOptions } from "../options/training.ts";
import { addData, type DataFlags, readDataset } from "../read-data.ts";
import { warnOfRange } from "../warnings.ts";

interface CompareCliOptions extends AnswerCliOptions, DataFlags, TrainingOptions {
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
  const command = addData(new Command("compare"))
    .description("train every scaling with every seed and say which differences are real")
    .addOption(
      new Option("--scalings <list>", "scalings as for train, separated by commas")
        .argParser(parseScalings)
        .default(parseScalings("normalize,center,standardize"), "normalize,center,standardize"),
    )
    .addOption(
      new Option("--seeds <n or list>", "how many seeds, or which, separated by commas")
        .argParser(parseSeeds)
        .default(parseSeeds("3"), "3"),
    )
    .addOption(
      new Option(
        "--vary <setting=list>",
        "also vary learning-rate, batch-size, epochs or backend; repeatable",
      )
        .argParser(parseVary)
        .default({}, "nothing"),
    );
  return addAnswerOptions(addTrainingOptions(command))
    .addOption(integerOption("--jobs <n>", "runs at a time (default: one a core)"))
    .addOption(pathOption("--out <dir>", "folder of the runs (default: pixscale-runs/<data>-<settings>)"))
    .addOption(shardOption("do only the i-th of n parts of the runs"))
    .option("--plan", "print the runs as JSON lines and do nothing")
    .action(runCompare);
}

async function runCompare(data: string, options: CompareCliOptions): Promise<void> {
  const plan = toPlan(options);
  if (options.plan) {
    const all = plannedRuns(plan);
    const runs = options.shard === undefined ? all : shardOfRuns(all, options.shard);
    process.stdout.write(runs.map((run) => `${JSON.stringify(run)}\n`).join(""));
    return;
  }
  checkExports(options, options.out === undefined ? [] : [options.out]);
  const initial = options.initFrom === undefined ? undefined : await readModelFiles(options.initFrom);
  const dataset = await readDataset(data, options);
  const scalings = plan.dimensions.scaling.map((text) => parseScaling(text));
  warnOfRange(options, scalings, dataset.train.pixels);
  const { out: folder, shard, jobs, threads, target } = options;
  const progress = options.quiet
    ? undefined
    : experimentProgress(process.stderr, (run) => runName(plan, run));
  const observer = progress === undefined ? {} : { observer: progress };
  try {
    const found = await compare(dataset, plan, {
      folder,
      shard,
      jobs,
      threads,
      initial,
      target,
      ...observer,
    });
    progress?.stop();
    publish(found, options);
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
