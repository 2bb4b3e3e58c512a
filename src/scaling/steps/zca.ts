import { type ImageSplit, imageSize } from "../../data/dataset.ts";
import { PixscaleError } from "../../errors.ts";
import { formatNumber } from "../number.ts";
import { centredImages, centredSecondMoments } from "../whitening/centred-second-moments.ts";
import { imagesStage, restoreDirections } from "../whitening/directions-stage.ts";
import {
  describeDirections,
  directionsFromJson,
  directionsToJson,
  type FittedDirections,
  fitDirections,
} from "../whitening/fitted-directions.ts";
import { symmetricFromText, symmetricToText } from "../whitening/symmetric-text.ts";
import { Whitening } from "../whitening/whitening.ts";
import {
  formatWhitening,
  parseWhitening,
  requireWhitenable,
  type WhiteningSpec,
} from "../whitening/whitening-spec.ts";
import { applyZcaInverse, zcaInverse } from "../whitening/zca-inverse.ts";
import { zcaMatrix, zcaMatrixOfFew } from "../whitening/zca-matrix.ts";
import { statisticText } from "./statistic-text.ts";
import type { AxisChoice, ImageKind } from "./step-kind.ts";

/** ZCA whitening. Keras: `zca_whitening`, `zca_epsilon`. */
export interface ZcaStep extends AxisChoice, WhiteningSpec {
  readonly kind: "zca";
}

/** Subtracts the mean of each group, then multiplies the whole image by the matrix. */
export interface FittedZca extends ZcaStep {
  readonly mean: Float64Array;
  /** Symmetric, [values of an image][values of an image]. With `components` it is kept as directions instead. */
  readonly whitening: { readonly matrix: Float32Array } | FittedDirections;
}

/** Fitting on images of more values takes longer than people wait without a word. */
const LONG_FIT = 2500;

export const zca: ImageKind<ZcaStep, FittedZca> = {
  kind: "zca",
  syntax: "zca[=EPSILON[:COMPONENTS]]",
  form: "image",
  statistics: "featurewise",
  fixedShape: true,
  absorbsAffine: true,

  parse: (value, subject) => ({ kind: "zca", ...parseWhitening(value, "zca", subject) }),
  format: (step) => formatWhitening("zca", step),

  fit(step, images) {
    const { train, threads } = images;
    requireWhitenable("zca", train.shape, step);
    const { mean } = images.statistics();
    if (step.components !== undefined) {
      return { ...step, mean, whitening: fitDirections(images, mean, step, "zca") };
    }
    const size = imageSize(train.shape);
    const { count } = train;
    // The smaller side of the data decides how long the eigenvectors take.
    const matrix =
      count < size
        ? zcaMatrixOfFew(centredImages(images, mean), size, count, step.epsilon, threads)
        : zcaMatrix(centredSecondMoments(images, mean), size, count, step.epsilon, threads);
    return { ...step, mean, whitening: { matrix } };
  },
  stage({ mean, whitening }, { shape, foldCentred }) {
    const size = imageSize(shape);
    if (!("matrix" in whitening)) return imagesStage(whitening, foldCentred(mean), size);
    const rule = new Whitening(whitening.matrix, foldCentred(mean), size);
    return { apply: (images) => rule.applyInPlace(images), rule };
  },

  inverse({ whitening, mean }) {
    if (!("matrix" in whitening)) {
      return {
        apply: (images, shape) => restoreDirections(whitening, mean, images, imageSize(shape), true),
      };
    }
    const inverse = zcaInverse(whitening.matrix);
    if (inverse === undefined) {
      const problem = "its factors spread too far to be turned round in 32-bit numbers";
      throw new PixscaleError("zca", problem, "fit it with a larger epsilon");
    }
    return { apply: (images, shape) => applyZcaInverse(inverse, mean, images, imageSize(shape)) };
  },

  describe({ mean, epsilon, whitening }) {
    const kept = "matrix" in whitening ? "" : `, ${describeDirections(whitening)}`;
    return `zca: train mean ${statisticText(mean)}, epsilon ${formatNumber(epsilon)}${kept}`;
  },
  toJson: ({ axis, epsilon, components, mean, whitening }) => ({
    kind: "zca",
    ...(axis && { axis }),
    epsilon,
    ...(components !== undefined && { components }),
    mean: [...mean],
    ...("matrix" in whitening ? { matrix: symmetricToText(whitening.matrix) } : directionsToJson(whitening)),
  }),
  fromJson(fields) {
    const step = { kind: "zca" as const, ...fields.axisChoice(), ...fields.whitening() };
    const mean = fields.statistic("mean");
    if (step.components !== undefined) return { ...step, mean, whitening: directionsFromJson(fields) };
    const size = fields.imageSize;
    const matrix = symmetricFromText(fields.text("matrix"), size);
    if (matrix === undefined) return fields.refuse(`must have a "matrix" of ${size} × ${size} numbers`);
    return { ...step, mean, whitening: { matrix } };
  },

  cautionBeforeFit: (step, train) => cautionOfLongFit(step, train),
  cautionAfterFit({ whitening }) {
    const numbers = "matrix" in whitening ? whitening.matrix : whitening.vectors;
    if (numbers.some((value) => value !== 0)) return undefined;
    return "all training images are the same, so zca turns every image into zeros";
  },
};

/** What the user should know before a whitening is fitted on large images. */
export function cautionOfLongFit(
  { kind, components }: WhiteningSpec & { readonly kind: string },
  { shape, count }: ImageSplit,
): string | undefined {
  const size = imageSize(shape);
  if (Math.min(size, count) < LONG_FIT) return undefined;
  const remedy = components === undefined ? "smaller images take less" : "fewer components take less";
  return `fitting ${kind} on ${size.toLocaleString("en-US")} values per image can take a minute; ${remedy}`;
}
