import { extname } from "node:path";
import { Command, Option } from "commander";
import { type Dataset, SPLITS, type SplitName } from "../data/dataset.ts";
import { UsageError } from "../errors.ts";
import { saveNpy, saveNpz } from "../export/scaled-arrays.ts";
import { scalingTables } from "../output/scaling-tables.ts";
import { type Measured, measureBatches, type ScaledSplit } from "../scaling/measure-batches.ts";
import { DEFAULT_ZCA_EPSILON, formatScaling, type ScalingStep } from "../scaling/parse.ts";
import type { Scaler } from "../scaling/scaler.ts";
import type { Axis } from "../statistics/axis.ts";
import { describeAxes, measureAxes } from "./axis-effects.ts";
import { fitScaler } from "./fit-scaler.ts";
import {
  axisOption,
  batchSizeOption,
  choiceOption,
  numberOption,
  pathOption,
  seedOption,
} from "./options/kinds.ts";
import { type CommonOptions, printResult, tell } from "./output.ts";
import { addData, checkTarget, type DataFlags, readDataset } from "./read-data.ts";
import { warnOfConstants, warnOfInfinite, warnOfRange } from "./warnings.ts";

interface ScaleOptions extends CommonOptions, DataFlags {
  readonly axis: Axis;
  readonly rescale?: number;
  readonly samplewise?: boolean;
  readonly epsilon?: number;
  readonly batchSize: number;
  readonly shuffle: boolean;
  readonly seed: number;
  readonly save?: string;
  readonly split?: SplitName;
}

export function normalizeCommand(): Command {
  return scaleCommand("normalize", "multiply by a factor, 1/255 by default", ({ rescale = 1 / 255 }) => [
    { kind: "normalize", factor: rescale },
  ]);
}

export function centerCommand(): Command {
  const description = "subtract the mean of the training split";
  return scaleCommand("center", description, ({ samplewise, ...options }) =>
    rescaled(options, { kind: samplewise ? "samplewise-center" : "center" }),
  ).addOption(samplewiseOption());
}

export function standardizeCommand(): Command {
  const description = "subtract the mean and divide by the standard deviation of the training split";
  return scaleCommand("standardize", description, ({ samplewise, ...options }) =>
    rescaled(options, { kind: samplewise ? "samplewise-standardize" : "standardize" }),
  ).addOption(samplewiseOption());
}

export function whitenCommand(): Command {
  const description = "subtract the mean and decorrelate the values by ZCA of the training split";
  return scaleCommand("whiten", description, ({ epsilon = DEFAULT_ZCA_EPSILON, ...options }) =>
    rescaled(options, { kind: "zca", epsilon }),
  ).addOption(numberOption("--epsilon <n>", "added to the singular values (default: 1e-6)", { least: 0 }));
}

const samplewiseOption = () => new Option("--samplewise", "use each image's own statistics");

function rescaled({ rescale }: Pick<ScaleOptions, "rescale">, step: ScalingStep): ScalingStep[] {
  return rescale === undefined ? [step] : [{ kind: "normalize", factor: rescale }, step];
}

/** A command that shows what a scaling does to a dataset. */
function scaleCommand(
  name: string,
  description: string,
  steps: (options: ScaleOptions) => readonly ScalingStep[],
): Command {
  return addData(new Command(name))
    .description(`${description}; shows batches and whole splits after it`)
    .addOption(axisOption())
    .addOption(numberOption("--rescale <factor>", "multiply by this first, such as 1/255", { above: 0 }))
    .addOption(batchSizeOption())
    .option("--shuffle", "shuffle the images before they are cut into batches", false)
    .option("--no-shuffle", "keep file order (default)")
    .addOption(seedOption())
    .addOption(pathOption("--save <file>", "write the scaled images as .npy, or with their labels as .npz"))
    .addOption(
      choiceOption("--split <name>", "what --save writes: by default train, or both as .npz", SPLITS),
    )
    .action((data: string, options: ScaleOptions) => showScaling(data, steps(options), options));
}

async function showScaling(
  data: string,
  steps: readonly ScalingStep[],
  options: ScaleOptions,
): Promise<void> {
  const save = options.save === undefined ? undefined : saver(options.save, data, options.split);
  const dataset = await readDataset(data, options);
  warnOfRange(options, [steps], dataset.train.pixels);
  const scaler = fitScaler(options, steps, dataset.train, options.axis);
  warnOfConstants(options, scaler);
  if (save !== undefined) {
    await save(dataset, scaler);
    tell(options, `wrote ${options.save}`);
  }
  const train = measureBatches(dataset.train, scaler, options);
  const test = measureBatches(dataset.test, scaler, options);
  warnOfInfinite(options, "train", [train.whole.mean]);
  warnOfInfinite(options, "test", [test.whole.mean]);
  const axes = measureAxes(steps, dataset.train);
  const document = {
    data,
    scaling: formatScaling(steps),
    axis: options.axis,
    batchSize: options.batchSize,
    scaler,
    splits: { train: toDocument(train), test: toDocument(test) },
    ...(axes.length > 0 && { axes }),
  };
  printResult(
    options,
    document,
    () => scalingTables(dataset, scaler, { train, test }) + describeAxes(axes, options.axis),
  );
}

/**
 * What writes scaled images to a file of that name.
 *
 * @throws UsageError if the name tells no format; PixscaleError if the file cannot be written
 */
function saver(path: string, data: string, split: SplitName | undefined) {
  const extension = extname(path).toLowerCase();
  if (extension !== ".npy" && extension !== ".npz") {
    throw new UsageError("--save", `${path} ends in neither .npy nor .npz`, "name it so");
  }
  checkTarget(path, [data]);
  return ({ train, test }: Dataset, scaler: Scaler): Promise<void> => {
    if (extension === ".npy") return saveNpy(path, split === "test" ? test : train, scaler);
    return saveNpz(path, { ...(split !== "test" && { train }), ...(split !== "train" && { test }) }, scaler);
  };
}

function toDocument({ split, batches, firstBatch, whole }: ScaledSplit): unknown {
  const { height, width, channels } = split.shape;
  const withShape = ({ count, ...rest }: Measured) => ({ shape: [count, height, width, channels], ...rest });
  return { batches, firstBatch: withShape(firstBatch), whole: withShape(whole) };
}
