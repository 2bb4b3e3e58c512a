import { Breather } from "../breather.ts";
import { checkSplit } from "../data/check-dataset.ts";
import type { ImageSplit } from "../data/dataset.ts";
import type { Network } from "../model/network.ts";
import type { EncodedModel } from "../model/tfjs/encode.ts";
import { batchIndexes, gatherBatch, readBatches } from "../scaling/batches.ts";
import type { Scaler } from "../scaling/scaler.ts";
import { defaultThreads } from "../threads.ts";
import { createBackend } from "./backends/create.ts";
import { evaluationBatch } from "./evaluate.ts";
import { requireInput } from "./require-fit.ts";
import type { BackendName } from "./settings.ts";

/** A network and the scaler of its images: the result of `train`, or what `loadRun` read. */
export interface Predictor {
  readonly model: Network | EncodedModel;
  readonly scaler: Scaler;
}

export interface PredictOptions {
  /** By default the built-in engine. */
  readonly backend?: BackendName;
  /** By default one per core, at most 8. They change no result. */
  readonly threads?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface Predictions {
  /** [count], the most probable class of each image. */
  readonly labels: Int32Array;
  /** [count][classes], each row with the sum 1. */
  readonly probabilities: Float32Array;
  readonly classes: number;
}

/**
 * The class probabilities of images; their labels are not looked at.
 *
 * @param images unscaled, as the network's scaler takes them
 * @throws PixscaleError if the images or the scaler do not fit the network, or the backend is not available; the signal's reason if it
 * aborts
 */
export async function predict(
  { model, scaler }: Predictor,
  images: ImageSplit,
  { backend: name = "wasm", threads = defaultThreads(), signal }: PredictOptions = {},
): Promise<Predictions> {
  checkSplit(images, "images");
  const network = "bytes" in model ? { subject: "model", ...model } : model;
  const backend = await createBackend(name, {
    ...network,
    maxImages: Math.max(1, Math.min(images.count, evaluationBatch(images.shape))),
    threads,
    learningRate: 0,
    imageShape: images.shape,
  });
  try {
    requireInput(backend, "model", images.shape, "the given ones");
    const { classes } = backend;
    const labels = new Int32Array(images.count);
    const probabilities = new Float32Array(images.count * classes);
    const breather = new Breather(signal);
    let done = 0;
    for await (const { split, indexes } of readBatches(
      images,
      batchIndexes(images.count, backend.labels.length),
    )) {
      const size = indexes.length;
      gatherBatch(split, indexes, scaler, backend.images, backend.labels);
      backend.labels.fill(0);
      backend.evaluate(size);
      labels.set(backend.predictions.subarray(0, size), done);
      probabilities.set(backend.probabilities.subarray(0, size * classes), done * classes);
      done += size;
      await breather.breathe();
    }
    return { labels, probabilities, classes };
  } finally {
    await backend.close();
  }
}
