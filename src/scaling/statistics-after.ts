import type { ImageShape } from "../data/dataset.ts";
import { AXES, type Axis, groupCount } from "../statistics/axis.ts";
import type { AffineKind, Statistics } from "./steps/step-kind.ts";
import type { FittedStep, ScalingStep } from "./steps/step-kinds.ts";

/** The statistics of some images along any axis. */
export type StatisticsOf = (axis: Axis) => Statistics;

/** Computes the statistics along an axis when they are first asked for. */
export function perAxis(compute: StatisticsOf): StatisticsOf {
  const known = new Map<Axis, Statistics>();
  return (axis) => {
    const statistics = known.get(axis) ?? compute(axis);
    known.set(axis, statistics);
    return statistics;
  };
}

/** The statistics after an affine step. If its groups are finer than the axis, they are computed for those and then pooled. */
export function statisticsAfter(
  kind: AffineKind<ScalingStep, FittedStep>,
  step: FittedStep,
  before: StatisticsOf,
  axis: Axis,
  shape: ImageShape,
): Statistics {
  const groups = groupCount(axis, shape);
  const finer = AXES.find((each) => groupCount(each, shape) >= Math.max(groups, kind.groups(step)));
  if (kind.groups(step) <= groups || finer === undefined) return mapped(kind, step, before(axis));
  return pooled(mapped(kind, step, before(finer)), groups);
}

function mapped(kind: AffineKind<ScalingStep, FittedStep>, step: FittedStep, before: Statistics): Statistics {
  const ends = [before.min, before.max].map((values) =>
    values.map((value, group) => {
      const { shift, scale } = kind.fold(step, { shift: 0, scale: 1 }, group);
      // Adding 0 turns −0, which JSON cannot keep, into 0.
      return (value - shift) * scale + 0;
    }),
  );
  // A negative factor turns the range round.
  const end = (choose: (a: number, b: number) => number) =>
    ends[0].map((value, group) => choose(value, ends[1][group]));
  return { ...kind.statisticsAfter(step, before), min: end(Math.min), max: end(Math.max) };
}

/** Statistics of groups of equal size, pooled into fewer: value `i` goes into group `i mod groups`. */
function pooled({ mean, std, min, max }: Statistics, groups: number): Statistics {
  const parts = mean.length / groups;
  const average = (values: Float64Array) => {
    const sums = new Float64Array(groups);
    values.forEach((value, i) => {
      sums[i % groups] += value / parts;
    });
    return sums;
  };
  const means = average(mean);
  const variances = average(std.map((value, i) => value ** 2 + (mean[i] - means[i % groups]) ** 2));
  const end = (values: Float64Array, choose: (a: number, b: number) => number) => {
    const ends = values.slice(0, groups);
    values.forEach((value, i) => {
      ends[i % groups] = choose(ends[i % groups], value);
    });
    return ends;
  };
  return { mean: means, std: variances.map(Math.sqrt), min: end(min, Math.min), max: end(max, Math.max) };
}
