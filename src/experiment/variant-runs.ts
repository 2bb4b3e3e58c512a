import { failureOf } from "./failures.ts";
import { type FinishedRun, isTrained, type TrainedRun } from "./finished-run.ts";
import { describeSample } from "./inference/sample.ts";
import { type ExperimentPlan, plannedRuns, type Variant, variantName } from "./plan.ts";

/** The finished runs of a variant. */
export interface VariantRuns {
  readonly variant: Variant;
  readonly name: string;
  /** All of them by seed, in the order of the plan. */
  readonly finished: ReadonlyMap<number, FinishedRun>;
  /** Those that trained: failed runs are never averaged in. */
  readonly trained: ReadonlyMap<number, TrainedRun>;
}

/** The variants of a plan that have finished runs. */
export function groupByVariant(
  plan: ExperimentPlan,
  finished: ReadonlyMap<string, FinishedRun>,
): VariantRuns[] {
  const planned = plannedRuns(plan);
  // The runs of a variant, one per seed, share one object.
  return [...new Set(planned.map(({ variant }) => variant))]
    .map((variant) => {
      const runs = planned.flatMap((run): [number, FinishedRun][] => {
        const document = run.variant === variant ? finished.get(run.id) : undefined;
        return document === undefined ? [] : [[run.seed, document]];
      });
      const trained = runs.filter(
        (entry): entry is [number, TrainedRun] => isTrained(entry[1]) && failureOf(entry[1]) === undefined,
      );
      return {
        variant,
        name: variantName(plan, variant),
        finished: new Map(runs),
        trained: new Map(trained),
      };
    })
    .filter((group) => group.finished.size > 0);
}

/** Mean test accuracy of the runs that trained; undefined if none did. */
export function meanAccuracy({ trained }: VariantRuns): number | undefined {
  return meanOf(trained, ({ test }) => test.accuracy);
}

/** Mean of a figure over runs; undefined without runs. */
export function meanOf(
  runs: ReadonlyMap<number, TrainedRun>,
  figure: (run: TrainedRun) => number,
): number | undefined {
  return runs.size === 0 ? undefined : describeSample([...runs.values()].map(figure)).mean;
}

/** Seeds under which both variants have trained, in the order of the plan. */
export function sharedSeeds(a: VariantRuns, b: VariantRuns): number[] {
  return [...a.trained.keys()].filter((seed) => b.trained.has(seed));
}
