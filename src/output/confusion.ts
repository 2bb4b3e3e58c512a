import type { Dataset, SplitName } from "../data/dataset.ts";
import type { Evaluation } from "../training/evaluate.ts";
import type { Confusion } from "../training/metrics.ts";
import { nameText, percent, thousands } from "./format.ts";
import { table } from "./table.ts";

/** More classes than this do not fit side by side. */
const MAX_COLUMNS = 16;
/** With more classes, this many kinds of confusion are listed. */
const MOST_FREQUENT = 20;

/** The evaluation of a saved model on a split. @param folder of the model */
export function evaluationText(
  folder: string,
  { name, classNames }: Dataset,
  split: SplitName,
  { confusion, count, accuracy, loss }: Evaluation,
): string {
  return [
    `${folder} on ${name}, ${split} split, ${thousands(count)} images`,
    confusionText(confusion, classNames),
    `${split} accuracy ${percent(accuracy)}, loss ${loss.toFixed(4)}`,
  ].join("\n");
}

/**
 * The confusion table, or with many classes the most frequent confusions.
 *
 * @param confusion images of each class (row) by predicted class
 */
export function confusionText(confusion: Confusion, classNames?: readonly string[]): string {
  const names = confusion.map((_, label) => nameText(classNames?.[label] ?? String(label)));
  return confusion.length <= MAX_COLUMNS ? wholeTable(confusion, names) : frequentTable(confusion, names);
}

function wholeTable(confusion: Confusion, names: readonly string[]): string {
  const rows = confusion.map((row, label) => {
    const total = sum(row);
    const cells = row.map((images) => (images === 0 ? "·" : String(images)));
    return [names[label], ...cells, total === 0 ? "·" : percent(row[label] / total)];
  });
  return table(["label \\ predicted", ...names, "recall"], rows);
}

function frequentTable(confusion: Confusion, names: readonly string[]): string {
  const kinds = confusion
    .flatMap((row, label) => row.map((images, predicted) => ({ label, predicted, images })))
    .filter(({ label, predicted, images }) => label !== predicted && images > 0)
    .sort((a, b) => b.images - a.images);
  if (kinds.length === 0) return "no image was assigned to another class";
  const shown = kinds.slice(0, MOST_FREQUENT);
  const rows = shown.map(({ label, predicted, images }) => [
    names[label],
    names[predicted],
    String(images),
    percent(images / sum(confusion[label])),
  ]);
  return `${table(["label", "predicted", "images", "of the label's"], rows, { textColumns: 2 })}
the ${shown.length} most frequent of ${thousands(kinds.length)} confusions (the JSON document has all)`;
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
