import { type Forecast, forecast } from "./forecast.ts";
import type { InferenceRule, PairIntervals } from "./pair-intervals.ts";
import type { Interval } from "./sample.ts";

/**
 * What is known about a variant against the best one. A verdict and the interval it follows from are one object, so they never
 * contradict each other. Intervals are of this variant's accuracy minus the best one's, in fractions.
 */
export type Verdict =
  | { readonly kind: "best" }
  | { readonly kind: "worse" | "better"; readonly interval: Interval }
  | { readonly kind: "as good"; readonly margin: number; readonly interval: Interval }
  | { readonly kind: "undecided"; readonly interval: Interval; readonly forecast: Forecast | "images" }
  | { readonly kind: "none"; readonly reason: NoVerdict };

/** Why there is no verdict; one seed compares two models, not two variants. */
export type NoVerdict = "one seed" | "no shared seeds" | "no run trained" | "not reached in every run";

/** The verdict that the intervals of a pair allow. */
export function pairVerdict(
  { estimate, interval, equivalence }: PairIntervals,
  rule: InferenceRule,
): Exclude<Verdict, { kind: "best" | "none" }> {
  if (interval[1] < 0) return { kind: "worse", interval };
  if (interval[0] > 0) return { kind: "better", interval };
  const { margin } = rule;
  if (equivalence[0] > -margin && equivalence[1] < margin) {
    return { kind: "as good", margin, interval: equivalence };
  }
  return { kind: "undecided", interval, forecast: forecast(estimate, rule) };
}

/** The interval of a verdict; undefined if there is none, or it has no bounds, as before the first looks. */
export function boundedInterval(verdict: Verdict): Interval | undefined {
  if (!("interval" in verdict) || !verdict.interval.every(Number.isFinite)) return undefined;
  return verdict.interval;
}

/** Whether more seeds could still change a verdict. */
export function isOpen(verdict: Verdict): boolean {
  if (verdict.kind === "undecided") return verdict.forecast !== "images";
  return verdict.kind === "none" && verdict.reason !== "no run trained";
}

/** Worse, or never trained: more seeds are of no use. */
export function isSurelyWorse(verdict: Verdict): boolean {
  return verdict.kind === "worse" || (verdict.kind === "none" && verdict.reason === "no run trained");
}

/** The unit in which differences are shown. */
export interface Unit {
  /** Shown are values times this. */
  readonly scale: number;
  readonly digits: number;
  readonly name: string;
}

/** Accuracies are fractions, shown in points of percent. */
export const POINTS: Unit = { scale: 100, digits: 2, name: "points" };

/** A verdict in words. */
export function verdictText(verdict: Verdict, unit: Unit = POINTS): string {
  const shown = (value: number) => shownIn(unit, value);
  switch (verdict.kind) {
    case "best":
      return "best";
    case "worse":
      return `worse by ${shown(-verdict.interval[1])} to ${shown(-verdict.interval[0])} ${unit.name}`;
    case "better":
      return `better by ${shown(verdict.interval[0])} to ${shown(verdict.interval[1])} ${unit.name}`;
    case "as good":
      return `as good within ${Number((verdict.margin * unit.scale).toFixed(4))} ${unit.name}`;
    case "undecided":
      return undecidedText(verdict.interval, verdict.forecast, unit);
    case "none":
      return `no verdict: ${verdict.reason}`;
  }
}

function undecidedText(interval: Interval, found: Forecast | "images", unit: Unit): string {
  if (found === "images") return "undecided: these test images cannot tell";
  const { moreSeeds } = found;
  const more =
    moreSeeds === null
      ? "more than 1,000 more seeds"
      : `about ${moreSeeds} more ${moreSeeds === 1 ? "seed" : "seeds"}`;
  return `undecided (${intervalText(interval, unit)}), ${more}`;
}

/** An interval in a unit; one without bounds excludes nothing yet. */
export function intervalText([low, high]: Interval, unit: Unit = POINTS): string {
  return Number.isFinite(low) ? `${shownIn(unit, low)} … ${shownIn(unit, high)}` : "anything";
}

/** A number without the sign of a negative zero. */
function shownIn({ scale, digits }: Unit, value: number): string {
  return (value * scale).toFixed(digits).replace(/^-(?=[0.]*$)/, "");
}
