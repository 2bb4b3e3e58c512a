import { UsageError } from "../../errors.ts";
import { formatNumbers, parseNumberPair, requireChannels } from "./given-numbers.ts";
import { scaleCaution } from "./scale-caution.ts";
import { statisticText } from "./statistic-text.ts";
import { type ConstantRule, constantCaution, divisor } from "./std.ts";
import type { AffineKind, AxisChoice } from "./step-kind.ts";

/**
 * Subtracts the mean of the training split and divides by its standard deviation + 1e-6. Keras:
 * `featurewise_std_normalization`, which centres too. With given numbers it is exactly (x − mean) / std, as torchvision's
 * Normalize: nothing is fitted, and nothing added.
 */
export interface StandardizeStep extends AxisChoice {
  readonly kind: "standardize";
  readonly constant?: ConstantRule | undefined;
  /** One number each, or one a channel. */
  readonly given?: { readonly mean: readonly number[]; readonly std: readonly number[] } | undefined;
}

export interface FittedStandardize extends StandardizeStep {
  readonly mean: Float64Array;
  readonly std: Float64Array;
}

const dividedBy = ({ given, constant = "one", std }: FittedStandardize, group: number) => {
  const deviation = std[group % std.length];
  return given === undefined ? divisor(deviation, constant) : deviation;
};

export const standardize: AffineKind<StandardizeStep, FittedStandardize> = {
  kind: "standardize",
  syntax: "standardize[=MEAN/STD]",
  form: "affine",
  statistics: "featurewise",

  parse(value, subject) {
    if (value === undefined || value === "one") return { kind: "standardize" };
    if (value === "keras") return { kind: "standardize", constant: "keras" };
    const [mean, std] = parseNumberPair(value) ?? [];
    if (mean !== undefined && std?.every((each) => each > 0)) {
      return { kind: "standardize", given: { mean, std } };
    }
    const problem =
      std === undefined
        ? `the numbers of standardize must be MEAN/STD, as many means as deviations (got "${value}")`
        : `the standard deviation of standardize must be above 0 (got "${value}")`;
    const remedy =
      std === undefined
        ? "write 0.1307/0.3081, 0.485:0.456:0.406/0.229:0.224:0.225, or fractions on both sides of the middle /, such as 1/2/1/4"
        : "use the deviations that the means belong to";
    throw new UsageError(subject, problem, remedy);
  },
  format({ given, constant }) {
    if (given !== undefined) return `standardize=${formatNumbers(given.mean)}/${formatNumbers(given.std)}`;
    return constant === "keras" ? "standardize=keras" : "standardize";
  },
  withConstant: (step, constant) => (step.given ? step : { ...step, constant }),

  fit({ axis, constant = "one", given }, statistics, shape) {
    if (given !== undefined) {
      requireChannels("standardize", "means", given.mean, shape);
      return {
        kind: "standardize",
        given,
        mean: Float64Array.from(given.mean),
        std: Float64Array.from(given.std),
      };
    }
    const { mean, std } = statistics();
    return { kind: "standardize", axis, constant, mean, std };
  },
  given: ({ given }) => given !== undefined,
  groups: ({ mean }) => mean.length,
  fold: (step, { shift, scale }, group) => ({
    shift: shift + step.mean[group % step.mean.length] / scale,
    scale: scale / dividedBy(step, group),
  }),
  statisticsAfter: (step, { mean, std }) => ({
    mean: mean.map((value, group) => (value - step.mean[group % step.mean.length]) / dividedBy(step, group)),
    std: std.map((value, group) => value / dividedBy(step, group)),
  }),

  describe: ({ given, mean, std }) =>
    `standardize: ${given ? "given" : "train"} mean ${statisticText(mean)}, std ${statisticText(std)}`,
  toJson: ({ axis, constant, given, mean, std }) => ({
    kind: "standardize",
    ...(axis && { axis }),
    ...(given ? { given: true } : { constant }),
    mean: [...mean],
    std: [...std],
  }),
  fromJson(fields) {
    if (!fields.isGiven()) {
      return {
        kind: "standardize",
        ...fields.axisChoice(),
        constant: fields.constantRule(),
        mean: fields.statistic("mean"),
        std: fields.std(),
      };
    }
    const [mean, std] = [fields.perChannel("mean"), fields.perChannel("std")];
    if (mean.length !== std.length) fields.refuse(`must have as many numbers in "mean" as in "std"`);
    if (!std.every((value) => value > 0)) fields.refuse(`must have a "std" above 0`);
    return { kind: "standardize", given: { mean: [...mean], std: [...std] }, mean, std };
  },
  cautionOnPixels({ given }, train, isFirst) {
    return given && isFirst ? scaleCaution(given.mean, train) : undefined;
  },
  cautionAfterFit: ({ given, std, constant = "one" }, axis) =>
    given ? undefined : constantCaution(std, axis, constant),
};
