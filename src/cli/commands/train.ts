import { existsSync, readdirSync, statSync } from "node:fs";
import chalk from "chalk";
import { Command } from "commander";
import { datasetFingerprint } from "../../data/fingerprint.ts";
import { PixscaleError, UsageError } from "../../errors.ts";
import { runChart } from "../../export/charts/run-chart.ts";
import { makeWritableFolder } from "../../files/write.ts";
import { networkFingerprint } from "../../model/network.ts";
import { runPlot } from "../../output/plot/run-plot.ts";
import { runProgress } from "../../output/progress.ts";
import { runText } from "../../output/run-table.ts";
import type { Scaler } from "../../scaling/scaler.ts";
import { KNOWN_STEPS } from "../../scaling/steps/step-kinds.ts";
import { pixelRange } from "../../statistics/pixel-range.ts";
import { runDocument } from "../../training/run-document.ts";
import { isModelFolder, readModelFiles, saveRun } from "../../training/saved-run.ts";
import { completeSettings, type TrainSettings } from "../../training/settings.ts";
import { train } from "../../training/train.ts";
import { tellLimits } from "../limits.ts";
import { addDataOptions, type DataFlags, dataOptions } from "../options/data.ts";
import { pathOption, seedOption } from "../options/kinds.ts";
import { checkPlot, drawPlot, type PlotOptions, plotOption } from "../options/plot.ts";
import { addTrainingOptions, type TrainingOptions } from "../options/training.ts";
import { type CommonOptions, printResult, tell } from "../output.ts";
import { readDataset } from "../read-data.ts";
import { requireDifferent, requireOutside } from "../targets.ts";
import { warnAfterFit, warnBeforeFit } from "../warnings.ts";

interface TrainOptions extends CommonOptions, DataFlags, PlotOptions, TrainingOptions {
  readonly scaling: string;
  readonly seed: number;
  readonly save?: string;
  readonly force?: boolean;
}

/** `pixscale train`: one run. */
export function trainCommand(): Command {
  const command = addDataOptions(new Command("train")).option(
    "--scaling <spec>",
    `steps joined by +, perhaps with an axis as in center@channel: ${KNOWN_STEPS}`,
    "normalize",
  );
  return addTrainingOptions(command)
    .addOption(seedOption())
    .addOption(plotOption("loss and accuracy by epoch"))
    .addOption(pathOption("--save <dir>", "write the model, scaler and results into this folder"))
    .option("--force", "replace the model that --save finds in its folder")
    .action(runTrain);
}

async function runTrain(data: string, options: TrainOptions): Promise<void> {
  const settings = toSettings(options);
  checkPlot(options, data);
  requireFree(options, data);
  requireDifferent({ "--save": options.save, "--plot": options.plot });
  const initial = options.initFrom === undefined ? undefined : await readModelFiles(options.initFrom);
  const dataset = await readDataset(data, options);
  if (options.save !== undefined) makeWritableFolder(options.save);
  tellLimits(options, dataset);
  warnBeforeFit(options, [settings.scaling], dataset.train);
  const progress = options.quiet ? undefined : runProgress(process.stderr, settings.epochs);
  const observer = { ...progress, onScaler: (scaler: Scaler) => warnAfterFit(options, scaler) };
  const fingerprint = datasetFingerprint(dataset);
  const result = await train(dataset, settings, { initial, observer }).finally(() => progress?.stop());
  // In full, as another version may have other defaults.
  const reading = { ...dataOptions(options), ...dataset.reading };
  const origin = {
    data,
    ...(Object.keys(reading).length > 0 && { reading }),
    ...(dataset.classNames && { classNames: dataset.classNames }),
    dataset: fingerprint,
    pixels: pixelRange(dataset.train),
    initFrom: options.initFrom,
    initialWeights: initial && networkFingerprint(initial),
  };
  if (options.save !== undefined) {
    saveRun(options.save, result, origin);
    tell(options, `wrote ${options.save}`);
  }
  const plot = await drawPlot(
    () => runChart(result.epochs),
    (width) => runPlot(result.epochs, width, chalk),
    options,
  );
  printResult(options, "run", runDocument(origin, result), () =>
    [runText(data, settings, result), ...plot].join("\n"),
  );
}

/** @throws PixscaleError if `--save` would replace a model that may have taken hours, or mix with other files */
function requireFree({ save, force }: TrainOptions, data: string): void {
  if (save === undefined) {
    if (!force) return;
    throw new UsageError("--force", "replaces what --save finds", "add --save, or leave it out");
  }
  requireOutside(save, [data]);
  if (force) return;
  if (isModelFolder(save)) {
    throw new PixscaleError(save, "a model is saved there already", "choose another folder, or add --force");
  }
  if (!existsSync(save) || !statSync(save).isDirectory() || readdirSync(save).length === 0) return;
  throw new PixscaleError(save, "holds other files", "choose a new or empty folder, or add --force");
}

function toSettings(options: TrainOptions): TrainSettings {
  const { scaling, axis, epochs, batchSize, learningRate, seed, shuffle, validationSplit } = options;
  const { limit, limitTest, backend, threads } = options;
  return completeSettings({
    scaling,
    axis,
    epochs,
    batchSize,
    learningRate,
    seed,
    shuffle,
    validationSplit,
    limit,
    limitTest,
    backend,
    threads,
  });
}
