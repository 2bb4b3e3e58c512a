import { type Failure, type Failures, failureOf, failureRate, failureText } from "./failures.ts";
import { type FinishedRun, isTrained, type TrainedRun } from "./finished-run.ts";
import type { ExperimentIdentity } from "./identity.ts";
import { ALPHA, boundedBy, type InferenceRule, pairIntervals } from "./inference/pair-intervals.ts";
import { PairedRuns, type Population } from "./inference/paired-runs.ts";
import { mcNemarTest } from "./inference/proportion.ts";
import { describeSample, type Interval, meanInterval } from "./inference/sample.ts";
import { isSurelyWorse, pairVerdict, type Verdict, verdictText } from "./inference/verdict.ts";
import { type MeanCurvePoint, meanCurve } from "./learning-curve.ts";
import {
  type ChosenRates,
  chooseLearningRates,
  type LearningRateResult,
  rateFamily,
} from "./learning-rates.ts";
import { plannedRuns, type Variant } from "./plan.ts";
import { describeSpeed, type Speed } from "./speed.ts";
import { groupByVariant, meanAccuracy, meanOf, sharedSeeds, type VariantRuns } from "./variant-runs.ts";

/** One run, as the comparison shows it; figures are null if it diverged. */
export interface ComparedRun {
  readonly id: string;
  readonly seed: number;
  /** Why it did not train; null if it did. */
  readonly failure: Failure | null;
  readonly testAccuracy: number | null;
  readonly testLoss: number | null;
  readonly trainLoss: number | null;
  readonly milliseconds: number | null;
  readonly fingerprint: string | null;
}

/** Test accuracy over the runs that trained, in fractions. */
export interface AccuracySummary {
  readonly mean: number;
  /** Sample standard deviation; null for one run. */
  readonly std: number | null;
  /** 95 % confidence interval of the mean, by Student's t; null for one run. */
  readonly interval: Interval | null;
  readonly best: number;
  readonly worst: number;
}

/** One scaling (or combination of settings) over its seeds. Figures are null if no run trained. */
export interface ComparedVariant extends Variant {
  readonly name: string;
  readonly runs: readonly ComparedRun[];
  readonly failures: Failures | null;
  readonly accuracy: AccuracySummary | null;
  readonly trainLoss: number | null;
  readonly milliseconds: number | null;
  /** Mean accuracy while training. */
  readonly curve: readonly MeanCurvePoint[];
  readonly speed: Speed | null;
  /** Against the best variant, over the seeds under which both trained. */
  readonly comparison: VariantComparison;
}

export interface VariantComparison {
  readonly seeds: number;
  /** This variant's accuracy minus the best one's. */
  readonly difference: number | null;
  readonly verdict: Verdict;
  /** Failures and verdict in words: what every output shows. */
  readonly text: string;
  /** p-value of McNemar's test on the two models of a single seed; it says nothing about the scalings. */
  readonly mcNemar: number | null;
}

/** The result of an experiment; docs/comparison.schema.json describes its JSON. */
export interface Comparison {
  readonly format: "pixscale-comparison";
  readonly version: 2;
  readonly pixscale: string;
  readonly data: string;
  readonly dataset: string;
  readonly shared: ExperimentIdentity["shared"];
  readonly seeds: readonly number[];
  readonly testImages: number;
  readonly runs: { readonly planned: number; readonly finished: number };
  /** How variants were compared. */
  readonly method: InferenceRule & { readonly alpha: number };
  readonly target?: number;
  /** The variant without failed runs that has the highest mean accuracy; null if nothing trained. */
  readonly best: string | null;
  /** The variants compared. */
  readonly variants: readonly ComparedVariant[];
  /** All learning rates, if each variant was compared at its own best one. */
  readonly learningRates?: readonly LearningRateResult[];
}

export interface ComparisonOptions {
  /** Also compare the steps until this accuracy was reached, 0 … 1. */
  readonly target?: number | undefined;
  /** Differences smaller than this fraction of accuracy do not matter; by default 0.002. */
  readonly margin?: number | undefined;
  /** By default both seeds and images are a source of chance. */
  readonly population?: Population | undefined;
  /** Fewest seeds with which an answer was shown before. If there are more now, the intervals allow for looking. */
  readonly firstLook?: number | undefined;
  /** Intervals that allow for looking, whatever was shown before. */
  readonly anytime?: boolean | undefined;
}

export const DEFAULT_MARGIN = 0.002;

/**
 * Compares the variants of an experiment by their finished runs. All pairs share the chance of a false statement, since the best
 * variant is chosen by looking at the results. If several learning rates were tried, each scaling is compared at its own best one.
 *
 * @param finished runs by id, at least one
 */
export function compareRuns(
  identity: ExperimentIdentity,
  finished: ReadonlyMap<string, FinishedRun>,
  options: ComparisonOptions = {},
): Comparison {
  const { target } = options;
  const all = groupByVariant(identity, finished);
  const rates = chooseLearningRates(all);
  const groups = rates?.chosen ?? all;
  const rule = inferenceRule(groups, options);
  const best = bestVariant(groups);
  const variants = groups.map((group) => describeVariant(group, best, rule, target));
  return {
    format: "pixscale-comparison",
    version: 2,
    pixscale: identity.pixscale,
    data: identity.data,
    dataset: identity.dataset,
    shared: identity.shared,
    seeds: identity.dimensions.seed,
    testImages: testImages(finished),
    runs: countRuns(identity, finished, rule, variants, rates),
    method: { ...rule, alpha: ALPHA },
    ...(target === undefined ? {} : { target }),
    best: best?.name ?? null,
    variants,
    ...(rates && { learningRates: rates.rates }),
  };
}

/**
 * Whether a variant needs no more seeds: it is surely worse, or was never trained. A scaling that is worse at its best learning rate is
 * worse at all of them.
 *
 * @param ratesChosen whether each scaling is compared at its own learning rate
 */
export function isClosed(
  variant: Variant,
  compared: readonly ComparedVariant[],
  ratesChosen: boolean,
): boolean {
  const isSame = (each: Variant) =>
    rateFamily(each) === rateFamily(variant) && (ratesChosen || each.learningRate === variant.learningRate);
  return compared.some((each) => isSame(each) && isSurelyWorse(each.comparison.verdict));
}

/** Seeds added later are not planned for what is surely worse already. */
function countRuns(
  identity: ExperimentIdentity,
  finished: ReadonlyMap<string, FinishedRun>,
  { method }: InferenceRule,
  variants: readonly ComparedVariant[],
  rates: ChosenRates | undefined,
): Comparison["runs"] {
  const planned = plannedRuns(identity);
  const done = planned.filter(({ id }) => finished.has(id));
  const missing = planned.filter(({ id, variant }) => {
    const closed = method === "anytime" && isClosed(variant, variants, rates !== undefined);
    return !finished.has(id) && !closed;
  });
  return { planned: done.length + missing.length, finished: done.length };
}

/** Variants by mean accuracy, the highest first; those without trained runs last. */
export function byAccuracy(variants: readonly ComparedVariant[]): ComparedVariant[] {
  return [...variants].sort((a, b) => (b.accuracy?.mean ?? -1) - (a.accuracy?.mean ?? -1));
}

/** The number of seeds that a look at a comparison sees: of the variant with most trained runs. */
export function seedsSeen({ variants }: Comparison): number {
  return Math.max(...variants.map(({ runs }) => runs.filter(({ failure }) => failure === null).length));
}

function inferenceRule(
  groups: readonly VariantRuns[],
  { margin = DEFAULT_MARGIN, population = "seeds-and-images", firstLook, anytime }: ComparisonOptions,
): InferenceRule {
  const most = Math.max(...groups.map(({ trained }) => trained.size));
  const looked = anytime || (firstLook !== undefined && firstLook < most);
  return {
    method: looked ? "anytime" : "fixed",
    pairs: Math.max(1, (groups.length * (groups.length - 1)) / 2),
    margin,
    population,
  };
}

/** A variant with failed runs is best only if every variant has some. */
function bestVariant(groups: readonly VariantRuns[]): VariantRuns | undefined {
  const trained = groups.filter((group) => group.trained.size > 0);
  const sound = trained.filter((group) => group.trained.size === group.finished.size);
  const candidates = sound.length > 0 ? sound : trained;
  if (candidates.length === 0) return undefined;
  return candidates.reduce((a, b) => ((meanAccuracy(b) ?? 0) > (meanAccuracy(a) ?? 0) ? b : a));
}

function testImages(finished: ReadonlyMap<string, FinishedRun>): number {
  return [...finished.values()].find(isTrained)?.images.test ?? 0;
}

function describeVariant(
  group: VariantRuns,
  best: VariantRuns | undefined,
  rule: InferenceRule,
  target: number | undefined,
): ComparedVariant {
  const { finished, trained } = group;
  const failures = failureRate(finished.size - trained.size, finished.size);
  const comparison = compareWithBest(group, best, rule);
  const words = verdictText(comparison.verdict);
  return {
    name: group.name,
    ...group.variant,
    runs: [...finished].map(([seed, run]) => describeRun(seed, run)),
    failures,
    accuracy: accuracySummary(group),
    trainLoss: meanOf(trained, lastLoss) ?? null,
    milliseconds: meanOf(trained, trainingTime) ?? null,
    curve: meanCurve([...trained.values()]),
    speed: best === undefined ? null : describeSpeed(group, best, rule, target),
    comparison: {
      ...comparison,
      text:
        failures === null ? words : `${failureText(failures)}${trained.size > 0 ? `, else ${words}` : ""}`,
    },
  };
}

function compareWithBest(
  group: VariantRuns,
  best: VariantRuns | undefined,
  rule: InferenceRule,
): Omit<VariantComparison, "text"> {
  if (best === undefined || group.trained.size === 0) {
    return { seeds: 0, difference: null, verdict: { kind: "none", reason: "no run trained" }, mcNemar: null };
  }
  const seeds = sharedSeeds(group, best);
  const shared = { seeds: seeds.length, difference: null, mcNemar: null };
  if (group === best) return { ...shared, verdict: { kind: "best" } };
  if (seeds.length === 0) return { ...shared, verdict: { kind: "none", reason: "no shared seeds" } };
  const wrong = seeds.map((seed) =>
    [group, best].map(({ trained }) => (trained.get(seed) as TrainedRun).misclassified),
  );
  const [any] = best.trained.values();
  const pair = new PairedRuns(any.images.test);
  const estimates = wrong.map(([own, other]) => {
    pair.add(own, other);
    return pair.estimate();
  });
  const { difference } = estimates[estimates.length - 1];
  if (seeds.length === 1) {
    const [own, other] = wrong[0].map((images) => new Set(images));
    const onlyOwn = [...own].filter((image) => !other.has(image)).length;
    const mcNemar = mcNemarTest(onlyOwn, other.size - (own.size - onlyOwn));
    return { ...shared, difference, verdict: { kind: "none", reason: "one seed" }, mcNemar };
  }
  return {
    ...shared,
    difference,
    verdict: pairVerdict(boundedBy(1, pairIntervals(estimates.slice(1), rule)), rule),
  };
}

function describeRun(seed: number, run: FinishedRun): ComparedRun {
  const trained = isTrained(run) ? run : undefined;
  return {
    id: run.id,
    seed,
    failure: failureOf(run) ?? null,
    testAccuracy: trained?.test.accuracy ?? null,
    testLoss: trained?.test.loss ?? null,
    trainLoss: trained === undefined ? null : lastLoss(trained),
    milliseconds: trained === undefined ? null : trainingTime(trained),
    fingerprint: trained?.fingerprint ?? null,
  };
}

function accuracySummary({ trained }: VariantRuns): AccuracySummary | null {
  if (trained.size === 0) return null;
  const values = [...trained.values()].map(({ test }) => test.accuracy);
  const sample = describeSample(values);
  const interval = meanInterval(sample);
  return {
    mean: sample.mean,
    std: sample.std ?? null,
    // The t interval has no bounds, but accuracies do.
    interval: interval === undefined ? null : [Math.max(0, interval[0]), Math.min(1, interval[1])],
    best: Math.max(...values),
    worst: Math.min(...values),
  };
}

function lastLoss({ epochs }: TrainedRun): number {
  return epochs[epochs.length - 1].loss;
}

function trainingTime({ epochs }: TrainedRun): number {
  return epochs.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
}
