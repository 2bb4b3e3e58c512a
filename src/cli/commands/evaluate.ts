import { Command } from "commander";
import { type Dataset, SPLITS, type SplitName } from "../../data/dataset.ts";
import { defaultThreads } from "../../engine/engine.ts";
import { confusionText } from "../../output/confusion.ts";
import { percent, thousands } from "../../output/format.ts";
import { createBackend } from "../../training/backends/create.ts";
import { EVALUATION_BATCH, type Evaluation, evaluate } from "../../training/evaluate.ts";
import { loadScaler, readModelFiles, readOrigin, type SavedOrigin } from "../../training/saved-run.ts";
import type { BackendName } from "../../training/settings.ts";
import { requireFit } from "../../training/train.ts";
import { backendOption, choiceOption, threadsOption } from "../options/kinds.ts";
import { type CommonOptions, printResult, tell } from "../output.ts";
import { addData, type DataFlags, isImageFolder, readDataset } from "../read-data.ts";

interface EvaluateOptions extends CommonOptions, DataFlags {
  readonly split: SplitName;
  readonly backend: BackendName;
  readonly threads?: number;
}

/** `pixscale evaluate`: a saved model on a split, scaled with the scaler saved beside it. */
export function evaluateCommand(): Command {
  const command = new Command("evaluate").argument("<dir>", "folder that train --save wrote");
  return addData(command, "those it was trained on, read in the same way")
    .description("test loss, accuracy and confusion table of a model that train --save wrote")
    .addOption(choiceOption("--split <name>", "the images to evaluate on", SPLITS).default("test"))
    .addOption(backendOption())
    .addOption(threadsOption())
    .action(runEvaluate);
}

async function runEvaluate(
  folder: string,
  named: string | undefined,
  options: EvaluateOptions,
): Promise<void> {
  const saved = await readModelFiles(folder);
  const scaler = await loadScaler(folder);
  const origin = await readOrigin(folder);
  const data = named ?? origin.data;
  const dataset = await readDataset(data, await asTrained(data, options, origin));
  warnOfOtherClasses(options, dataset, origin);
  const split = dataset[options.split];
  const backend = await createBackend(options.backend, {
    ...saved,
    maxImages: Math.min(split.count, EVALUATION_BATCH),
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
      confusion,
    };
    printResult(options, document, () => describe(folder, dataset, options.split, evaluation));
  } finally {
    await backend.close();
  }
}

/** What is not said of how to read the data is as it was in training: test images drawn anew could be ones that it was trained on. */
async function asTrained(
  data: string,
  options: EvaluateOptions,
  { data: trained, reading: { format, strict: _, ...reading } }: SavedOrigin,
): Promise<EvaluateOptions> {
  const withFormat = { ...(data === trained && format !== undefined && { format }), ...options };
  return (await isImageFolder(data, withFormat)) ? { ...reading, ...withFormat } : withFormat;
}

function warnOfOtherClasses(options: EvaluateOptions, dataset: Dataset, trained: SavedOrigin): void {
  const [now, then] = [dataset.classNames, trained.classNames];
  const first = now?.findIndex((name, label) => name !== then?.[label]) ?? -1;
  if (then === undefined || first < 0) return;
  const names = `class ${first} is ${now?.[first]}, but the model was trained on ${then[first] ?? "fewer"}`;
  tell(options, `warning: ${names}; classes are taken in their order`);
}

function describe(folder: string, dataset: Dataset, split: SplitName, evaluation: Evaluation): string {
  const { confusion, count, accuracy, loss } = evaluation;
  return [
    `${folder} on ${dataset.name}, ${split} split, ${thousands(count)} images`,
    confusionText(confusion, dataset.classNames),
    `${split} accuracy ${percent(accuracy)}, loss ${loss.toFixed(4)}`,
  ].join("\n");
}
