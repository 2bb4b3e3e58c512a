import type { TrainedRun } from "./finished-run.ts";
import { type InferenceRule, pairIntervals } from "./inference/pair-intervals.ts";
import { describeSample } from "./inference/sample.ts";
import { seedEstimates } from "./inference/seed-estimates.ts";
import { POINTS, pairVerdict, type Unit, type Verdict, verdictText } from "./inference/verdict.ts";
import { areaUnderCurve, type CurvePoint, learningCurve, stepsTo } from "./learning-curve.ts";
import { sharedSeeds, type VariantRuns } from "./variant-runs.ts";

/** How fast a variant learns, by one measure, and the verdict against the best variant. */
export interface SpeedMeasure {
  /** Over the runs that have the measure. */
  readonly mean: number;
  /** Runs that have it, such as those that reached the target. */
  readonly runs: number;
  readonly verdict: Verdict;
  readonly text: string;
}

export interface Speed {
  /** Mean test accuracy while training; null if the runs recorded it once only. */
  readonly area: SpeedMeasure | null;
  /** Training steps until the target was reached; null if no run reached it, absent without a target. */
  readonly stepsToTarget?: SpeedMeasure | null;
}

interface Measure {
  readonly of: (curve: readonly CurvePoint[]) => number | undefined;
  /** 1 if more is better, −1 if less is. */
  readonly sign: 1 | -1;
  /** The measure is known to multiples of this. */
  readonly resolution: (run: TrainedRun) => number;
  readonly unit: Unit;
}

const STEPS: Unit = { scale: 1, digits: 0, name: "steps" };

const AREA: Measure = {
  of: areaUnderCurve,
  sign: 1,
  resolution: ({ images }) => 1 / images.test,
  unit: POINTS,
};

const stepsMeasure = (target: number): Measure => ({
  of: (curve) => stepsTo(curve, target),
  sign: -1,
  resolution: (run) => learningCurve(run)[0].steps,
  unit: STEPS,
});

/** How fast a variant learns, against the best. Only seeds are a source of chance here, as images are not stored during training. */
export function describeSpeed(
  group: VariantRuns,
  best: VariantRuns,
  rule: InferenceRule,
  target: number | undefined,
): Speed {
  const ofSeeds: InferenceRule = { ...rule, population: "seeds" };
  return {
    area: measure(group, best, AREA, ofSeeds),
    ...(target !== undefined && {
      // Steps have no margin.
      stepsToTarget: measure(group, best, stepsMeasure(target), { ...ofSeeds, margin: 0 }),
    }),
  };
}

function measure(
  group: VariantRuns,
  best: VariantRuns,
  measured: Measure,
  rule: InferenceRule,
): SpeedMeasure | null {
  const value = (run: TrainedRun) => measured.of(learningCurve(run));
  const values = [...group.trained.values()].map(value).filter((each) => each !== undefined);
  if (values.length === 0) return null;
  const verdict: Verdict = group === best ? { kind: "best" } : against(group, best, measured, rule);
  return {
    mean: describeSample(values).mean,
    runs: values.length,
    verdict,
    // The best is the most accurate one, not the fastest.
    text: verdict.kind === "best" ? "" : verdictText(verdict, measured.unit),
  };
}

function against(group: VariantRuns, best: VariantRuns, measured: Measure, rule: InferenceRule): Verdict {
  const pairs = sharedSeeds(group, best).map(
    (seed) => [group.trained.get(seed), best.trained.get(seed)] as [TrainedRun, TrainedRun],
  );
  const differences = pairs.flatMap(([run, other]) => {
    const [curve, otherCurve] = [learningCurve(run), learningCurve(other)];
    const [a, b] = [measured.of(curve), measured.of(otherCurve)];
    // Curves recorded at other steps measure something else.
    const comparable = curve.length === otherCurve.length && curve[0].steps === otherCurve[0].steps;
    return a === undefined || b === undefined || !comparable ? [] : [measured.sign * (a - b)];
  });
  if (pairs.length === 0) return { kind: "none", reason: "no shared seeds" };
  // Leaving out the runs that are too slow would favour their variant.
  if (differences.length < pairs.length) return { kind: "none", reason: "not reached in every run" };
  if (differences.length === 1) return { kind: "none", reason: "one seed" };
  const estimates = seedEstimates(differences, measured.resolution(pairs[0][0]), pairs[0][0].images.test);
  return pairVerdict(pairIntervals(estimates, rule), rule);
}
