import { Command } from "commander";
import { defaultThreads } from "../engine/engine.ts";
import { makeWritableFolder } from "../experiment/atomic-files.ts";
import { loadModel, saveRun } from "../experiment/run-folder.ts";
import { type Model, sizeOf, weightShapes } from "../model/layers.ts";
import { duration, percent, thousands } from "../report/format.ts";
import { runProgress } from "../report/progress.ts";
import { table } from "../report/table.ts";
import { formatScaling, KNOWN_STEPS, parseScaling } from "../scaling/spec.ts";
import { BACKENDS, type TrainSettings } from "../training/settings.ts";
import { type EpochResult, type RunObserver, type RunResult, train } from "../training/train.ts";
import { addData, type DataFlags, dataOptions, readDataset } from "./data.ts";
import {
  axisOption,
  batchSizeOption,
  choiceOption,
  integerOption,
  numberOption,
  pathOption,
  seedOption,
  threadsOption,
} from "./options.ts";
import { type CommonOptions, printResult, tell } from "./output.ts";
import { VERSION } from "./version.ts";
import { warnOfConstants } from "./warnings.ts";

type Limits = "limit" | "limitTest";

interface TrainOptions
  extends CommonOptions,
    DataFlags,
    Omit<TrainSettings, "scaling" | "threads" | Limits>,
    Partial<Pick<TrainSettings, "threads" | Limits>> {
  readonly scaling: string;
  readonly initFrom?: string;
  readonly save?: string;
}

/** `pixscale train`: one run. */
export function trainCommand(): Command {
  return addData(new Command("train"))
    .description("train the reference CNN under a scaling and evaluate it on the test split")
    .option("--scaling <spec>", `${KNOWN_STEPS}, or some joined by +`, "normalize")
    .addOption(axisOption())
    .addOption(integerOption("--epochs <n>", "passes over the training images").default(5))
    .addOption(batchSizeOption())
    .addOption(numberOption("--learning-rate <rate>", "Adam's learning rate", { above: 0 }).default(1e-3))
    .addOption(seedOption())
    .option("--shuffle", "reshuffle the images each epoch", true)
    .option("--no-shuffle", "keep file order")
    .addOption(
      numberOption("--validation-split <part>", "part of the training images held out", {
        least: 0,
        below: 1,
      }).default(0),
    )
    .addOption(integerOption("--limit <n>", "use only the first n training images"))
    .addOption(integerOption("--limit-test <n>", "use only the first n test images"))
    .addOption(choiceOption("--backend <name>", "what computes", BACKENDS).default("wasm"))
    .addOption(threadsOption())
    .addOption(pathOption("--init-from <dir>", "start from the model in this folder, layers and weights"))
    .addOption(pathOption("--save <dir>", "write model, scaler and results into this folder"))
    .action(runTrain);
}

async function runTrain(data: string, options: TrainOptions): Promise<void> {
  const settings = toSettings(options);
  const initial = options.initFrom === undefined ? undefined : await loadModel(options.initFrom);
  const dataset = await readDataset(data, options);
  if (options.save !== undefined) makeWritableFolder(options.save);
  const observer: RunObserver = {
    ...(options.quiet ? {} : runProgress(process.stderr, settings.epochs)),
    onScaler: (scaler) => warnOfConstants(options, scaler),
  };
  const result = await train(dataset, settings, { initial, observer });
  const document = runDocument(data, options, settings, result);
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

/** What `--json` prints and `run.json` holds. */
function runDocument(data: string, options: TrainOptions, settings: TrainSettings, result: RunResult) {
  const reading = dataOptions(options);
  const { loss, accuracy, count, confusion } = result.test;
  return {
    format: "pixscale-run",
    version: 1,
    data,
    ...(Object.keys(reading).length > 0 && { reading }),
    settings: { ...settings, scaling: formatScaling(settings.scaling), initFrom: options.initFrom },
    images: { train: result.trained, validation: result.validated, test: count },
    parameters: parameterCount(result.model),
    epochs: result.epochs,
    test: { loss, accuracy, confusion },
    fingerprint: result.fingerprint,
    versions: { pixscale: VERSION, node: process.versions.node },
  };
}

function parameterCount(model: Model): number {
  return weightShapes(model, "model").reduce(
    (sum, { kernel, bias }) => sum + sizeOf(kernel) + sizeOf(bias),
    0,
  );
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
    `${thousands(parameterCount(result.model))} parameters, batches of ${batchSize}, seed ${seed}, backend ${backend}, threads ${threads}`,
    table(head, rows, 0),
    `test accuracy ${percent(result.test.accuracy)}, loss ${result.test.loss.toFixed(4)}, ${totalTime(result.epochs)} of training`,
    `weights ${result.fingerprint.slice(0, 12)}`,
  ].join("\n");
}

function totalTime(epochs: readonly EpochResult[]): string {
  return duration(epochs.reduce((sum, { milliseconds }) => sum + milliseconds, 0));
}
