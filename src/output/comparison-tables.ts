import { setting } from "../errors.ts";
import type { AccuracySummary, ComparedVariant, Comparison } from "../experiment/comparison.ts";
import { intervalText } from "../experiment/inference/verdict.ts";
import type { LearningRateResult } from "../experiment/learning-rates.ts";
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

/** The results, the comparison with the best, how fast each learns, the learning rates and the learning curves. */
export function comparisonTables(comparison: Comparison): ComparisonTable[] {
  const { variants, learningRates } = comparison;
  const shown = { ...comparison, variants: byAccuracy(variants) };
  return [
    resultTable(shown),
    ...(variants.length > 1 && comparison.best !== null ? [comparisonTable(shown)] : []),
    ...(variants.some(({ speed }) => speed?.area) ? [speedTable(shown)] : []),
    ...(learningRates ? [learningRateTable(learningRates)] : []),
    ...(variants.some(({ curve }) => curve.length > 1) ? [curveTable(shown)] : []),
  ];
}

/** The comparison in words: the best, each verdict, and what the verdicts hold for. */
export function conclusion(comparison: Comparison): string[] {
  const { best, learningRates = [] } = comparison;
  const variants = byAccuracy(comparison.variants);
  const lines = [bestText(comparison)];
  for (const { name, comparison } of variants) {
    if (name !== best) lines.push(`${name}: ${comparison.text}`);
    else if (comparison.text !== "best")
      lines.push(`${name}: ${comparison.text.replace(/, else best$/, "")}`);
  }
  for (const { name, learningRate, edge } of learningRates) {
    const beyond = edge === "smallest" ? "smaller" : "larger";
    if (edge !== null) lines.push(`${name}: ${learningRate} is the ${edge} rate tried; try ${beyond} ones`);
  }
  if (variants.length > 1) lines.push(methodText(comparison));
  return lines;
}

function byAccuracy(variants: readonly ComparedVariant[]): ComparedVariant[] {
  return [...variants].sort((a, b) => (b.accuracy?.mean ?? -1) - (a.accuracy?.mean ?? -1));
}

function bestText({ variants, best }: Comparison): string {
  const winner = variants.find(({ name }) => name === best);
  if (winner?.accuracy == null) return "best: none, as no run trained";
  const equals = variants.filter(
    ({ comparison: { verdict } }) => verdict.kind === "as good" || verdict.kind === "undecided",
  );
  const others = equals.map(({ name }) => name).join(", ");
  return `best: ${best}, ${percent(winner.accuracy.mean)}${others && ` (not told apart from ${others})`}`;
}

/** What the verdicts hold for, in one sentence. */
function methodText({ variants, method: { method, pairs, population, alpha } }: Comparison): string {
  if (variants.every(({ comparison }) => comparison.seeds < 2)) {
    return `One seed compares two models, not two scalings; try ${setting("seeds", 5)}.`;
  }
  const level = `${Math.round((1 - alpha) * 100)} %`;
  const all = pairs === 1 ? "" : ` for all ${pairs} pairs together`;
  const looks = method === "anytime" ? ", valid after every seed" : "";
  const holds =
    population === "seeds" ? "for other seeds on these test images" : "for other seeds and test images";
  return `Verdicts hold with ${level} confidence${all}${looks}, ${holds}.`;
}

function resultTable({ variants }: Pick<Comparison, "variants">): ComparisonTable {
  const head = [
    ...["scaling", "runs", "test accuracy", "95 % interval", "best", "worst", "train loss", "time per run"],
  ];
  const rows = variants.map(({ name, runs, failures, accuracy, trainLoss, milliseconds }) => [
    name,
    failures === null ? String(runs.length) : `${runs.length - failures.failed} of ${runs.length}`,
    accuracy === null ? "" : meanText(accuracy),
    accuracy?.interval ? `${intervalText(accuracy.interval)} %` : "",
    accuracy === null ? "" : percent(accuracy.best),
    accuracy === null ? "" : percent(accuracy.worst),
    trainLoss?.toFixed(4) ?? "",
    milliseconds === null ? "" : duration(milliseconds),
  ]);
  return { textColumns: 1, head, rows };
}

function meanText({ mean, std }: AccuracySummary): string {
  return std === null ? percent(mean) : `${(mean * 100).toFixed(2)} ± ${percent(std)}`;
}

function comparisonTable({ variants, best }: Comparison): ComparisonTable {
  const others = variants.filter(({ name }) => name !== best);
  const oneSeed = others.some(({ comparison }) => comparison.mcNemar !== null);
  return {
    textColumns: 2,
    head: [`against ${best}`, "verdict", "seeds", "points", oneSeed ? "p of these two models" : "interval"],
    rows: others.map(({ name, comparison: { text, seeds, difference, verdict, mcNemar } }) => [
      name,
      text,
      String(seeds),
      difference === null ? "" : (difference * 100).toFixed(2),
      mcNemar === null ? ("interval" in verdict ? intervalText(verdict.interval) : "") : probability(mcNemar),
    ]),
  };
}

/** Mean accuracy while training, and steps to the target. */
function speedTable({ variants, best, target }: Comparison): ComparisonTable {
  const columns = [
    { head: "mean while training", of: ({ speed }: ComparedVariant) => speed?.area, shown: percent },
    ...(target === undefined
      ? []
      : [
          {
            head: `steps to ${percent(target)}`,
            of: ({ speed }: ComparedVariant) => speed?.stepsToTarget,
            shown: (steps: number) => thousands(Math.round(steps)),
          },
        ]),
  ];
  return {
    textColumns: 1,
    head: ["how fast", ...columns.flatMap(({ head }) => [head, `against ${best}`])],
    rows: variants.map((variant) => [
      variant.name,
      ...columns.flatMap(({ of, shown }) => {
        const measure = of(variant);
        return measure == null ? ["", "not reached"] : [shown(measure.mean), measure.text];
      }),
    ]),
  };
}

function learningRateTable(rates: readonly LearningRateResult[]): ComparisonTable {
  const shown = (accuracy: number | null) => (accuracy === null ? "" : percent(accuracy));
  return {
    textColumns: 1,
    head: ["scaling", "learning rate", "validation accuracy", "test accuracy", "failed", "compared"],
    rows: rates.map(({ scaling, learningRate, validationAccuracy, testAccuracy, failed, chosen }) => [
      ...[scaling, String(learningRate), shown(validationAccuracy), shown(testAccuracy)],
      ...[failed === 0 ? "" : String(failed), chosen ? "yes" : ""],
    ]),
  };
}

/** Mean test accuracy after each epoch; of one epoch also within it. */
function curveTable({ variants }: Pick<Comparison, "variants">): ComparisonTable {
  const all = [...new Set(variants.flatMap(({ curve }) => curve.map(({ epoch }) => epoch)))];
  const whole = all.filter(Number.isInteger);
  const epochs = thinned((whole.length > 1 ? whole : all).sort((a, b) => a - b));
  return {
    textColumns: 1,
    head: ["after epoch", ...epochs.map((epoch) => String(Number(epoch.toFixed(2))))],
    rows: variants.map(({ name, curve }) => [
      name,
      ...epochs.map((epoch) => {
        const point = curve.find((each) => each.epoch === epoch);
        return point === undefined ? "" : percent(point.accuracy);
      }),
    ]),
  };
}

/** Evenly spaced values, with the last. */
function thinned(values: readonly number[]): number[] {
  const every = Math.ceil(values.length / MAX_CURVE_COLUMNS);
  return values.filter((_, i) => i === values.length - 1 || (i + 1) % every === 0);
}

function same(variants: readonly ComparedVariant[], name: "epochs" | "batchSize" | "learningRate"): boolean {
  return variants.every((variant) => variant[name] === variants[0][name]);
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

function probability(p: number): string {
  return p < 0.0001 ? "< 0.0001" : p.toFixed(4);
}
