import { UsageError } from "../../errors.ts";
import { formatNumbers, parseNumbers } from "./given-numbers.ts";
import { statisticText } from "./statistic-text.ts";
import type { AxisChoice, ImageKind } from "./step-kind.ts";

/** Cuts values off at two percentiles of the training split, by linear interpolation. NumPy: `clip(x, *percentile(train, [LOW, HIGH]))`. */
export interface ClipStep extends AxisChoice {
  readonly kind: "clip";
  /** Percentiles, from 0 to 100. */
  readonly percentiles: readonly [number, number];
}

export interface FittedClip extends ClipStep {
  readonly low: Float64Array;
  readonly high: Float64Array;
}

export const clip: ImageKind<ClipStep, FittedClip> = {
  kind: "clip",
  syntax: "clip=LOW:HIGH",
  form: "image",
  statistics: "featurewise",
  fixedShape: false,
  absorbsAffine: false,

  parse(value = "", subject) {
    const [low = -1, high = -1, ...more] = parseNumbers(value) ?? [];
    if (low >= 0 && low < high && high <= 100 && more.length === 0) {
      return { kind: "clip", percentiles: [low, high] };
    }
    const problem = `clip needs two percentiles from 0 to 100, the lower one first (got "${value}")`;
    throw new UsageError(subject, problem, "write clip=1:99");
  },
  format: ({ percentiles }) => `clip=${formatNumbers(percentiles)}`,

  fit({ axis, percentiles }, { quantiles }) {
    const [low, high] = quantiles(percentiles.map((percentile) => percentile / 100));
    return { kind: "clip", axis, percentiles, low, high };
  },
  groups: ({ low }) => low.length,
  stage: ({ low, high }) => ({
    apply(images) {
      const groups = low.length;
      for (let row = 0; row < images.length; row += groups) {
        for (let group = 0; group < groups; group++) {
          images[row + group] = Math.min(Math.max(images[row + group], low[group]), high[group]);
        }
      }
    },
  }),
  formula: ({ low, high }) => [{ op: "clip", low: [...low], high: [...high] }],

  describe: ({ percentiles: [from, to], low, high }) =>
    `clip: train percentile ${from} ${statisticText(low)}, percentile ${to} ${statisticText(high)}`,
  toJson: ({ axis, percentiles, low, high }) => ({
    kind: "clip",
    ...(axis && { axis }),
    percentiles: [...percentiles],
    low: [...low],
    high: [...high],
  }),
  fromJson(fields) {
    const [from, to] = fields.numbers("percentiles", 2);
    const [low, high] = [fields.statistic("low"), fields.statistic("high")];
    if (low.some((value, group) => value > high[group])) fields.refuse(`has a "low" above its "high"`);
    return { kind: "clip", ...fields.axisChoice(), percentiles: [from, to], low, high };
  },
};
