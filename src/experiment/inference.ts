import library from "jstat";

/** Mean and sample standard deviation (n − 1); a single value has no deviation. */
export interface Sample {
  readonly n: number;
  readonly mean: number;
  readonly std: number | undefined;
}

export type Interval = readonly [low: number, high: number];

/** A mean difference, its 95 % interval, and its two-sided p-value. */
export interface TestResult {
  readonly difference: number;
  readonly interval: Interval | undefined;
  readonly p: number;
}

const { jStat } = library;
const LEVEL = 0.95;

/** @param values at least one */
export function describeSample(values: readonly number[]): Sample {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  if (n === 1) return { n, mean, std: undefined };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { n, mean, std: Math.sqrt(squares / (n - 1)) };
}

/** 95 % confidence interval of the mean of a normal sample, by Student's t; undefined for one value. */
export function meanInterval({ n, mean, std }: Sample): Interval | undefined {
  if (std === undefined) return undefined;
  const half = (jStat.studentt.inv((1 + LEVEL) / 2, n - 1) * std) / Math.sqrt(n);
  return [mean - half, mean + half];
}

/**
 * Student's paired t-test, two-sided, of `a − b`.
 *
 * Accuracies are multiples of one image, so equal differences are not exact: the standard deviation is at least that of the
 * difference of two values rounded to multiples of `resolution`, which is resolution / √6.
 *
 * @param a at least two values
 * @param b as many, paired with `a`
 */
export function pairedTTest(a: readonly number[], b: readonly number[], resolution: number): TestResult {
  const measured = describeSample(a.map((value, i) => value - b[i]));
  const sample = { ...measured, std: Math.max(measured.std ?? 0, resolution / Math.sqrt(6)) };
  const t = sample.mean / (sample.std / Math.sqrt(sample.n));
  const p = Math.min(1, 2 * jStat.studentt.cdf(-Math.abs(t), sample.n - 1));
  return { difference: sample.mean, interval: meanInterval(sample), p };
}

/**
 * McNemar's test, exact and two-sided (McNemar, 1947; the binomial test on the images that one of two classifiers alone gets
 * wrong). The interval is Wald's, for the difference of two paired proportions.
 *
 * @param onlyA images that only a gets wrong
 * @param onlyB images that only b gets wrong
 * @param images all images
 */
export function mcNemarTest(onlyA: number, onlyB: number, images: number): TestResult {
  const discordant = onlyA + onlyB;
  const p =
    discordant === 0 ? 1 : Math.min(1, 2 * jStat.binomial.cdf(Math.min(onlyA, onlyB), discordant, 0.5));
  const difference = (onlyB - onlyA) / images;
  const half = (1.959963984540054 * Math.sqrt(discordant - (onlyA - onlyB) ** 2 / images)) / images;
  return { difference, interval: [difference - half, difference + half], p };
}

/** Holm's correction (1979): adjusted p-values, in the order given, that bound the chance of any false alarm. */
export function holm(p: readonly number[]): number[] {
  const ascending = p.map((_, i) => i).sort((i, j) => p[i] - p[j]);
  const adjusted = new Array<number>(p.length);
  let largest = 0;
  ascending.forEach((index, rank) => {
    largest = Math.max(largest, Math.min(1, (p.length - rank) * p[index]));
    adjusted[index] = largest;
  });
  return adjusted;
}
