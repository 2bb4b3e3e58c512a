import type { Labels } from "../data/dataset.ts";

/** Sums over some images; divided by their number they are the usual metrics. */
export interface MetricSums {
  /** Categorical cross-entropy, natural logarithm. */
  readonly loss: number;
  /** Number of images whose most probable class is their label. */
  readonly correct: number;
}

export interface Metrics {
  /** Mean categorical cross-entropy. */
  readonly loss: number;
  /** Fraction of the images classified correctly, 0 … 1. */
  readonly accuracy: number;
}

/** `table[label][prediction]` counts images. */
export type Confusion = readonly (readonly number[])[];

/** Adds up metrics batch by batch, in order. */
export class MetricMeter {
  #loss = 0;
  #correct = 0;
  #count = 0;

  add(sums: MetricSums, count: number): void {
    this.#loss += sums.loss;
    this.#correct += sums.correct;
    this.#count += count;
  }

  metrics(): Metrics {
    return { loss: this.#loss / this.#count, accuracy: this.#correct / this.#count };
  }
}

/** Counts each pair of label and prediction. */
export function confusionTable(labels: Labels, predictions: ArrayLike<number>, classes: number): Confusion {
  const table = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  labels.forEach((label, i) => {
    table[label][predictions[i]]++;
  });
  return table;
}
