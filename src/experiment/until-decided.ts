import type { RunOrigin } from "../training/run-document.ts";
import { type Comparison, type ComparisonOptions, compareRuns, isClosed } from "./comparison.ts";
import { experimentIdentity } from "./identity.ts";
import { anytimeT } from "./inference/half-width.ts";
import { ALPHA } from "./inference/pair-intervals.ts";
import { isOpen } from "./inference/verdict.ts";
import { findExperiment, Ledger } from "./ledger.ts";
import { recordLook } from "./looks.ts";
import { type ExperimentPlan, type PlannedRun, plannedRuns } from "./plan.ts";
import type { ExperimentObserver } from "./scheduler.ts";

interface Training {
  /** Trains those runs that are not finished. */
  train(ledger: Ledger, runs: readonly PlannedRun[]): Promise<void>;
  readonly observer: ExperimentObserver;
}

/**
 * Trains seed after seed until every verdict is decided, or the plan's seeds are used up. It decides only after all runs of a seed, so
 * the answer depends neither on how many train at once nor on interruptions.
 *
 * @throws what `Ledger.open` and training throw
 */
export async function trainUntilDecided(
  folder: string,
  origin: RunOrigin,
  plan: ExperimentPlan,
  comparing: ComparisonOptions,
  { train, observer }: Training,
): Promise<Comparison> {
  const available = plan.dimensions.seed;
  const before = findExperiment(folder)?.dimensions.seed ?? [];
  const identityOf = (count: number) => {
    const seed = [...new Set([...available.slice(0, count), ...before])];
    return experimentIdentity(origin, { ...plan, dimensions: { ...plan.dimensions, seed } });
  };
  let count = Math.min(seedsBeforeFirstLook(plan), available.length);
  let found: Comparison | undefined;
  const ledger = Ledger.open(folder, identityOf(count));
  try {
    // Whatever is decided now, later answers from this folder must allow for looks, too.
    recordLook(folder, 2);
    observer.onOpen?.(folder);
    for (; ; count++) {
      const identity = identityOf(count);
      ledger.grow(identity);
      const seeds = new Set(available.slice(0, count));
      const runs = plannedRuns(identity);
      const closed = ({ variant }: PlannedRun) =>
        found !== undefined && isClosed(variant, found.variants, found.learningRates !== undefined);
      await train(
        ledger,
        runs.filter((run) => seeds.has(run.seed) && !closed(run)),
      );
      found = compareRuns(identity, ledger.finished(runs, "without tables"), { ...comparing, anytime: true });
      if (count === available.length || !found.variants.some((each) => isOpen(each.comparison.verdict))) {
        return found;
      }
    }
  } finally {
    ledger.close();
  }
}

/** With fewer seeds no interval has bounds. */
function seedsBeforeFirstLook({ dimensions }: ExperimentPlan): number {
  const { scaling, batchSize, epochs, backend } = dimensions;
  const variants = scaling.length * batchSize.length * epochs.length * backend.length;
  const pairs = Math.max(1, (variants * (variants - 1)) / 2);
  let seeds = 2;
  while (!Number.isFinite(anytimeT(seeds, (2 * ALPHA) / pairs))) seeds++;
  return seeds;
}
