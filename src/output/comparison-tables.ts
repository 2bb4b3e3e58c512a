import type { Answer, AnswerVariant } from "../experiment/comparison.ts";
import type { Interval } from "../experiment/inference.ts";
import { duration, percent, thousands } from "./format.ts";
import { table } from "./table.ts";

/** A table of an answer, for the terminal or Markdown: the first `textColumns` columns are text, the others numbers. */
export interface AnswerTable {
  readonly textColumns: number;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Epochs a learning curve is shown at; longer ones are thinned out. */
const MAX_CURVE_COLUMNS = 10;

/** The answer for the terminal. */
export function answerText(answer: Answer): string {
  return [
    answerTitle(answer),
    ...answerTables(answer).map(({ head, rows, textColumns }) => table(head, rows, textColumns)),
    ...conclusion(answer),
  ].join("\n");
}

/** What was run. */
export function answerTitle({ data, seeds, variants, runs, testImages }: Answer): string {
  const [first] = variants;
  const missing = runs.finished < runs.planned ? `, ${runs.finished} of ${runs.planned} runs finished` : "";
  const settings = [
    ...(same(variants, "epochs") ? [`${first.epochs} ${first.epochs === 1 ? "epoch" : "epochs"}`] : []),
    ...(same(variants, "batchSize") ? [`batches of ${first.batchSize}`] : []),
    ...(same(variants, "learningRate") ? [`learning rate ${first.learningRate}`] : []),
  ];
  const size = `${variants.length} × ${seeds.length} ${seeds.length === 1 ? "seed" : "seeds"}`;
  return `${data}: ${[size, ...settings, `${thousands(testImages)} test images`].join(", ")}${missing}`;
}

/** Results, comparison with the best, and learning curves. */
export function answerTables(answer: Answer): AnswerTable[] {
  return [
    resultTable(answer),
    ...(answer.test === "none" ? [] : [comparisonTable(answer)]),
    ...(answer.variants.some(({ curve }) => curve.length > 1) ? [curveTable(answer)] : []),
  ];
}

/** The answer in words, a line a variant. */
export function conclusion(answer: Answer): string[] {
  const { variants, best, test, target } = answer;
  const lines = [`best: ${best}, ${percent(byName(answer, best).accuracy.mean)}`];
  for (const variant of variants) {
    if (variant.name !== best) lines.push(`${variant.name}: ${verdictText(variant)}`);
  }
  for (const { name, stepsToTarget } of target === undefined ? [] : variants) {
    const reached = stepsToTarget == null ? "not reached" : `after ${thousands(stepsToTarget)} steps`;
    lines.push(`${name}: accuracy ${percent(target ?? 0)} ${reached}`);
  }
  if (test === "McNemar's test") {
    lines.push("one seed tells how these two models differ, not how the scalings do: add --seeds");
  }
  return lines;
}

/** The verdict on a variant, with the interval of a real difference in percentage points. */
export function verdictText({ comparison: { verdict, interval } }: AnswerVariant): string {
  if (verdict !== "worse" || interval === null) return verdict;
  return `worse by ${points(-interval[1])} to ${points(-interval[0])} points`;
}

function resultTable({ variants }: Answer): AnswerTable {
  return {
    textColumns: 1,
    head: ["scaling", "runs", "test accuracy", "95 % interval", "best", "worst", "train loss", "time a run"],
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

function comparisonTable({ variants, best, test }: Answer): AnswerTable {
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
function curveTable({ variants }: Answer): AnswerTable {
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

function same(variants: readonly AnswerVariant[], name: "epochs" | "batchSize" | "learningRate"): boolean {
  return variants.every((variant) => variant[name] === variants[0][name]);
}

function byName({ variants }: Answer, wanted: string): AnswerVariant {
  return variants.find(({ name }) => name === wanted) as AnswerVariant;
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
