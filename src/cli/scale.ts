import { extname } from "node:path";
import { Command, Option } from "commander";
import { type Dataset, imageSize, SPLITS, type Split, type SplitName } from "../data/dataset.ts";
import { UsageError } from "../errors.ts";
import { checkWritableFile } from "../experiment/atomic-files.ts";
import { saveNpy, saveNpz } from "../experiment/scaled-arrays.ts";
import { decimal, largest, shapeText, smallest, statistic, thousands } from "../report/format.ts";
import { table } from "../report/table.ts";
import type { Axis } from "../scaling/axis.ts";
import { batchCount, batchOrder, gatherBatch } from "../scaling/batches.ts";
import { formatNumber } from "../scaling/number.ts";
import { RunningMoments } from "../scaling/running-moments.ts";
import { Scaler } from "../scaling/scaler.ts";
import { DEFAULT_ZCA_EPSILON, formatScaling, type ScalingStep } from "../scaling/spec.ts";
import { describeAxes, measureAxes } from "./axis-effects.ts";
import { addData, type DataFlags, readDataset } from "./data.ts";
import {
  axisOption,
  batchSizeOption,
  choiceOption,
  numberOption,
  pathOption,
  seedOption,
} from "./options.ts";
import { type CommonOptions, printResult, tell } from "./output.ts";
import { warnOfConstants } from "./warnings.ts";

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

/** Figures of some scaled images, measured on the float32 values a model would get. */
interface Measured {
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly std: number;
}

interface ScaledSplit {
  readonly split: Split;
  readonly batches: number;
  readonly firstBatch: Measured;
  readonly whole: Measured;
}

async function showScaling(
  data: string,
  steps: readonly ScalingStep[],
  options: ScaleOptions,
): Promise<void> {
  const save = options.save === undefined ? undefined : saver(options.save, options.split);
  const dataset = await readDataset(data, options);
  const scaler = Scaler.fit(steps, dataset.train, { axis: options.axis });
  warnOfConstants(options, scaler);
  if (save !== undefined) {
    await save(dataset, scaler);
    tell(options, `wrote ${options.save}`);
  }
  const train = measureBatches(dataset.train, scaler, options);
  const test = measureBatches(dataset.test, scaler, options);
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
    () => describe(dataset, scaler, { train, test }) + describeAxes(axes, options.axis),
  );
}

/**
 * What writes scaled images to a file of that name.
 *
 * @throws UsageError if the name tells no format; PixscaleError if the file cannot be written
 */
function saver(path: string, split: SplitName | undefined) {
  const extension = extname(path).toLowerCase();
  if (extension !== ".npy" && extension !== ".npz") {
    throw new UsageError("--save", `${path} ends in neither .npy nor .npz`, "name it so");
  }
  checkWritableFile(path);
  return ({ train, test }: Dataset, scaler: Scaler): Promise<void> => {
    if (extension === ".npy") return saveNpy(path, split === "test" ? test : train, scaler);
    return saveNpz(path, { ...(split !== "test" && { train }), ...(split !== "train" && { test }) }, scaler);
  };
}

/** Runs the batch pipeline over a split, one batch in memory at a time. */
function measureBatches(
  split: Split,
  scaler: Scaler,
  { batchSize, shuffle, seed }: ScaleOptions,
): ScaledSplit {
  const order = batchOrder(split.count, { shuffle, seed, epoch: 0 });
  const batches = batchCount(split.count, batchSize);
  const size = imageSize(split.shape);
  const longest = Math.min(batchSize, split.count);
  const images = new Float32Array(longest * size);
  const labels = new Int32Array(longest);
  const running = new RunningMoments();
  let firstBatch: Measured | undefined;
  for (let start = 0; start < split.count; start += batchSize) {
    const count = Math.min(batchSize, split.count - start);
    gatherBatch(split, order, start, count, scaler, images, labels);
    running.add(images.subarray(0, count * size));
    firstBatch ??= figures(count, running);
  }
  const whole = figures(split.count, running);
  return { split, batches, firstBatch: firstBatch ?? whole, whole };
}

function figures(count: number, running: RunningMoments): Measured {
  const { min, max, mean, std } = running.moments();
  return { count, min: min[0], max: max[0], mean: mean[0], std: std[0] };
}

function toDocument({ split, batches, firstBatch, whole }: ScaledSplit): unknown {
  const { height, width, channels } = split.shape;
  const withShape = ({ count, ...rest }: Measured) => ({ shape: [count, height, width, channels], ...rest });
  return { batches, firstBatch: withShape(firstBatch), whole: withShape(whole) };
}

function describe(
  dataset: Dataset,
  scaler: Scaler,
  splits: { train: ScaledSplit; test: ScaledSplit },
): string {
  const rows = Object.entries(splits).flatMap(([name, { split, batches, firstBatch, whole }]) => {
    const row = (what: string, { count, min, max, mean, std }: Measured) => [
      name,
      what,
      shapeText(count, split.shape),
      decimal(min),
      decimal(max),
      statistic(mean),
      decimal(std),
    ];
    return [
      row("first batch", firstBatch),
      row(`all (${thousands(batches)} batch${batches === 1 ? "" : "es"})`, whole),
    ];
  });
  const fitted = scaler.steps.map(fittedText).join("\n");
  return `${dataset.name}, scaled with ${formatScaling(scaler.steps)}\n${fitted}\n${table(["split", "images", "shape", "min", "max", "mean", "std"], rows, 3)}`;
}

/** What a step learned from the training split. */
function fittedText(step: Scaler["steps"][number]): string {
  switch (step.kind) {
    case "normalize":
      return `normalize: factor ${formatNumber(step.factor)}`;
    case "center":
      return `center: train mean ${list(step.mean)}`;
    case "standardize":
      return `standardize: train mean ${list(step.mean)}, std ${list(step.std)}`;
    case "unit-std":
      return `unit-std: train std ${list(step.std)}`;
    case "zca":
      return `zca: train mean ${list(step.mean)}, epsilon ${formatNumber(step.epsilon)}`;
    default:
      return `${step.kind}: from each image alone`;
  }
}

function list(values: Float64Array): string {
  if (values.length <= 4) return Array.from(values, (value) => decimal(value)).join(", ");
  return `${decimal(smallest(values))} to ${decimal(largest(values))} (${values.length} of them)`;
}
