import { imageSize } from "../../data/dataset.ts";
import { formatNumber } from "../number.ts";
import { componentsStage, restoreDirections } from "../whitening/directions-stage.ts";
import {
  describeDirections,
  directionsFromJson,
  directionsToJson,
  type FittedDirections,
  fitDirections,
} from "../whitening/fitted-directions.ts";
import {
  formatWhitening,
  parseWhitening,
  requireWhitenable,
  type WhiteningSpec,
} from "../whitening/whitening-spec.ts";
import { statisticText } from "./statistic-text.ts";
import type { AxisChoice, ImageKind } from "./step-kind.ts";
import { cautionOfLongFit } from "./zca.ts";

/**
 * PCA whitening. scikit-learn: `PCA(whiten=True)`, which divides by the deviation of a sample, n − 1, instead of the population's: its
 * numbers are √((n − 1)/n) of these.
 */
export interface PcaStep extends AxisChoice, WhiteningSpec {
  readonly kind: "pca";
}

/** Subtracts the mean of each group; an image becomes its numbers along the directions, and then zeros. */
export interface FittedPca extends PcaStep, FittedDirections {
  readonly mean: Float64Array;
}

export const pca: ImageKind<PcaStep, FittedPca> = {
  kind: "pca",
  syntax: "pca[=EPSILON[:COMPONENTS]]",
  form: "image",
  statistics: "featurewise",
  fixedShape: true,
  absorbsAffine: true,

  parse: (value, subject) => ({ kind: "pca", ...parseWhitening(value, "pca", subject) }),
  format: (step) => formatWhitening("pca", step),

  fit(step, images) {
    requireWhitenable("pca", images.train.shape, step);
    const { mean } = images.statistics();
    return { ...step, mean, ...fitDirections(images, mean, step, "pca") };
  },
  stage: (step, { shape, foldCentred }) => componentsStage(step, foldCentred(step.mean), imageSize(shape)),
  inverse: (step) => ({
    apply: (images, shape) => restoreDirections(step, step.mean, images, imageSize(shape), false),
  }),

  describe: (step) =>
    `pca: train mean ${statisticText(step.mean)}, epsilon ${formatNumber(step.epsilon)}, ${describeDirections(step)}`,
  toJson: ({ axis, epsilon, components, mean, ...directions }) => ({
    kind: "pca",
    ...(axis && { axis }),
    epsilon,
    ...(components !== undefined && { components }),
    mean: [...mean],
    ...directionsToJson(directions),
  }),
  fromJson: (fields) => ({
    kind: "pca",
    ...fields.axisChoice(),
    ...fields.whitening(),
    mean: fields.statistic("mean"),
    ...directionsFromJson(fields),
  }),

  cautionBeforeFit: (step, train) => cautionOfLongFit(step, train),
  cautionAfterFit({ factors }) {
    if (factors.length > 0) return undefined;
    return "all training images are the same, so pca turns every image into zeros";
  },
};
