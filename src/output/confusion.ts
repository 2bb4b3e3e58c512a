import type { Dataset, SplitName } from "../data/dataset.ts";
import type { Evaluation } from "../training/evaluate.ts";
import { type ConfusedPair, type Confusion, confusedPairs } from "../training/metrics.ts";
import { nameText, percent, thousands } from "./format.ts";
import { table } from "./table.ts";

/** More classes than this do not fit side by side. */
const MAX_COLUMNS = 16;
/** With more classes, this many kinds of confusion are listed. */
const MOST_FREQUENT = 20;

/** The evaluation of a saved model on a split. @param folder of the model */
export function evaluationText(
  folder: string,
  dataset: Dataset,
  split: SplitName,
  { confusion, predictions, count, accuracy, loss }: Evaluation,
): string {
  const { name, classNames } = dataset;
  const few = confusion !== undefined && confusion.length <= MAX_COLUMNS;
  return [
    `${folder} on ${name}, ${split} split, ${thousands(count)} images`,
    few
      ? confusionText(confusion, classNames)
      : pairsText(confusedPairs(dataset[split].labels, predictions), classNames),
    `${split} accuracy ${percent(accuracy)}, loss ${loss.toFixed(4)}`,
  ].join("\n");
}

/**
 * The confusion table.
 *
 * @param confusion images of each class (row) by predicted class
 */
export function confusionText(confusion: Confusion, classNames?: readonly string[]): string {
  const names = confusion.map((_, label) => className(label, classNames));
  const rows = confusion.map((row, label) => {
    const total = sum(row);
    const cells = row.map((images) => (images === 0 ? "·" : String(images)));
    return [names[label], ...cells, total === 0 ? "·" : percent(row[label] / total)];
  });
  return table(["label \\ predicted", ...names, "recall"], rows);
}

/** The most frequent confusions, for many classes. */
export function pairsText(pairs: readonly ConfusedPair[], classNames?: readonly string[]): string {
  if (pairs.length === 0) return "no image was assigned to another class";
  const shown = pairs.slice(0, MOST_FREQUENT);
  const rows = shown.map(({ label, predicted, images, part }) => [
    className(label, classNames),
    className(predicted, classNames),
    String(images),
    percent(part),
  ]);
  return `${table(["label", "predicted", "images", "of the label's"], rows, { textColumns: 2 })}
the ${shown.length} most frequent of ${thousands(pairs.length)} confusions (the JSON document has all)`;
}

function className(label: number, classNames: readonly string[] | undefined): string {
  return nameText(classNames?.[label] ?? String(label));
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
