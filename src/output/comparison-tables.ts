import { setting } from "../errors.ts";
import type { ComparedVariant, Comparison } from "../experiment/comparison.ts";
import type { Interval } from "../experiment/inference.ts";
import { duration, percent, thousands } from "./format.ts";
import { table } from "./table.ts";

/** A table for the terminal or Markdown: the first `textColumns` columns are text, the others numbers. */
export interface ComparisonTable {
  readonly textColumns: number;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Learning curves with more epochs are thinned out. */
const MAX_CURVE_COLUMNS = 10;

/** The comparison for the terminal. */
export function comparisonText(comparison: Comparison): string {
  return [
    comparisonTitle(comparison),
    ...comparisonTables(comparison).map(({ head, rows, textColumns }) => table(head, rows, textColumns)),
    ...conclusion(comparison),
  ].join("\n");
}

/** One line about the runs. */
export function comparisonTitle({ data, seeds, variants, runs, testImages }: Comparison): string {
  const [first] = variants;
  const missing = runs.finished < runs.planned ? `, ${runs.finished} of ${runs.planned} runs finished` : "";
  const settings = [
    ...(same(variants, "epochs") ? [counted(first.epochs, "epoch")] : []),
    ...(same(variants, "batchSize") ? [`batches of ${first.batchSize}`] : []),
    ...(same(variants, "learningRate") ? [`learning rate ${first.learningRate}`] : []),
  ];
  const size = `${counted(variants.length, "scaling")} × ${counted(seeds.length, "seed")}`;
  return `${data}: ${[size, ...settings, `${thousands(testImages)} test images`].join(", ")}${missing}`;
}

/** The results, the comparison with the best, and the learning curves. */
export function comparisonTables(comparison: Comparison): ComparisonTable[] {
  return [
    resultTable(comparison),
    ...(comparison.test === "none" ? [] : [comparisonTable(comparison)]),
    ...(comparison.variants.some(({ curve }) => curve.length > 1) ? [curveTable(comparison)] : []),
  ];
}

/** The comparison in words, one line per variant. */
export function conclusion(comparison: Comparison): string[] {
  const { variants, best, test, target } = comparison;
  const lines = [`best: ${best}, ${percent(byName(comparison, best).accuracy.mean)}`];
  for (const variant of variants) {
    if (variant.name !== best) lines.push(`${variant.name}: ${verdictText(variant)}`);
  }
  for (const { name, stepsToTarget } of target === undefined ? [] : variants) {
    const reached = stepsToTarget == null ? "not reached" : `reached after ${thousands(stepsToTarget)} steps`;
    lines.push(`${name}: accuracy ${percent(target ?? 0)} ${reached}`);
  }
  if (test === "McNemar's test") {
    lines.push(`One seed compares two models, not two scalings; try ${setting("seeds", 5)}.`);
  }
  return lines;
}

/** The verdict on a variant, with the interval of a real difference in percentage points. */
export function verdictText({ comparison: { verdict, interval } }: ComparedVariant): string {
  if (verdict !== "worse" || interval === null) return verdict;
  return `worse by ${points(-interval[1])} to ${points(-interval[0])} points`;
}

function resultTable({ variants }: Comparison): ComparisonTable {
  return {
    textColumns: 1,
    head: [
      "scaling",
      "runs",
      "test accuracy",
      "95 % interval",
      "best",
      "worst",
      "train loss",
      "time per run",
    ],
    rows: variants.map(({ name, runs, accuracy, trainLoss, milliseconds }) => [
      name,
      String(runs.length),
      accuracy.std === null ? percent(accuracy.mean) : `${points(accuracy.mean)} ± ${percent(accuracy.std)}`,
      intervalText(accuracy.interval, " %"),
      percent(accuracy.best),
      percent(accuracy.worst),
      trainLoss.toFixed(4),
      duration(milliseconds),
    ]),
  };
}

function comparisonTable({ variants, best, test }: Comparison): ComparisonTable {
  return {
    textColumns: 2,
    head: [`against ${best}`, "verdict", "seeds", "points", "95 % interval", `p, ${test}`, "p, Holm"],
    rows: variants
      .filter(({ name }) => name !== best)
      .map((variant) => {
        const { seeds, difference, interval, p, pHolm } = variant.comparison;
        return [
          variant.name,
          verdictText(variant),
          String(seeds),
          difference === null ? "" : points(difference),
          intervalText(interval, ""),
          probability(p),
          probability(pHolm),
        ];
      }),
  };
}

/** Mean test accuracy after each epoch. */
function curveTable({ variants }: Comparison): ComparisonTable {
  const length = Math.max(...variants.map(({ curve }) => curve.length));
  const every = Math.ceil(length / MAX_CURVE_COLUMNS);
  const epochs = Array.from({ length }, (_, i) => i + 1).filter(
    (epoch) => epoch === length || epoch % every === 0,
  );
  return {
    textColumns: 1,
    head: ["after epoch", ...epochs.map(String)],
    rows: variants.map(({ name, curve }) => [
      name,
      ...epochs.map((epoch) => (epoch > curve.length ? "" : percent(curve[epoch - 1].accuracy))),
    ]),
  };
}

function same(variants: readonly ComparedVariant[], name: "epochs" | "batchSize" | "learningRate"): boolean {
  return variants.every((variant) => variant[name] === variants[0][name]);
}

function byName({ variants }: Comparison, wanted: string): ComparedVariant {
  return variants.find(({ name }) => name === wanted) as ComparedVariant;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

function points(part: number): string {
  return (part * 100).toFixed(2);
}

function intervalText(interval: Interval | null, unit: string): string {
  return interval === null ? "" : `${points(interval[0])} … ${points(interval[1])}${unit}`;
}

function probability(p: number | null): string {
  if (p === null) return "";
  return p < 0.0001 ? "< 0.0001" : p.toFixed(4);
}
