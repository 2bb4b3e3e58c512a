import type { Confusion } from "../training/metrics.ts";
import { percent, thousands } from "./format.ts";
import { table } from "./table.ts";

/** More classes than this do not fit side by side. */
const MAX_COLUMNS = 16;
/** Kinds of confusion that are shown of more classes. */
const MOST_FREQUENT = 20;

/**
 * What was taken for what: all of it, or of many classes what happened most often.
 *
 * @param confusion images of each class (row) by predicted class
 */
export function confusionText(confusion: Confusion, classNames?: readonly string[]): string {
  const names = confusion.map((_, label) => classNames?.[label] ?? String(label));
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
  if (kinds.length === 0) return "no image was taken for one of another class";
  const shown = kinds.slice(0, MOST_FREQUENT);
  const rows = shown.map(({ label, predicted, images }) => [
    names[label],
    names[predicted],
    String(images),
    percent(images / sum(confusion[label])),
  ]);
  return `${table(["label", "predicted", "images", "of the label's"], rows, 2)}
the ${shown.length} most frequent of ${thousands(kinds.length)} kinds of confusion; --json has all`;
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
