import { Breather } from "../breather.ts";
import { type ImageShape, type ImageSplit, imageSize } from "../data/dataset.ts";
import { batchIndexes, gatherBatch, readBatches } from "../scaling/batches.ts";
import type { Scaler } from "../scaling/scaler.ts";
import type { Backend } from "./backends/backend.ts";
import { type Confusion, commonestClass, confusionTable, MetricMeter, type Metrics } from "./metrics.ts";

/** The results of a model on a split. */
export interface Evaluation extends Metrics {
  readonly count: number;
  /** Not for more than 1,000 classes. */
  readonly confusion: Confusion | undefined;
  /** Images of the commonest label: what guessing gets right. */
  readonly commonest: number;
  /** Predicted class of each image, in file order. */
  readonly predictions: Int32Array;
}

/** Images evaluated at a time, and how many values they may have: large images would need gigabytes. */
const EVALUATION_BATCH = 256;
const EVALUATION_VALUES = 2 ** 22;

/** Evaluation uses batches of at least this many images; their size changes no result. */
export function evaluationBatch(shape: ImageShape): number {
  return Math.max(1, Math.min(EVALUATION_BATCH, Math.floor(EVALUATION_VALUES / imageSize(shape))));
}

/** Loss, accuracy and predictions of a backend's current weights on all images of a split. */
export async function evaluate(
  backend: Backend,
  split: ImageSplit,
  scaler: Scaler,
  breather: Breather = new Breather(),
): Promise<Evaluation> {
  const predictions = new Int32Array(split.count);
  const meter = new MetricMeter();
  const batches = batchIndexes(split.count, backend.labels.length);
  let done = 0;
  for await (const batch of readBatches(split, batches)) {
    const size = batch.indexes.length;
    gatherBatch(batch.split, batch.indexes, scaler, backend.images, backend.labels);
    meter.add(backend.evaluate(size), size);
    predictions.set(backend.predictions.subarray(0, size), done);
    done += size;
    await breather.breathe();
  }
  return {
    ...meter.metrics(),
    count: split.count,
    commonest: commonestClass(split.labels),
    confusion: confusionTable(split.labels, predictions, backend.classes),
    predictions,
  };
}
