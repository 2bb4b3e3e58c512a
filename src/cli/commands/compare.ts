import { Command, Option } from "commander";
import { UsageError } from "../../errors.ts";
import { compare } from "../../experiment/experiment.ts";
import {
  DEFAULT_SEEDS,
  type Dimensions,
  type ExperimentPlan,
  type PlannedRun,
  plannedRuns,
  shardOfRuns,
} from "../../experiment/plan.ts";
import { experimentProgress } from "../../output/experiment-progress.ts";
import { parseScaling } from "../../scaling/parse.ts";
import type { Shard } from "../../shard.ts";
import { readModelFiles } from "../../training/saved-run.ts";
import { flagOf } from "../flags.ts";
import { tellLimits } from "../limits.ts";
import { alongAxes, parseScalings, parseSeeds, parseVary, type Varied } from "../options/compare-values.ts";
import {
  addComparisonOptions,
  type ComparisonCliOptions,
  checkExports,
  comparisonSettings,
  publish,
} from "../options/comparison.ts";
import { addDataOptions, type DataFlags } from "../options/data.ts";
import { integerOption, pathOption, shardOption } from "../options/kinds.ts";
import { addTrainingOptions, type TrainingOptions } from "../options/training.ts";
import { printResult, warn } from "../output.ts";
import { readDataset } from "../read-data.ts";
import { sayWhenInterrupted } from "../signals.ts";
import { requireOutside } from "../targets.ts";
import { warnBeforeFit } from "../warnings.ts";

interface CompareCliOptions extends ComparisonCliOptions, DataFlags, TrainingOptions {
  readonly scalings: readonly string[];
  readonly seeds?: readonly number[];
  readonly untilDecided?: boolean;
  readonly maxSeeds?: number;
  readonly vary: Varied;
  readonly jobs?: number;
  readonly out?: string;
  readonly shard?: Shard;
  readonly plan?: boolean;
}

const DEFAULT_MAX_SEEDS = 40;
const RATE_VALIDATION_SPLIT = 0.1;

/** `pixscale compare`: every scaling with every seed, and which scalings are worse, as good, or undecided. */
export function compareCommand(): Command {
  const scalings = "normalize,center,standardize";
  const command = addDataOptions(new Command("compare"))
    .addOption(
      new Option("--scalings <list>", "scalings as for train, separated by commas")
        .argParser(parseScalings)
        .default(parseScalings(scalings), scalings),
    )
    .addOption(
      new Option(
        "--seeds <n or list>",
        `number of seeds, or a list separated by commas (default: ${DEFAULT_SEEDS})`,
      ).argParser(parseSeeds),
    )
    .option("--until-decided", "add seeds until every verdict is decided")
    .addOption(
      integerOption("--max-seeds <n>", `most seeds of --until-decided (default: ${DEFAULT_MAX_SEEDS})`),
    )
    .addOption(
      new Option(
        "--vary <setting=list>",
        "also vary learning-rate, batch-size, epochs, backend or axis (repeatable)",
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

async function runCompare(data: string, options: CompareCliOptions, command: Command): Promise<void> {
  const plan = toPlan(options, command.getOptionValueSource("validationSplit") === "default");
  const { out: folder, shard, jobs, threads, untilDecided } = options;
  if (options.plan) {
    requirePlanOnly(options);
    const all = plannedRuns(plan);
    const runs = shard === undefined ? all : shardOfRuns(all, shard);
    const lines = () => runs.map((run) => JSON.stringify(run)).join("\n");
    printResult(options, "plan", { runs }, lines);
    return;
  }
  checkExports(options, folder === undefined ? [] : [folder], [data]);
  if (folder !== undefined) requireOutside(folder, [data]);
  const initial = options.initFrom === undefined ? undefined : await readModelFiles(options.initFrom);
  const dataset = await readDataset(data, options);
  const scalings = plan.dimensions.scaling.map((text) => parseScaling(text));
  tellLimits(options, dataset);
  warnBeforeFit(options, scalings, dataset.train);
  const progress = options.quiet ? undefined : experimentProgress(process.stderr, plan);
  sayWhenInterrupted("Finished runs and epochs are saved: start the same command again to go on.");
  const onDamaged = (_: PlannedRun, path: string) => warn(options, `${path}: damaged; its run starts again`);
  try {
    const settings = { folder, shard, jobs, threads, initial, untilDecided, ...comparisonSettings(options) };
    const comparison = await compare(dataset, plan, {
      ...settings,
      observer: Object.assign(progress ?? {}, { onDamaged }),
    });
    progress?.stop();
    await publish(comparison, options);
  } finally {
    progress?.stop();
  }
}

/** @throws UsageError if results are asked for that a plan does not have */
function requirePlanOnly(options: CompareCliOptions): void {
  const { exportCsv, exportJson, exportMarkdown, plot, failUnder } = options;
  const results = { exportCsv, exportJson, exportMarkdown, plot, failUnder };
  const given = Object.entries(results).find(([, value]) => value !== undefined);
  if (given === undefined) return;
  throw new UsageError(flagOf(given[0]), "needs results, and --plan trains nothing", "leave one of them out");
}

/** @param splitByDefault whether the validation split was not given */
function toPlan(options: CompareCliOptions, splitByDefault: boolean): ExperimentPlan {
  const { scalings, vary, axis, shuffle, limit, limitTest } = options;
  // Each scaling's learning rate is chosen on images that it was neither trained nor tested on.
  const choosesRates = splitByDefault && (vary.learningRate?.length ?? 0) > 1;
  const validationSplit = choosesRates ? RATE_VALIDATION_SPLIT : options.validationSplit;
  const dimensions: Dimensions = {
    scaling: vary.axis === undefined ? scalings : alongAxes(scalings, vary.axis),
    learningRate: vary.learningRate ?? [options.learningRate],
    batchSize: vary.batchSize ?? [options.batchSize],
    epochs: vary.epochs ?? [options.epochs],
    backend: vary.backend ?? [options.backend],
    seed: toSeeds(options),
  };
  return { shared: { axis, shuffle, validationSplit, limit, limitTest }, dimensions };
}

/** @throws UsageError if `--until-decided` is given what it decides itself */
function toSeeds({ seeds, untilDecided, maxSeeds, shard }: CompareCliOptions): readonly number[] {
  if (!untilDecided) {
    if (maxSeeds === undefined) return seeds ?? parseSeeds(String(DEFAULT_SEEDS));
    throw new UsageError("--max-seeds", "applies to --until-decided only", "add that option, or use --seeds");
  }
  if (seeds !== undefined) {
    throw new UsageError("--seeds", "--until-decided chooses the number of seeds", "use --max-seeds instead");
  }
  if (shard !== undefined) {
    const remedy = "leave --shard out; several processes may work in the same --out folder";
    throw new UsageError("--shard", "--until-decided needs the results of all runs", remedy);
  }
  return parseSeeds(String(maxSeeds ?? DEFAULT_MAX_SEEDS));
}
