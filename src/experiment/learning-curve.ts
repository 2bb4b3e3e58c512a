import type { TrainedRun } from "./finished-run.ts";
import { describeSample } from "./inference/sample.ts";

/** Test accuracy after some steps; several times an epoch. */
export interface CurvePoint {
  readonly steps: number;
  /** 1.5 is the middle of the second epoch. */
  readonly epoch: number;
  readonly accuracy: number;
}

/** The learning curve of one run. */
export function learningCurve({ epochs }: TrainedRun): CurvePoint[] {
  let before = 0;
  return epochs.flatMap(({ epoch, steps, within = [], test }) => {
    const start = before;
    before += steps;
    const points = within.map((point) => ({
      steps: start + point.steps,
      epoch: epoch - 1 + point.steps / steps,
      accuracy: point.accuracy,
    }));
    return test === undefined ? points : [...points, { steps: before, epoch, accuracy: test.accuracy }];
  });
}

/** The mean of several runs' accuracies, with the worst and the best of them. */
export interface MeanCurvePoint extends CurvePoint {
  readonly low: number;
  readonly high: number;
}

/** The mean of several runs' curves, at the points that all have. */
export function meanCurve(runs: readonly TrainedRun[]): MeanCurvePoint[] {
  const [first = [], ...others] = runs.map(learningCurve);
  return first.flatMap((point) => {
    const twins = others.map((curve) => curve.find(({ steps }) => steps === point.steps));
    const all = [point, ...twins.filter((twin) => twin !== undefined)];
    if (all.length < runs.length) return [];
    const values = all.map(({ accuracy }) => accuracy);
    const { mean } = describeSample(values);
    return [{ ...point, accuracy: mean, low: Math.min(...values), high: Math.max(...values) }];
  });
}

/**
 * Area under a learning curve by the trapezoidal rule, divided by its steps: the mean accuracy between its first and last point.
 *
 * @returns undefined for a curve of one point
 */
export function areaUnderCurve(curve: readonly CurvePoint[]): number | undefined {
  if (curve.length < 2) return undefined;
  const area = curve.slice(1).reduce((sum, { steps, accuracy }, i) => {
    const before = curve[i];
    return sum + ((accuracy + before.accuracy) / 2) * (steps - before.steps);
  }, 0);
  return area / (curve[curve.length - 1].steps - curve[0].steps);
}

/** Steps until a curve first reached an accuracy; undefined if it never did. */
export function stepsTo(curve: readonly CurvePoint[], target: number): number | undefined {
  return curve.find(({ accuracy }) => accuracy >= target)?.steps;
}
