import { Command } from "commander";
import { datasetFingerprint } from "../../data/fingerprint.ts";
import { defaultThreads } from "../../engine/engine.ts";
import { makeWritableFolder } from "../../files/write.ts";
import { networkFingerprint } from "../../model/network.ts";
import { duration, percent, thousands } from "../../output/format.ts";
import { runProgress } from "../../output/progress.ts";
import { table } from "../../output/table.ts";
import { formatScaling, KNOWN_STEPS, parseScaling } from "../../scaling/parse.ts";
import type { Scaler } from "../../scaling/scaler.ts";
import { runDocument } from "../../training/run-document.ts";
import { readModelFiles, saveRun } from "../../training/saved-run.ts";
import type { TrainSettings } from "../../training/settings.ts";
import { type EpochResult, type RunResult, train } from "../../training/train.ts";
import { pathOption, seedOption } from "../options/kinds.ts";
import { addTrainingOptions, type TrainingOptions } from "../options/training.ts";
import { type CommonOptions, printResult, tell } from "../output.ts";
import { addData, type DataFlags, dataOptions, readDataset } from "../read-data.ts";
import { interruptible } from "../signals.ts";
import { tellOfLongFit, warnOfConstants, warnOfRange } from "../warnings.ts";

interface TrainOptions extends CommonOptions, DataFlags, TrainingOptions {
  readonly scaling: string;
  readonly seed: number;
  readonly save?: string;
}

/** `pixscale train`: one run. */
export function trainCommand(): Command {
  const command = addData(new Command("train"))
    .description("train the reference CNN under a scaling and evaluate it on the test split")
    .option("--scaling <spec>", `${KNOWN_STEPS}, or some joined by +`, "normalize");
  return addTrainingOptions(command)
    .addOption(seedOption())
    .addOption(pathOption("--save <dir>", "write model, scaler and results into this folder"))
    .action(runTrain);
}

async function runTrain(data: string, options: TrainOptions): Promise<void> {
  const settings = toSettings(options);
  const initial = options.initFrom === undefined ? undefined : await readModelFiles(options.initFrom);
  const dataset = await readDataset(data, options);
  if (options.save !== undefined) makeWritableFolder(options.save);
  const progress = options.quiet ? undefined : runProgress(process.stderr, settings.epochs);
  const observer = { ...progress, onScaler: (scaler: Scaler) => warnOfConstants(options, scaler) };
  warnOfRange(options, [settings.scaling], dataset.train.pixels);
  tellOfLongFit(options, settings.scaling, dataset.train.shape);
  // It begins with fitting the scaling.
  const running = interruptible(() => train(dataset, settings, { initial, observer }));
  const result = await running.finally(() => progress?.stop());
  const reading = dataOptions(options);
  const origin = {
    data,
    ...(Object.keys(reading).length > 0 && { reading }),
    ...(dataset.classNames && { classNames: dataset.classNames }),
    dataset: datasetFingerprint(dataset),
    initFrom: options.initFrom,
    initialWeights: initial && networkFingerprint(initial),
  };
  const document = runDocument(origin, settings, result);
  if (options.save !== undefined) {
    saveRun(options.save, result, document);
    tell(options, `wrote ${options.save}`);
  }
  printResult(options, document, () => describe(data, settings, result));
}

function toSettings(options: TrainOptions): TrainSettings {
  const { axis, epochs, batchSize, learningRate, seed, shuffle, validationSplit, limit, limitTest, backend } =
    options;
  return {
    scaling: parseScaling(options.scaling),
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
    threads: options.threads ?? defaultThreads(),
  };
}

function describe(data: string, settings: TrainSettings, result: RunResult): string {
  const { scaling, batchSize, seed, backend, threads } = settings;
  const validated = result.validated > 0;
  const head = [
    "epoch",
    "loss",
    "accuracy",
    ...(validated ? ["val loss", "val accuracy"] : []),
    "ms/step",
    "time",
  ];
  const rows = result.epochs.map((epoch) => [
    String(epoch.epoch),
    epoch.loss.toFixed(4),
    percent(epoch.accuracy),
    ...(epoch.validation ? [epoch.validation.loss.toFixed(4), percent(epoch.validation.accuracy)] : []),
    (epoch.milliseconds / epoch.steps).toFixed(1),
    duration(epoch.milliseconds),
  ]);
  const images = [
    `${thousands(result.trained)} to train`,
    ...(validated ? [`${thousands(result.validated)} to validate`] : []),
    `${thousands(result.test.count)} to test`,
  ].join(", ");
  return [
    `${data}, scaled with ${formatScaling(scaling)}: ${images}`,
    `${thousands(result.parameters)} parameters, batches of ${batchSize}, seed ${seed}, backend ${backend}, threads ${threads}`,
    table(head, rows, 0),
    `test accuracy ${percent(result.test.accuracy)}, loss ${result.test.loss.toFixed(4)}, ${totalTime(result.epochs)} of training`,
    `weights ${result.fingerprint.slice(0, 12)}`,
  ].join("\n");
}

function totalTime(epochs: readonly EpochResult[]): string {
  return duration(epochs.reduce((sum, { milliseconds }) => sum + milliseconds, 0));
}
