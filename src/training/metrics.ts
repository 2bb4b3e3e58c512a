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

/** Tables of more classes would take gigabytes. */
const MOST_TABLE_CLASSES = 1000;

/** Counts each pair of label and prediction; undefined for more than 1,000 classes. */
export function confusionTable(
  labels: Labels,
  predictions: ArrayLike<number>,
  classes: number,
): Confusion | undefined {
  if (classes > MOST_TABLE_CLASSES) return undefined;
  const table = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  labels.forEach((label, i) => {
    table[label][predictions[i]]++;
  });
  return table;
}

/** Images of one class that were taken for another. */
export interface ConfusedPair {
  readonly label: number;
  readonly predicted: number;
  readonly images: number;
  /** As a part of the label's images. */
  readonly part: number;
}

/** All pairs that were confused, the most frequent first. */
export function confusedPairs(labels: Labels, predictions: ArrayLike<number>): ConfusedPair[] {
  const totals = new Map<number, number>();
  const counts = new Map<string, { readonly label: number; readonly predicted: number; images: number }>();
  labels.forEach((label, i) => {
    totals.set(label, (totals.get(label) ?? 0) + 1);
    const predicted = predictions[i];
    if (predicted === label) return;
    const key = `${label} ${predicted}`;
    const pair = counts.get(key) ?? { label, predicted, images: 0 };
    pair.images++;
    counts.set(key, pair);
  });
  return [...counts.values()]
    .map((pair) => ({ ...pair, part: pair.images / (totals.get(pair.label) ?? 1) }))
    .sort((a, b) => b.images - a.images || a.label - b.label || a.predicted - b.predicted);
}

/** Images of the commonest class. */
export function commonestClass(labels: Labels): number {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return Math.max(0, ...counts.values());
}
