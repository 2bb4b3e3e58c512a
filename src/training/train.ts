import type { Dataset } from "../data/dataset.ts";
import { PixscaleError } from "../errors.ts";
import { sha256 } from "../files/hash.ts";
import { activations } from "../model/layers.ts";
import type { LayerNetwork, ModelFiles } from "../model/network.ts";
import { referenceCnn } from "../model/reference-cnn.ts";
import type { EncodedModel } from "../model/tfjs/encode.ts";
import { initialWeights } from "../model/weights.ts";
import { batchCount, batchOrder, gatherBatch } from "../scaling/batches.ts";
import { Scaler } from "../scaling/scaler.ts";
import type { Backend, BackendState } from "./backends/backend.ts";
import { createBackend } from "./backends/create.ts";
import { Breather } from "./breather.ts";
import { EVALUATION_BATCH, type Evaluation, evaluate } from "./evaluate.ts";
import { MetricMeter, type Metrics } from "./metrics.ts";
import type { TrainSettings } from "./settings.ts";
import { type RunSplits, runSplits } from "./splits.ts";

/** A network to start from, and where it came from, for errors. */
export type InitialModel = (LayerNetwork & { readonly subject: string }) | ModelFiles;

export interface EpochResult extends Metrics {
  /** From 1. */
  readonly epoch: number;
  readonly steps: number;
  /** Wall time of the training steps, scaling and shuffling included, validation not. */
  readonly milliseconds: number;
  readonly validation: Metrics | undefined;
  /** Of the whole test split behind this epoch, if asked for. */
  readonly test: Metrics | undefined;
}

/** Where a run stands between two epochs: enough to end it with the bits it would have had without a stop. */
export interface Checkpoint {
  readonly epochs: readonly EpochResult[];
  readonly state: BackendState;
}

/** Told how a run goes on. */
export interface RunObserver {
  onScaler?(scaler: Scaler): void;
  onStep?(progress: { epoch: number; step: number; steps: number; milliseconds: number } & Metrics): void;
  onEpoch?(result: EpochResult, checkpoint: () => Checkpoint): void;
}

export interface TrainOptions {
  /** Starts from this network instead of a fresh reference CNN. */
  readonly initial?: InitialModel | undefined;
  /** Goes on from here; of a run with the same data, settings and `initial`. */
  readonly resume?: Checkpoint | undefined;
  /** Evaluates the test split after each epoch, for learning curves. */
  readonly testEachEpoch?: boolean;
  readonly observer?: RunObserver;
}

export interface RunResult {
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

/**
 * One run: fits the scaling, trains the reference CNN (or `initial`) and evaluates it on the test split. With the built-in
 * engine the same data and settings give the same bits, whatever `threads` is.
 *
 * @throws PixscaleError if the initial model does not fit the data or the backend, the loss stops being finite, or the backend is not
 * available
 */
export async function train(
  dataset: Dataset,
  settings: TrainSettings,
  { initial, resume, testEachEpoch = false, observer = {} }: TrainOptions = {},
): Promise<RunResult> {
  const splits = runSplits(dataset, settings);
  const scaler = Scaler.fit(settings.scaling, splits.train, { axis: settings.axis });
  observer.onScaler?.(scaler);
  const network = initial ?? freshNetwork(dataset, settings.seed);
  const largest = Math.max(splits.train.count, splits.validation?.count ?? 0, splits.test.count);
  const backend = await createBackend(settings.backend, {
    ...network,
    maxImages: Math.min(largest, Math.max(settings.batchSize, EVALUATION_BATCH)),
    threads: settings.threads,
    learningRate: settings.learningRate,
    imageShape: dataset.train.shape,
  });
  let endThreads: (() => Promise<void>) | undefined;
  try {
    endThreads = await scaler.useThreads(settings.threads);
    if (initial !== undefined) requireFit(backend, initial.subject, dataset);
    const breather = new Breather();
    if (resume !== undefined) backend.setState(resume.state);
    const epochs = [...(resume?.epochs ?? [])];
    const testNow = () => evaluate(backend, splits.test, scaler, breather);
    let test: Evaluation | undefined;
    for (let epoch = epochs.length; epoch < settings.epochs; epoch++) {
      const trained = await trainEpoch(backend, splits, scaler, settings, epoch, observer, breather);
      if (testEachEpoch) test = await testNow();
      const result = { ...trained, test: test && { loss: test.loss, accuracy: test.accuracy } };
      epochs.push(result);
      observer.onEpoch?.(result, () => ({ epochs: [...epochs], state: backend.state() }));
    }
    test ??= await testNow();
    requireFinite(test.loss, "on the test split");
    const model = backend.save();
    return {
      model,
      parameters: backend.parameters,
      fingerprint: sha256(model.bytes),
      scaler,
      epochs,
      test,
      trained: splits.train.count,
      validated: splits.validation?.count ?? 0,
    };
  } finally {
    await endThreads?.();
    await backend.close();
  }
}

async function trainEpoch(
  backend: Backend,
  { train, validation }: RunSplits,
  scaler: Scaler,
  { batchSize, shuffle, seed }: TrainSettings,
  epoch: number,
  observer: RunObserver,
  breather: Breather,
): Promise<Omit<EpochResult, "test">> {
  const started = performance.now();
  const steps = batchCount(train.count, batchSize);
  const order = batchOrder(train.count, { shuffle, seed, epoch });
  const meter = new MetricMeter();
  for (let step = 0; step < steps; step++) {
    const start = step * batchSize;
    const size = Math.min(batchSize, train.count - start);
    gatherBatch(train, order, start, size, scaler, backend.images, backend.labels);
    const sums = backend.train(size);
    if (!Number.isFinite(sums.loss)) {
      const problem = `the loss is not finite any more in epoch ${epoch + 1}, step ${step + 1}`;
      throw new PixscaleError(
        "training",
        problem,
        "lower --learning-rate, or use a scaling with smaller values",
      );
    }
    meter.add(sums, size);
    observer.onStep?.({
      epoch: epoch + 1,
      step: step + 1,
      steps,
      milliseconds: performance.now() - started,
      ...meter.metrics(),
    });
    await breather.breathe();
  }
  const milliseconds = performance.now() - started;
  const held = validation && (await evaluate(backend, validation, scaler, breather));
  return {
    epoch: epoch + 1,
    steps,
    ...meter.metrics(),
    milliseconds,
    validation: held && { loss: held.loss, accuracy: held.accuracy },
  };
}

function requireFinite(loss: number, where: string): void {
  if (Number.isFinite(loss)) return;
  const remedy = "lower --learning-rate, or use a scaling with smaller values";
  throw new PixscaleError("training", `the loss is not finite any more ${where}`, remedy);
}

function freshNetwork(dataset: Dataset, seed: number): LayerNetwork {
  const model = referenceCnn(dataset.train.shape, dataset.classes);
  // Images may be too small for it, and then the data are to be named.
  activations(model, dataset.name);
  return { model, weights: initialWeights(model, seed) };
}

/** @throws PixscaleError (`subject`) if images of the dataset cannot go into the network, or their labels not come out */
export function requireFit(
  { input, classes }: Pick<Backend, "input" | "classes">,
  subject: string,
  dataset: Dataset,
): void {
  const [wanted, found] = [input, dataset.train.shape].map((s) => `${s.height}×${s.width}×${s.channels}`);
  if (wanted !== found) {
    const problem = `its model takes images of ${wanted}, but ${dataset.name} has ${found}`;
    throw new PixscaleError(subject, problem, "use data of the model's shape");
  }
  if (classes < dataset.classes) {
    const problem = `its model tells ${classes} classes apart, but ${dataset.name} has ${dataset.classes}`;
    throw new PixscaleError(subject, problem, "use a model with a unit for each class");
  }
}
