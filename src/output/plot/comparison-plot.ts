import type { ChalkInstance } from "chalk";
import { byAccuracy, type Comparison } from "../../experiment/comparison.ts";
import { boundedInterval } from "../../experiment/inference/verdict.ts";
import { shortText } from "../format.ts";
import { shortNumber } from "./numbers.ts";

const MOST_NAME = 24;
const FEWEST_COLUMNS = 20;

/** A point with its interval and other values around it. */
interface Row {
  readonly name: string;
  readonly value: number;
  readonly interval: readonly [low: number, high: number] | undefined;
  readonly others: readonly number[];
}

/**
 * Accuracies of the runs with mean and interval, and differences from the best scaling with the margin, as characters, at most so many
 * columns wide.
 */
export function comparisonPlot(comparison: Comparison, width: number, chalk: ChalkInstance): string {
  const variants = byAccuracy(comparison.variants);
  const accuracies = variants.flatMap(({ name, accuracy, runs }): Row[] => {
    if (accuracy === null) return [];
    const others = runs.flatMap(({ testAccuracy, failure }) =>
      testAccuracy === null || failure !== null ? [] : [100 * testAccuracy],
    );
    return [{ name, value: 100 * accuracy.mean, interval: points(accuracy.interval), others }];
  });
  const differences = variants.flatMap(({ name, comparison: { difference, verdict } }): Row[] => {
    const interval = boundedInterval(verdict);
    if (difference === null || interval === undefined) return [];
    return [{ name, value: 100 * difference, interval: points(interval), others: [] }];
  });
  const margin = 100 * comparison.method.margin;
  return [
    ...rowsText("test accuracy, %   · run  ● mean  ─ interval", accuracies, [], width, chalk),
    ...rowsText(
      `points against ${comparison.best}   ░ margin of ${shortNumber(margin)}`,
      differences,
      [-margin, margin],
      width,
      chalk,
    ),
  ].join("\n");
}

function points(interval: readonly [number, number] | null): [number, number] | undefined {
  return interval === null ? undefined : [100 * interval[0], 100 * interval[1]];
}

/** @param band from where to where rows are shaded, or nothing */
function rowsText(
  title: string,
  rows: readonly Row[],
  band: readonly number[],
  width: number,
  chalk: ChalkInstance,
): string[] {
  if (rows.length === 0) return [];
  const names = rows.map(({ name }) => shortText(name, MOST_NAME));
  const left = Math.max(...names.map((name) => name.length)) + 1;
  const columns = Math.max(FEWEST_COLUMNS, width - left - 1);
  const values = [
    ...rows.flatMap(({ value, interval = [], others }) => [value, ...interval, ...others]),
    ...band,
  ];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const at = (value: number) => (high > low ? Math.round(((value - low) / (high - low)) * (columns - 1)) : 0);
  const lines = rows.map(({ value, interval, others }, i) => {
    const cells = new Array<string>(columns).fill(" ");
    const fill = ([from, to]: readonly number[], mark: string) => cells.fill(mark, at(from), at(to) + 1);
    if (band.length > 0) fill(band, chalk.green("░"));
    if (interval !== undefined) fill(interval, "─");
    for (const other of others) cells[at(other)] = chalk.blue("·");
    cells[at(value)] = chalk.bold("●");
    return `${names[i].padEnd(left)}│${cells.join("").trimEnd()}`;
  });
  const [from, to] = [low, high].map(shortNumber);
  return [
    chalk.bold(title),
    ...lines,
    `${" ".repeat(left + 1)}${from}${" ".repeat(Math.max(1, columns - from.length - to.length))}${to}`,
  ];
}
