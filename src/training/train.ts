import { Breather } from "../breather.ts";
import { checkDataset } from "../data/check-dataset.ts";
import { type Dataset, formatShape, type ImageSplit, pixelType } from "../data/dataset.ts";
import { evenlySpacedImages } from "../data/stored-split.ts";
import { PixscaleError, setting } from "../errors.ts";
import { sha256 } from "../files/hash.ts";
import { activations, parameterCount } from "../model/layers.ts";
import type { LayerNetwork, ModelFiles } from "../model/network.ts";
import { referenceCnn } from "../model/reference-cnn.ts";
import type { EncodedModel } from "../model/tfjs/encode.ts";
import { initialWeights } from "../model/weights.ts";
import { batchIndexes, gatherBatch, readBatches } from "../scaling/batches.ts";
import { notFinite } from "../scaling/not-finite.ts";
import { Scaler } from "../scaling/scaler.ts";
import { measure } from "../statistics/measure.ts";
import type { Backend, BackendState } from "./backends/backend.ts";
import { createBackend } from "./backends/create.ts";
import { type Evaluation, evaluate, evaluationBatch } from "./evaluate.ts";
import { MetricMeter, type Metrics } from "./metrics.ts";
import { requireFit } from "./require-fit.ts";
import { completeSettings, type TrainChoices, type TrainSettings } from "./settings.ts";
import { type RunSplits, runSplits } from "./splits.ts";

/** A network to start from, and where it came from, for errors. */
export type InitialModel = (LayerNetwork & { readonly subject: string }) | ModelFiles;

export interface EpochResult extends Metrics {
  /** From 1. */
  readonly epoch: number;
  readonly steps: number;
  /** Wall time of the training steps, with scaling and shuffling, without validation. */
  readonly milliseconds: number;
  readonly validation: Metrics | undefined;
  /** On the whole test split after this epoch, if asked for. */
  readonly test: Metrics | undefined;
  /** Accuracy within the epoch, on at most 2,000 evenly spaced test images, if asked for. */
  readonly within?: readonly { readonly steps: number; readonly accuracy: number }[];
}

/** A run between two epochs: enough to finish it with the bits it would have had without a stop. */
export interface Checkpoint {
  readonly epochs: readonly EpochResult[];
  readonly state: BackendState;
}

/** Follows a run. */
export interface RunObserver {
  onScaler?(scaler: Scaler): void;
  onStep?(progress: { epoch: number; step: number; steps: number; milliseconds: number } & Metrics): void;
  /** @returns "stop" to end the training after this epoch; the network is evaluated as it is then */
  onEpoch?(result: EpochResult, checkpoint: () => Checkpoint): unknown;
}

export interface TrainOptions {
  /** Starts from this network instead of a fresh reference CNN. */
  readonly initial?: InitialModel | undefined;
  /** Continues from here; of a run with the same data, settings and `initial`. */
  readonly resume?: Checkpoint | undefined;
  /** Evaluates test images four times an epoch; after an epoch all of them. */
  readonly learningCurve?: boolean;
  /** Scales the images instead of one fitted on the training images; `scaling` and `axis` then have no effect. */
  readonly scaler?: Scaler | undefined;
  readonly observer?: RunObserver;
  /** Ends the run when it aborts. */
  readonly signal?: AbortSignal | undefined;
}

export interface RunResult {
  /** All settings, also those that had their default. */
  readonly settings: TrainSettings;
  /** The trained network. */
  readonly model: EncodedModel;
  /** Number of its weights. */
  readonly parameters: number;
  /** SHA-256 of its weights. */
  readonly fingerprint: string;
  readonly scaler: Scaler;
  readonly epochs: readonly EpochResult[];
  readonly test: Evaluation;
  /** Images trained on, and held out for validation. */
  readonly trained: number;
  readonly validated: number;
}

/** The loss became infinite or NaN: the run's settings do not train. */
export class DivergedError extends PixscaleError {}

/** Test images that the accuracy within an epoch is measured on. */
const CURVE_IMAGES = 2000;

/**
 * One run: fits the scaling, trains the reference CNN (or `initial`) and evaluates it on the test split. With the built-in
 * engine the same data and settings give the same bits, whatever `threads` is.
 *
 * @param choices settings that differ from the defaults
 * @throws UsageError naming a wrong setting; PixscaleError if the dataset's arrays contradict each other, pixels are not finite, the
 * initial model does not fit the data or the backend, or the backend is not available; DivergedError if the loss stops being finite;
 * the signal's reason
 */
export async function train(
  dataset: Dataset,
  choices: TrainChoices = {},
  options: TrainOptions = {},
): Promise<RunResult> {
  const settings = completeSettings(choices);
  checkDataset(dataset);
  options.signal?.throwIfAborted();
  const splits = runSplits(dataset, settings);
  const scaler =
    options.scaler ??
    (await Scaler.fitAsync(settings.scaling, splits.train, {
      axis: settings.axis,
      threads: settings.threads,
    }));
  options.observer?.onScaler?.(scaler);
  const backend = await startBackend(dataset, splits, settings, options.initial);
  let endThreads: (() => Promise<void>) | undefined;
  try {
    endThreads = await scaler.useThreads(settings.threads);
    if (options.initial !== undefined) requireFit(backend, options.initial.subject, dataset);
    const { epochs, test } = await trainEpochs(backend, splits, scaler, settings, options);
    requireFiniteLoss(test.loss, "on the test split");
    const model = backend.save();
    return {
      settings,
      model,
      parameters: backend.parameters,
      fingerprint: sha256(model.bytes),
      scaler,
      epochs,
      test,
      trained: splits.train.count,
      validated: splits.validation?.count ?? 0,
    };
  } catch (error) {
    if (error instanceof DivergedError) for (const split of Object.values(splits)) requireNumbers(split);
    throw error;
  } finally {
    await endThreads?.();
    await backend.close();
  }
}

/** @throws PixscaleError if NaN among the pixels is why a loss is not finite */
function requireNumbers(split: ImageSplit | undefined): void {
  if (split === undefined || split.count === 0 || pixelType(split) !== "float32") return;
  if (Number.isFinite(measure(split, "global").mean[0])) return;
  throw notFinite("dataset");
}

function startBackend(
  dataset: Dataset,
  { train, validation, test }: RunSplits,
  { backend, batchSize, seed, threads, learningRate }: TrainSettings,
  initial: InitialModel | undefined,
): Promise<Backend> {
  const network = initial ?? freshNetwork(dataset, seed);
  const largest = Math.max(train.count, validation?.count ?? 0, test.count);
  return createBackend(backend, {
    ...network,
    maxImages: Math.min(largest, Math.max(batchSize, evaluationBatch(train.shape))),
    threads,
    learningRate,
    imageShape: dataset.train.shape,
  });
}

async function trainEpochs(
  backend: Backend,
  splits: RunSplits,
  scaler: Scaler,
  settings: TrainSettings,
  { resume, learningCurve = false, observer = {}, signal }: TrainOptions,
): Promise<{ epochs: EpochResult[]; test: Evaluation }> {
  const breather = new Breather(signal);
  if (resume !== undefined) backend.setState(resume.state);
  const epochs = [...(resume?.epochs ?? [])];
  const sample = learningCurve ? evenlySpacedImages(splits.test, CURVE_IMAGES) : undefined;
  const accuracy = sample && (async () => (await evaluate(backend, sample, scaler, breather)).accuracy);
  const evaluateTest = () => evaluate(backend, splits.test, scaler, breather);
  let test: Evaluation | undefined;
  for (let epoch = epochs.length; epoch < settings.epochs; epoch++) {
    const trained = await trainEpoch(backend, splits, scaler, settings, epoch, {
      observer,
      breather,
      accuracy,
    });
    if (learningCurve) test = await evaluateTest();
    const result = { ...trained, test: test && { loss: test.loss, accuracy: test.accuracy } };
    epochs.push(result);
    const answer = observer.onEpoch?.(result, () => ({ epochs: [...epochs], state: backend.state() }));
    if (answer === "stop") break;
  }
  return { epochs, test: test ?? (await evaluateTest()) };
}

/** What an epoch reports to, and how it measures accuracy while it trains. */
interface EpochContext {
  readonly observer: RunObserver;
  readonly breather: Breather;
  readonly accuracy: (() => Promise<number>) | undefined;
}

async function trainEpoch(
  backend: Backend,
  { train, validation }: RunSplits,
  scaler: Scaler,
  { batchSize, shuffle, seed }: TrainSettings,
  epoch: number,
  { observer, breather, accuracy }: EpochContext,
): Promise<Omit<EpochResult, "test">> {
  let started = performance.now();
  const batches = batchIndexes(train.count, batchSize, { shuffle, seed, epoch });
  const meter = new MetricMeter();
  const within: { steps: number; accuracy: number }[] = [];
  const quarters = new Set([1, 2, 3].map((quarter) => Math.round((batches.length * quarter) / 4)));
  let step = 0;
  for await (const { split, indexes } of readBatches(train, batches)) {
    gatherBatch(split, indexes, scaler, backend.images, backend.labels);
    const sums = backend.train(indexes.length);
    step++;
    requireFiniteLoss(sums.loss, `in epoch ${epoch + 1}, step ${step}`);
    meter.add(sums, indexes.length);
    observer.onStep?.({
      epoch: epoch + 1,
      step,
      steps: batches.length,
      milliseconds: performance.now() - started,
      ...meter.metrics(),
    });
    await breather.breathe();
    if (accuracy === undefined || !quarters.has(step) || step === batches.length) continue;
    const before = performance.now();
    within.push({ steps: step, accuracy: await accuracy() });
    started += performance.now() - before;
  }
  const milliseconds = performance.now() - started;
  const held = validation && (await evaluate(backend, validation, scaler, breather));
  return {
    epoch: epoch + 1,
    steps: batches.length,
    ...meter.metrics(),
    milliseconds,
    validation: held && { loss: held.loss, accuracy: held.accuracy },
    ...(accuracy && { within }),
  };
}

function requireFiniteLoss(loss: number, where: string): void {
  if (Number.isFinite(loss)) return;
  const remedy = `lower ${setting("learningRate")}, or use a scaling with smaller values`;
  throw new DivergedError("training", `the loss became infinite or NaN ${where}`, remedy);
}

/** With gradients and Adam's moments they fill the engine's 4 GiB. */
const MAX_WEIGHTS = 2 ** 28;

function freshNetwork(dataset: Dataset, seed: number): LayerNetwork {
  const model = referenceCnn(dataset.train.shape, dataset.classes);
  // Images that are too small for it are the data's fault: the error names the data.
  activations(model, dataset.name);
  const weights = parameterCount(model);
  if (weights > MAX_WEIGHTS) {
    const size = `${formatShape(dataset.train.shape)} need a network of ${weights.toLocaleString("en-US")} weights`;
    const most = MAX_WEIGHTS.toLocaleString("en-US");
    throw new PixscaleError(
      dataset.name,
      `images of ${size}, more than ${most}`,
      `use a smaller ${setting("size")}`,
    );
  }
  return { model, weights: initialWeights(model, seed) };
}
