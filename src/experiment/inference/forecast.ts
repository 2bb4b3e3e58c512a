import library from "jstat";
import { anytimeHalfWidth, imageHalfWidth } from "./half-width.ts";
import { ALPHA, type InferenceRule } from "./pair-intervals.ts";
import { ofPopulation, type PairedEstimate } from "./paired-runs.ts";

const { jStat } = library;
const MOST_SEEDS = 1000;

/**
 * Seeds to add until a pair is decided, if its estimates are right; null stands for more than a thousand. `low` and `high` take the
 * quartiles of the estimated difference and deviation instead.
 */
export interface Forecast {
  readonly moreSeeds: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/** How many more seeds a pair needs, or `images` if no number of seeds decides it on these test images. */
export function forecast(estimate: PairedEstimate, rule: InferenceRule): Forecast | "images" {
  const known = ofPopulation(estimate, rule.population);
  if (!isDecided(known, rule, imageHalfWidth)) return "images";
  const { seeds, seedVariance } = known;
  const error = 0.6745 * Math.sqrt(seedVariance / seeds);
  const variances = [0.25, 0.75].map((p) => (seedVariance * (seeds - 1)) / jStat.chisquare.inv(p, seeds - 1));
  const all = variances.flatMap((variance) =>
    [-error, 0, error].map((shift) =>
      seedsNeeded({ ...known, difference: known.difference + shift, seedVariance: variance }, rule),
    ),
  );
  const more = (total: number) => (total > MOST_SEEDS ? null : total - seeds);
  return {
    moreSeeds: more(seedsNeeded(known, rule)),
    low: more(Math.min(...all)),
    high: more(Math.max(...all)),
  };
}

/** The number of seeds, above today's, at which the interval decides; Infinity if more than a thousand. Adding seeds is a look. */
function seedsNeeded(estimate: PairedEstimate, rule: InferenceRule): number {
  const decides = (seeds: number) => isDecided({ ...estimate, seeds }, rule, anytimeHalfWidth);
  if (!decides(MOST_SEEDS)) return Infinity;
  // More seeds never widen the interval, so bisection finds the first.
  let [low, high] = [estimate.seeds, MOST_SEEDS];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (decides(middle)) high = middle;
    else low = middle;
  }
  return high;
}

function isDecided(
  estimate: PairedEstimate,
  { pairs, margin }: InferenceRule,
  halfWidth: typeof anytimeHalfWidth,
): boolean {
  const distance = Math.abs(estimate.difference);
  const alpha = ALPHA / pairs;
  return distance > halfWidth(estimate, alpha) || distance + halfWidth(estimate, 2 * alpha) < margin;
}
