import type { Split } from "../data/dataset.ts";
import { batchOrder, gatherBatch } from "../scaling/batches.ts";
import type { Scaler } from "../scaling/scaler.ts";
import type { Backend } from "./backends/backend.ts";
import { Breather } from "./breather.ts";
import { type Confusion, confusionTable, MetricMeter, type Metrics } from "./metrics.ts";

/** What a model makes of a split. */
export interface Evaluation extends Metrics {
  readonly count: number;
  readonly confusion: Confusion;
  /** Class given to each image, in file order. */
  readonly predictions: Int32Array;
}

/** Batches for evaluation are this large, or as large as training's: it changes no result. */
export const EVALUATION_BATCH = 256;

/** Loss, accuracy and predictions of a backend's present weights on all images of a split. */
export async function evaluate(
  backend: Backend,
  split: Split,
  scaler: Scaler,
  breather: Breather = new Breather(),
): Promise<Evaluation> {
  const order = batchOrder(split.count, { shuffle: false, seed: 0, epoch: 0 });
  const predictions = new Int32Array(split.count);
  const batchSize = backend.labels.length;
  const meter = new MetricMeter();
  for (let start = 0; start < split.count; start += batchSize) {
    const size = Math.min(batchSize, split.count - start);
    gatherBatch(split, order, start, size, scaler, backend.images, backend.labels);
    meter.add(backend.evaluate(size), size);
    predictions.set(backend.predictions.subarray(0, size), start);
    await breather.breathe();
  }
  return {
    ...meter.metrics(),
    count: split.count,
    confusion: confusionTable(split.labels, predictions, backend.classes),
    predictions,
  };
}
