import library from "jstat";

/** Mean and sample standard deviation (n − 1); a single value has no deviation. */
export interface Sample {
  readonly n: number;
  readonly mean: number;
  readonly std: number | undefined;
}

export type Interval = readonly [low: number, high: number];

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
