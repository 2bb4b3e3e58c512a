import { requireChannels } from "./given-numbers.ts";
import { plainText } from "./plain-text.ts";
import { byteCaution } from "./scale-caution.ts";
import { statisticText } from "./statistic-text.ts";
import type { AffineKind } from "./step-kind.ts";

/**
 * A dataset's published mean and standard deviation, for pixels from 0 to 1. The step takes bytes: it multiplies by 1/255 first, as
 * torchvision's `ToDtype(float32, scale=True)` before `Normalize`. Nothing is fitted.
 */
export interface NamedStep<Kind extends string> {
  readonly kind: Kind;
}

export interface FittedNamed<Kind extends string> extends NamedStep<Kind> {
  /** One number, or one a channel. */
  readonly mean: Float64Array;
  readonly std: Float64Array;
}

const UNIT = 1 / 255;

/** Torchvision's documentation; Keras: `preprocess_input` with mode "torch". */
export const imagenet = named("imagenet", [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);
/** Over all pixels of train; 0.2023, 0.1994, 0.2010, which is also in use, is the mean of the images' own deviations. */
export const cifar10 = named("cifar10", [0.4914, 0.4822, 0.4465], [0.247, 0.2435, 0.2616]);
export const cifar100 = named("cifar100", [0.5071, 0.4865, 0.4409], [0.2673, 0.2564, 0.2762]);
export const mnist = named("mnist", [0.1307], [0.3081]);
export const fashionMnist = named("fashion-mnist", [0.286], [0.353]);

function named<Kind extends string>(
  kind: Kind,
  means: readonly number[],
  stds: readonly number[],
): AffineKind<NamedStep<Kind>, FittedNamed<Kind>> {
  return {
    ...plainText(kind),
    form: "affine",
    statistics: "none",
    fit(_, _statistics, shape) {
      requireChannels(kind, "means", means, shape);
      return { kind, mean: Float64Array.from(means), std: Float64Array.from(stds) };
    },
    groups: ({ mean }) => mean.length,
    fold: ({ mean, std }, { shift, scale }, group) => ({
      shift: shift + mean[group % mean.length] / UNIT / scale,
      scale: (scale * UNIT) / std[group % std.length],
    }),
    statisticsAfter: (step, { mean, std }) => ({
      mean: mean.map(
        (value, group) =>
          (value * UNIT - step.mean[group % step.mean.length]) / step.std[group % step.std.length],
      ),
      std: std.map((value, group) => (value * UNIT) / step.std[group % step.std.length]),
    }),
    describe: ({ mean, std }) =>
      `${kind}: factor 1/255, mean ${statisticText(mean)}, std ${statisticText(std)}`,
    // With its numbers, so that a file keeps its meaning.
    toJson: ({ mean, std }) => ({ kind, mean: [...mean], std: [...std] }),
    fromJson(fields) {
      const [mean, std] = [fields.perChannel("mean"), fields.perChannel("std")];
      if (mean.length !== std.length) fields.refuse(`must have as many numbers in "mean" as in "std"`);
      if (!std.every((value) => value > 0)) fields.refuse(`must have a "std" above 0`);
      return { kind, mean, std };
    },
    cautionOnPixels: (_, train, isFirst) => byteCaution(kind, train, isFirst),
  };
}
