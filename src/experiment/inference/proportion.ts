import library from "jstat";
import type { Interval } from "./sample.ts";

const { jStat } = library;

/**
 * The exact confidence interval of a proportion (Clopper and Pearson, 1934), from quantiles of the beta distribution.
 *
 * @param count successes, 0 … trials
 * @param trials at least one
 */
export function clopperPearson(count: number, trials: number, level = 0.95): Interval {
  const tail = (1 - level) / 2;
  return [
    count === 0 ? 0 : jStat.beta.inv(tail, count, trials - count + 1),
    count === trials ? 1 : jStat.beta.inv(1 - tail, count + 1, trials - count),
  ];
}

/** P(X ≥ count) of a binomial X. */
export function binomialTail(count: number, trials: number, probability: number): number {
  return count <= 0 ? 1 : Math.max(0, 1 - jStat.binomial.cdf(count - 1, trials, probability));
}

/**
 * McNemar's exact test (1947) of two models on the same images: the two-sided p-value that both are equally often right.
 *
 * @param onlyA images that only a gets wrong
 * @param onlyB images that only b gets wrong
 */
export function mcNemarTest(onlyA: number, onlyB: number): number {
  const discordant = onlyA + onlyB;
  if (discordant === 0) return 1;
  return Math.min(1, 2 * jStat.binomial.cdf(Math.min(onlyA, onlyB), discordant, 0.5));
}
