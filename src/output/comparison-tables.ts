import chalk from "chalk";
import { setting } from "../errors.ts";
import {
  type AccuracySummary,
  byAccuracy,
  type ComparedVariant,
  type Comparison,
} from "../experiment/comparison.ts";
import { intervalText, type Verdict } from "../experiment/inference/verdict.ts";
import type { LearningRateResult } from "../experiment/learning-rates.ts";
import type { TableStyle } from "./fit-table.ts";
import { duration, percent, thousands } from "./format.ts";
import { table } from "./table.ts";

/** A table for the terminal or Markdown. */
export interface ComparisonTable extends TableStyle {
  readonly textColumns: number;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A sign for each kind of verdict, so that a table reads without colour. */
const SIGNS: Readonly<Record<Verdict["kind"], string>> = {
  best: "★",
  worse: "▼",
  better: "▲",
  "as good": "≈",
  undecided: "?",
  none: " ",
};
const FAILED = "!";

const COLORS: Readonly<Record<string, (text: string) => string>> = {
  [SIGNS.best]: chalk.green,
  [SIGNS.worse]: chalk.red,
  [SIGNS.better]: chalk.green,
  [SIGNS["as good"]]: chalk.cyan,
  [SIGNS.undecided]: chalk.yellow,
  [FAILED]: chalk.magenta,
};

/** Learning curves with more epochs are thinned out. */
const MAX_CURVE_COLUMNS = 10;

/** The comparison for the terminal. */
export function comparisonText(comparison: Comparison): string {
  return [
    comparisonTitle(comparison),
    ...comparisonTables(comparison).map(({ head, rows, ...style }) => table(head, rows.map(colored), style)),
    ...conclusion(comparison),
  ].join("\n");
}

/** Colours a row by its sign. */
function colored([sign, name, ...figures]: readonly string[]): string[] {
  const color = COLORS[sign] ?? ((text: string) => text);
  return [color(sign), color(name), ...figures];
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
  return `${data}: ${[size, ...settings, ...(testImages > 0 ? [`${thousands(testImages)} test images`] : [])].join(", ")}${missing}`;
}

/** The results, the learning curves and the learning rates. */
export function comparisonTables(comparison: Comparison): ComparisonTable[] {
  const { variants, learningRates } = comparison;
  const shown = { ...comparison, variants: byAccuracy(variants) };
  return [
    resultTable(shown),
    ...(variants.some(({ curve }) => curve.length > 1) ? [curveTable(shown)] : []),
    ...(learningRates ? [learningRateTable(learningRates)] : []),
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
  lines.push(...targetTexts(comparison));
  for (const { name, learningRate, edge } of learningRates) {
    const beyond = edge === "smallest" ? "smaller" : "larger";
    if (edge !== null) lines.push(`${name}: ${learningRate} is the ${edge} rate tried; try ${beyond} ones`);
  }
  if (variants.filter(({ accuracy }) => accuracy !== null).length > 1) lines.push(methodText(comparison));
  return lines;
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

/** When each scaling reached the target, and how that compares with the best. */
function targetTexts({ variants, target }: Comparison): string[] {
  if (target === undefined) return [];
  return byAccuracy(variants).map(({ name, speed }) => {
    const measure = speed?.stepsToTarget;
    if (measure == null) return `${name}: ${percent(target)} not reached`;
    const steps = `${percent(target)} after ${thousands(Math.round(measure.mean))} steps`;
    return `${name}: ${steps}${measure.text && `, ${measure.text}`}`;
  });
}

function signOf({ failures, comparison }: ComparedVariant): string {
  return failures === null ? SIGNS[comparison.verdict.kind] : FAILED;
}

/** Columns of less worth give way first; the interval is the verdict's. */
function resultTable({ variants, best }: Comparison): ComparisonTable {
  const oneSeed = variants.some(({ comparison }) => comparison.mcNemar !== null);
  const evidence = oneSeed ? "p, these two models" : "interval";
  const compared = variants.length > 1 && best !== null ? ["against best", evidence] : [];
  return {
    textColumns: 2,
    giveWay: ["worst", "best", "train loss", "time per run", "against best", "runs"],
    head: [
      "",
      "scaling",
      "runs",
      "test accuracy",
      ...compared,
      "best",
      "worst",
      "train loss",
      "time per run",
    ],
    rows: variants.map((variant) => {
      const { name, runs, failures, accuracy, trainLoss, milliseconds } = variant;
      return [
        signOf(variant),
        name,
        failures === null ? String(runs.length) : `${runs.length - failures.failed} of ${runs.length}`,
        accuracy === null ? "" : meanText(accuracy),
        ...(compared.length > 0 ? comparedCells(variant) : []),
        accuracy === null ? "" : percent(accuracy.best),
        accuracy === null ? "" : percent(accuracy.worst),
        trainLoss?.toFixed(4) ?? "",
        milliseconds === null ? "" : duration(milliseconds),
      ];
    }),
  };
}

function comparedCells({ comparison: { difference, verdict, mcNemar } }: ComparedVariant): string[] {
  const evidence = "interval" in verdict ? intervalText(verdict.interval) : "";
  return [
    difference === null ? "" : (difference * 100).toFixed(2),
    mcNemar === null ? evidence : probability(mcNemar),
  ];
}

function meanText({ mean, std }: AccuracySummary): string {
  return std === null ? percent(mean) : `${(mean * 100).toFixed(2)} ± ${percent(std)}`;
}

function learningRateTable(rates: readonly LearningRateResult[]): ComparisonTable {
  const shown = (accuracy: number | null) => (accuracy === null ? "" : percent(accuracy));
  return {
    textColumns: 2,
    giveWay: ["failed"],
    head: ["", "scaling", "learning rate", "validation accuracy", "test accuracy", "failed"],
    rows: rates.map(({ scaling, learningRate, validationAccuracy, testAccuracy, failed, chosen }) => [
      ...[chosen ? "→" : "", scaling, String(learningRate), shown(validationAccuracy), shown(testAccuracy)],
      failed === 0 ? "" : String(failed),
    ]),
  };
}

/** Mean test accuracy after each epoch, of one epoch also within it; and their mean, with the interval of its difference. */
function curveTable({ variants }: Comparison): ComparisonTable {
  const all = [...new Set(variants.flatMap(({ curve }) => curve.map(({ epoch }) => epoch)))];
  const whole = all.filter(Number.isInteger);
  const epochs = thinned((whole.length > 1 ? whole : all).sort((a, b) => a - b));
  const heads = epochs.map((epoch) => String(Number(epoch.toFixed(2))));
  return {
    textColumns: 2,
    giveWay: heads.slice(0, -2),
    head: ["", "accuracy after epoch", ...heads, "mean", "mean against best"],
    rows: variants.map((variant) => {
      const area = variant.speed?.area;
      return [
        signOf(variant),
        variant.name,
        ...epochs.map((epoch) => {
          const point = variant.curve.find((each) => each.epoch === epoch);
          return point === undefined ? "" : percent(point.accuracy);
        }),
        area == null ? "" : percent(area.mean),
        area != null && "interval" in area.verdict ? intervalText(area.verdict.interval) : "",
      ];
    }),
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
