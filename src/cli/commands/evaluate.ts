import { existsSync } from "node:fs";
import { extname, join } from "node:path";
import { Command } from "commander";
import { type Dataset, SPLITS, type SplitName } from "../../data/dataset.ts";
import { PixscaleError, setting, UsageError } from "../../errors.ts";
import { readJson } from "../../files/json.ts";
import { evaluationText } from "../../output/confusion.ts";
import { parseScaling } from "../../scaling/parse.ts";
import { Scaler } from "../../scaling/scaler.ts";
import type { ScalingStep } from "../../scaling/steps/step-kinds.ts";
import { pixelRange } from "../../statistics/pixel-range.ts";
import { defaultThreads } from "../../threads.ts";
import { createBackend } from "../../training/backends/create.ts";
import { evaluate, evaluationBatch } from "../../training/evaluate.ts";
import { confusedPairs } from "../../training/metrics.ts";
import { requireFit } from "../../training/require-fit.ts";
import {
  isModelFolder,
  loadScaler,
  readModelFiles,
  readOrigin,
  type SavedOrigin,
  SCALER_FILE,
} from "../../training/saved-run.ts";
import type { BackendName } from "../../training/settings.ts";
import { addDataOptions, type DataFlags } from "../options/data.ts";
import { backendOption, choiceOption, pathOption, threadsOption } from "../options/kinds.ts";
import { type CommonOptions, printResult, warn } from "../output.ts";
import { findData, loadData } from "../read-data.ts";
import { warnAfterFit, warnOfOtherRange, warnOnPixels } from "../warnings.ts";

interface EvaluateOptions extends CommonOptions, DataFlags {
  readonly split: SplitName;
  readonly scaler?: string;
  readonly backend: BackendName;
  readonly threads?: number;
}

/** `pixscale evaluate`: a saved model on a split, scaled with the scaler saved next to it. */
export function evaluateCommand(): Command {
  const command = new Command("evaluate").argument("<dir>", "folder that train --save wrote");
  return addDataOptions(command, "the training data, read in the same way")
    .addOption(choiceOption("--split <name>", "which images to evaluate on", SPLITS).default("test"))
    .addOption(
      pathOption(
        "--scaler <file or spec>",
        "scale so, as for a model without scaler.json: normalize, or a scaler",
      ),
    )
    .addOption(backendOption())
    .addOption(threadsOption())
    .action(runEvaluate);
}

async function runEvaluate(
  folder: string,
  named: string | undefined,
  options: EvaluateOptions,
): Promise<void> {
  requireOrder(folder, named);
  const saved = await readModelFiles(folder);
  // Before the data, which may take minutes.
  const given = options.scaler === undefined ? await loadScaler(folder) : await readScaling(options.scaler);
  if (options.scaler !== undefined && existsSync(join(folder, SCALER_FILE))) {
    warn(options, `${setting("scaler")} replaces the scaler that was saved with the model`);
  }
  const origin = await readOrigin(folder);
  const data = named ?? origin.data;
  if (data === undefined) {
    const problem = "its folder does not say what data it was trained on";
    throw new UsageError(folder, problem, `name the data: pixscale evaluate ${folder} mnist`);
  }
  const dataset = await loadAsTrained(data, options, origin);
  if (dataset.unlabelled) {
    const remedy = `name a table with ${setting("labels")}, or choose labelled images`;
    throw new PixscaleError(data, "evaluating needs labels, and these images have none", remedy);
  }
  warnOfOtherClasses(options, dataset, origin);
  const scaler = given instanceof Scaler ? given : await Scaler.fitAsync(given, dataset.train);
  const split = dataset[options.split];
  warnOnPixels(options, scaler, split);
  warnAfterFit(options, scaler);
  if (split.count > 0) warnOfOtherRange(options, options.split, pixelRange(split), origin.pixels);
  const backend = await createBackend(options.backend, {
    ...saved,
    maxImages: Math.min(split.count, evaluationBatch(split.shape)),
    threads: options.threads ?? defaultThreads(),
    learningRate: 0,
    imageShape: split.shape,
  });
  try {
    requireFit(backend, saved.subject, dataset);
    const evaluation = await evaluate(backend, split, scaler);
    const { count, loss, accuracy, confusion } = evaluation;
    const { classNames } = dataset;
    const document = {
      model: folder,
      data,
      split: options.split,
      images: count,
      ...(classNames && { classNames }),
      loss,
      accuracy,
      ...(confusion
        ? { confusion }
        : { confusions: confusedPairs(dataset[options.split].labels, evaluation.predictions) }),
    };
    printResult(options, "evaluation", document, () =>
      evaluationText(folder, dataset, options.split, evaluation),
    );
  } finally {
    await backend.close();
  }
}

/** A scaler from a file, or the steps of a scaling, to be fitted on the training images. */
async function readScaling(text: string): Promise<Scaler | readonly ScalingStep[]> {
  const isFile = existsSync(text) || extname(text) === ".json";
  return isFile ? Scaler.fromJSON(await readJson(text), text) : parseScaling(text, setting("scaler"));
}

/** @throws UsageError if the data come before the model's folder */
function requireOrder(folder: string, data: string | undefined): void {
  if (data === undefined || isModelFolder(folder) || !isModelFolder(data)) return;
  throw new UsageError(
    folder,
    "the folder of the model comes first",
    `run pixscale evaluate ${data} ${folder}`,
  );
}

/** Reading options that are not given are as in training, because a new test split could contain images trained on. */
async function loadAsTrained(
  data: string,
  options: EvaluateOptions,
  { data: trained, reading: { format, strict: _, ...reading } }: SavedOrigin,
): Promise<Dataset> {
  const withFormat = { ...(data === trained && format !== undefined && { format }), ...options };
  const source = await findData(data, withFormat);
  if (source.findImages === undefined) return loadData(source, withFormat);
  if (reading.like === undefined && options.like === undefined) {
    const problem = "its folder does not say how its images were decoded";
    warn(options, `the model: ${problem}; choose --like, and check that the figures are as in training`);
  }
  return loadData(source, { ...reading, ...withFormat });
}

function warnOfOtherClasses(options: EvaluateOptions, dataset: Dataset, origin: SavedOrigin): void {
  const [now, then] = [dataset.classNames, origin.classNames];
  const first = now?.findIndex((name, label) => name !== then?.[label]) ?? -1;
  if (then === undefined || first < 0) return;
  const trained = then[first] === undefined ? "fewer classes" : `"${then[first]}"`;
  warn(
    options,
    `class ${first} is "${now?.[first]}", but the model was trained on ${trained}; classes match by order`,
  );
}
