import type { Variant } from "./plan.ts";
import { meanAccuracy, meanOf, type VariantRuns } from "./variant-runs.ts";

/** A scaling at one of several learning rates. Accuracies are means over the runs that trained, null if none did. */
export interface LearningRateResult {
  /** The variant's name. */
  readonly name: string;
  readonly scaling: string;
  readonly learningRate: number;
  /** After the last epoch; decides which rate is compared. */
  readonly validationAccuracy: number | null;
  readonly testAccuracy: number | null;
  readonly failed: number;
  readonly chosen: boolean;
  /** The chosen rate is at the edge of the range tried, so a better one may lie beyond. */
  readonly edge: "smallest" | "largest" | null;
}

/** The variants at their best learning rates, and all rates. */
export interface ChosenRates {
  readonly chosen: readonly VariantRuns[];
  readonly rates: readonly LearningRateResult[];
}

/**
 * Chooses each scaling's own learning rate: fewest failed runs first, then the best mean validation accuracy. The test images take no
 * part, so comparing the chosen variants on them is fair.
 *
 * @returns undefined if there is one rate only, or a run without validation images
 */
export function chooseLearningRates(groups: readonly VariantRuns[]): ChosenRates | undefined {
  const tried = [...new Set(groups.map(({ variant }) => variant.learningRate))].sort((a, b) => a - b);
  const validated = groups.every(({ trained }) =>
    [...trained.values()].every(({ epochs }) => epochs[epochs.length - 1].validation !== undefined),
  );
  if (tried.length < 2 || !validated) return undefined;
  const best = new Map<string, VariantRuns>();
  for (const group of groups) {
    const key = rateFamily(group.variant);
    const before = best.get(key);
    best.set(key, before === undefined ? group : better(before, group));
  }
  const chosen = new Set(best.values());
  return {
    chosen: groups.filter((group) => chosen.has(group)),
    rates: groups.map((group) => describeRate(group, chosen.has(group), tried)),
  };
}

/** A key that variants share if they differ in the learning rate only. */
export function rateFamily({ scaling, batchSize, epochs, backend }: Variant): string {
  return JSON.stringify([scaling, batchSize, epochs, backend]);
}

function better(a: VariantRuns, b: VariantRuns): VariantRuns {
  const fewer = failed(a) / a.finished.size - failed(b) / b.finished.size;
  if (fewer !== 0) return fewer < 0 ? a : b;
  return (validationAccuracy(b) ?? -1) > (validationAccuracy(a) ?? -1) ? b : a;
}

function describeRate(group: VariantRuns, chosen: boolean, tried: readonly number[]): LearningRateResult {
  const { scaling, learningRate } = group.variant;
  const edges = { smallest: tried[0], largest: tried[tried.length - 1] };
  const edge = (["smallest", "largest"] as const).find((name) => edges[name] === learningRate);
  return {
    name: group.name,
    scaling,
    learningRate,
    validationAccuracy: validationAccuracy(group) ?? null,
    testAccuracy: meanAccuracy(group) ?? null,
    failed: failed(group),
    chosen,
    edge: (chosen && edge) || null,
  };
}

function failed({ finished, trained }: VariantRuns): number {
  return finished.size - trained.size;
}

function validationAccuracy({ trained }: VariantRuns): number | undefined {
  return meanOf(trained, ({ epochs }) => epochs[epochs.length - 1].validation?.accuracy ?? 0);
}
