import { anytimeHalfWidth, fixedHalfWidth, type HalfWidth } from "./half-width.ts";
import { ofPopulation, type PairedEstimate, type Population } from "./paired-runs.ts";
import type { Interval } from "./sample.ts";

/** Chance that any of an experiment's intervals misses the truth. */
export const ALPHA = 0.05;

/** How an experiment's variants are compared. */
export interface InferenceRule {
  /** `fixed`: the number of seeds was chosen beforehand. `anytime`: after looks at fewer seeds. */
  readonly method: "fixed" | "anytime";
  /** Pairs of variants, k(k − 1)/2: each gets its part of ALPHA. */
  readonly pairs: number;
  /** Differences smaller than this fraction of accuracy do not matter. */
  readonly margin: number;
  readonly population: Population;
}

/** The difference of two variants and its intervals; they are not defined for less than two seeds. */
export interface PairIntervals {
  readonly estimate: PairedEstimate;
  /** At 1 − alpha/pairs, two-sided. */
  readonly interval: Interval;
  /** At 1 − 2·alpha/pairs: two one-sided tests of equivalence, each at alpha/pairs (Schuirmann, 1987). */
  readonly equivalence: Interval;
}

/**
 * The intervals of a pair.
 *
 * @param estimates after each seed from the second on, in the order of the seeds; not empty
 */
export function pairIntervals(estimates: readonly PairedEstimate[], rule: InferenceRule): PairIntervals {
  const estimate = estimates[estimates.length - 1];
  const alpha = ALPHA / rule.pairs;
  const [interval, equivalence] = [alpha, 2 * alpha].map((missed) =>
    rule.method === "fixed"
      ? around(estimate, fixedHalfWidth, missed, rule)
      : estimates.map((each) => around(each, anytimeHalfWidth, missed, rule)).reduce(intersection),
  );
  return { estimate, interval, equivalence };
}

/** The same, knowing that no difference is larger: the t interval of two seeds can be wider than that. */
export function boundedBy(most: number, { estimate, interval, equivalence }: PairIntervals): PairIntervals {
  const bounded = (ends: Interval): Interval =>
    ends.every(Number.isFinite) ? [Math.max(-most, ends[0]), Math.min(most, ends[1])] : ends;
  return { estimate, interval: bounded(interval), equivalence: bounded(equivalence) };
}

function around(
  estimate: PairedEstimate,
  halfWidth: HalfWidth,
  alpha: number,
  { population }: InferenceRule,
): Interval {
  const half = halfWidth(ofPopulation(estimate, population), alpha);
  return [estimate.difference - half, estimate.difference + half];
}

/** What was excluded stays excluded. Should two not overlap, one of them misses the truth: the first is kept. */
function intersection(before: Interval, now: Interval): Interval {
  const both: Interval = [Math.max(before[0], now[0]), Math.min(before[1], now[1])];
  return both[0] <= both[1] ? both : before;
}
