import type { Metrics } from "../training/metrics.ts";
import type { FinishedRun } from "./finished-run.ts";
import type { ExperimentIdentity } from "./identity.ts";
import {
  describeSample,
  holm,
  type Interval,
  mcNemarTest,
  meanInterval,
  pairedTTest,
  type Sample,
  type TestResult,
} from "./inference.ts";
import { type ExperimentPlan, type PlannedRun, plannedRuns, type Variant, variantName } from "./plan.ts";

/** The verdict on a variant: a difference is real if its corrected p-value is below 0.05. */
export type Verdict = "best" | "worse" | "no real difference" | "not compared";

const SIGNIFICANCE = 0.05;

/** One run, as the comparison shows it. */
export interface ComparedRun {
  readonly id: string;
  readonly seed: number;
  readonly testAccuracy: number;
  readonly testLoss: number;
  readonly trainLoss: number;
  readonly milliseconds: number;
  readonly fingerprint: string;
}

/** One scaling (or combination of settings) over its seeds. Accuracies are fractions, 0 … 1, on the test split. */
export interface ComparedVariant extends Variant {
  readonly name: string;
  readonly runs: readonly ComparedRun[];
  readonly accuracy: {
    readonly mean: number;
    /** Sample standard deviation; null for one run. */
    readonly std: number | null;
    /** 95 % confidence interval of the mean, by Student's t; null for one run. */
    readonly interval: Interval | null;
    readonly best: number;
    readonly worst: number;
  };
  readonly trainLoss: number;
  readonly milliseconds: number;
  /** Mean accuracy after each epoch, and the training steps taken until then. */
  readonly curve: readonly { readonly steps: number; readonly accuracy: number }[];
  /** Steps after which the mean accuracy first reached the target; null if it never did, absent without a target. */
  readonly stepsToTarget?: number | null;
  /** Against the best variant, over the seeds they share. */
  readonly comparison: {
    readonly verdict: Verdict;
    readonly seeds: number;
    /** This variant's accuracy minus the best one's. */
    readonly difference: number | null;
    readonly interval: Interval | null;
    readonly p: number | null;
    /** Corrected for all pairs of variants. */
    readonly pHolm: number | null;
  };
}

/** The result of an experiment; docs/comparison.schema.json describes its JSON. */
export interface Comparison {
  readonly format: "pixscale-comparison";
  readonly version: 1;
  readonly pixscale: string;
  readonly data: string;
  readonly dataset: string;
  readonly shared: ExperimentIdentity["shared"];
  readonly seeds: readonly number[];
  readonly testImages: number;
  readonly runs: { readonly planned: number; readonly finished: number };
  /** How variants were compared. */
  readonly test: "paired t-test" | "McNemar's test" | "none";
  readonly target?: number;
  readonly best: string;
  readonly variants: readonly ComparedVariant[];
}

export interface ComparisonOptions {
  /** Report the steps until this accuracy was reached, 0 … 1. */
  readonly target?: number | undefined;
}

interface VariantRuns {
  readonly variant: Variant;
  readonly name: string;
  readonly bySeed: ReadonlyMap<number, FinishedRun>;
}

/**
 * Compares the variants of an experiment by their finished runs. Every pair of variants is tested on the seeds they share, and
 * Holm's method corrects the p-values together: the best variant was chosen by looking at the results, so each comparison with
 * it is one picked from all pairs.
 *
 * @param finished runs by id, at least one
 */
export function compareRuns(
  identity: ExperimentIdentity,
  finished: ReadonlyMap<string, FinishedRun>,
  { target }: ComparisonOptions = {},
): Comparison {
  const planned = plannedRuns(identity);
  const groups = groupByVariant(identity, planned, finished).filter(({ bySeed }) => bySeed.size > 0);
  const best = groups.reduce((a, b) => (meanAccuracy(b) > meanAccuracy(a) ? b : a));
  const seeds = Math.max(...groups.map(({ bySeed }) => bySeed.size));
  const tests = testAgainst(best, groups, seeds === 1);
  const [any] = best.bySeed.values();
  return {
    format: "pixscale-comparison",
    version: 1,
    pixscale: identity.pixscale,
    data: identity.data,
    dataset: identity.dataset,
    shared: identity.shared,
    seeds: identity.dimensions.seed,
    testImages: any.images.test,
    runs: { planned: planned.length, finished: planned.filter(({ id }) => finished.has(id)).length },
    test: groups.length === 1 ? "none" : seeds > 1 ? "paired t-test" : "McNemar's test",
    ...(target === undefined ? {} : { target }),
    best: best.name,
    variants: groups.map((group) => ({
      ...describeVariant(group, target),
      comparison: compareWithBest(group, best, tests.get(group)),
    })),
  };
}

function groupByVariant(
  plan: ExperimentPlan,
  planned: readonly PlannedRun[],
  finished: ReadonlyMap<string, FinishedRun>,
): VariantRuns[] {
  // The runs of a variant, one per seed, share one object.
  return [...new Set(planned.map(({ variant }) => variant))].map((variant) => {
    const bySeed = new Map<number, FinishedRun>();
    for (const run of planned) {
      const document = run.variant === variant ? finished.get(run.id) : undefined;
      if (document !== undefined) bySeed.set(run.seed, document);
    }
    return { variant, name: variantName(plan, variant), bySeed };
  });
}

function accuracies({ bySeed }: VariantRuns): number[] {
  return [...bySeed.values()].map(({ test }) => test.accuracy);
}

function meanAccuracy(group: VariantRuns): number {
  return describeSample(accuracies(group)).mean;
}

/** The test of each other variant against the best, with its p-value corrected for all pairs. */
function testAgainst(best: VariantRuns, groups: readonly VariantRuns[], oneSeed: boolean) {
  const pairs = groups.flatMap((a, i) =>
    groups.slice(i + 1).flatMap((b) => {
      // Always the other minus the best.
      const [group, against] = a === best ? [b, a] : [a, b];
      const test = testPair(group, against, oneSeed);
      return test === undefined ? [] : [{ group, against, test }];
    }),
  );
  const corrected = holm(pairs.map(({ test }) => test.p));
  return new Map(
    pairs.flatMap(({ group, against, test }, i) =>
      against === best ? [[group, { ...test, pHolm: corrected[i] }] as const] : [],
    ),
  );
}

/** A paired t-test over two or more shared seeds; McNemar's test if the whole experiment has one seed. */
function testPair(group: VariantRuns, against: VariantRuns, oneSeed: boolean): TestResult | undefined {
  const shared = [...group.bySeed.keys()].filter((seed) => against.bySeed.has(seed));
  const [a, b] = [group, against].map(({ bySeed }) => shared.map((seed) => bySeed.get(seed) as FinishedRun));
  if (shared.length < (oneSeed ? 1 : 2)) return undefined;
  const images = a[0].images.test;
  if (!oneSeed) {
    const [left, right] = [a, b].map((runs) => runs.map(({ test }) => test.accuracy));
    return pairedTTest(left, right, 1 / images);
  }
  const [wrongA, wrongB] = [a[0], b[0]].map(({ misclassified }) => new Set(misclassified));
  const onlyA = [...wrongA].filter((image) => !wrongB.has(image)).length;
  return mcNemarTest(onlyA, wrongB.size - (wrongA.size - onlyA), images);
}

function compareWithBest(
  group: VariantRuns,
  best: VariantRuns,
  test: (TestResult & { pHolm: number }) | undefined,
): ComparedVariant["comparison"] {
  const seeds = [...group.bySeed.keys()].filter((seed) => best.bySeed.has(seed)).length;
  if (test === undefined) {
    const verdict = group === best ? "best" : "not compared";
    return { verdict, seeds, difference: null, interval: null, p: null, pHolm: null };
  }
  const { difference, interval = null, p, pHolm } = test;
  // On the shared seeds alone the best may be behind.
  const verdict = pHolm < SIGNIFICANCE && difference < 0 ? "worse" : "no real difference";
  return { verdict, seeds, difference, interval, p, pHolm };
}

function describeVariant(
  group: VariantRuns,
  target: number | undefined,
): Omit<ComparedVariant, "comparison"> {
  const runs = [...group.bySeed].map(
    ([seed, run]): ComparedRun => ({
      id: run.id,
      seed,
      testAccuracy: run.test.accuracy,
      testLoss: run.test.loss,
      trainLoss: run.epochs[run.epochs.length - 1].loss,
      milliseconds: run.epochs.reduce((sum, { milliseconds }) => sum + milliseconds, 0),
      fingerprint: run.fingerprint,
    }),
  );
  const sample = describeSample(accuracies(group));
  const curve = learningCurve([...group.bySeed.values()]);
  const reached = curve.find(({ accuracy }) => target !== undefined && accuracy >= target);
  return {
    name: group.name,
    ...group.variant,
    runs,
    accuracy: {
      mean: sample.mean,
      std: sample.std ?? null,
      interval: accuracyInterval(sample),
      best: Math.max(...accuracies(group)),
      worst: Math.min(...accuracies(group)),
    },
    trainLoss: describeSample(runs.map(({ trainLoss }) => trainLoss)).mean,
    milliseconds: describeSample(runs.map(({ milliseconds }) => milliseconds)).mean,
    curve,
    ...(target === undefined ? {} : { stepsToTarget: reached?.steps ?? null }),
  };
}

/** The t interval has no bounds, but accuracies do. */
function accuracyInterval(sample: Sample): Interval | null {
  const interval = meanInterval(sample);
  return interval === undefined ? null : [Math.max(0, interval[0]), Math.min(1, interval[1])];
}

function learningCurve(runs: readonly FinishedRun[]): ComparedVariant["curve"] {
  let steps = 0;
  return runs[0].epochs.map((epoch, i) => {
    steps += epoch.steps;
    const tests = runs.map(({ epochs }) => epochs[i].test as Metrics);
    return { steps, accuracy: describeSample(tests.map(({ accuracy }) => accuracy)).mean };
  });
}
