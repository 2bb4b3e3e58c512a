import { type ImageShape, imageSize } from "../../data/dataset.ts";
import { PixscaleError, UsageError } from "../../errors.ts";
import { formatNumber, parseNumber } from "../number.ts";
import { centredImages, centredSecondMoments } from "../whitening/centred-second-moments.ts";
import { symmetricFromText, symmetricToText } from "../whitening/symmetric-text.ts";
import { Whitening } from "../whitening/whitening.ts";
import { applyZcaInverse, zcaInverse } from "../whitening/zca-inverse.ts";
import { zcaMatrix, zcaMatrixOfFew } from "../whitening/zca-matrix.ts";
import { statisticText } from "./statistic-text.ts";
import type { AxisChoice, ImageKind } from "./step-kind.ts";

/** ZCA whitening. Keras: `zca_whitening`, `zca_epsilon`. */
export interface ZcaStep extends AxisChoice {
  readonly kind: "zca";
  readonly epsilon: number;
}

/** Subtracts the mean of each group, then multiplies the whole image by the matrix. */
export interface FittedZca extends ZcaStep {
  readonly mean: Float64Array;
  /** Symmetric, [values of an image][values of an image]. */
  readonly matrix: Float32Array;
}

/** Keras' `zca_epsilon`. */
export const DEFAULT_ZCA_EPSILON = 1e-6;
/** The most values an image may have: the eigenvectors of more would take hours. */
const MAX_SIZE = 4096;
/** Fitting on images of more values takes longer than people wait without a word. */
const LONG_FIT = 1500;

export const zca: ImageKind<ZcaStep, FittedZca> = {
  kind: "zca",
  syntax: "zca[=EPSILON]",
  form: "image",
  statistics: "featurewise",
  fixedShape: true,
  absorbsAffine: true,

  parse(value, subject) {
    const epsilon = value === undefined ? DEFAULT_ZCA_EPSILON : parseNumber(value);
    if (epsilon !== undefined && epsilon >= 0) return { kind: "zca", epsilon };
    const problem = `the epsilon of zca must be a number, 0 or more (got "${value}")`;
    throw new UsageError(subject, problem, "use a number such as 1e-6");
  },
  format: ({ epsilon }) => (epsilon === DEFAULT_ZCA_EPSILON ? "zca" : `zca=${formatNumber(epsilon)}`),

  fit({ axis, epsilon }, images) {
    const { train, threads } = images;
    requireWhitenable(train.shape);
    const { mean } = images.statistics();
    const size = imageSize(train.shape);
    const { count } = train;
    // The smaller side of the data decides how long the eigenvectors take.
    const matrix =
      count < size
        ? zcaMatrixOfFew(centredImages(images, mean), size, count, epsilon, threads)
        : zcaMatrix(centredSecondMoments(images, mean), size, count, epsilon, threads);
    return { kind: "zca", axis, epsilon, mean, matrix };
  },
  stage({ mean, matrix }, { shape, foldCentred }) {
    const whitening = new Whitening(matrix, foldCentred(mean), imageSize(shape));
    return { apply: (images) => whitening.applyInPlace(images), rule: whitening };
  },

  inverse({ matrix, mean }) {
    const inverse = zcaInverse(matrix);
    if (inverse === undefined) {
      const problem = "its factors spread too far to be turned round in 32-bit numbers";
      throw new PixscaleError("zca", problem, "fit it with a larger epsilon");
    }
    return { apply: (images, shape) => applyZcaInverse(inverse, mean, images, imageSize(shape)) };
  },

  describe: ({ mean, epsilon }) => `zca: train mean ${statisticText(mean)}, epsilon ${formatNumber(epsilon)}`,
  toJson: ({ axis, epsilon, mean, matrix }) => ({
    kind: "zca",
    ...(axis && { axis }),
    epsilon,
    mean: [...mean],
    matrix: symmetricToText(matrix),
  }),
  fromJson(fields) {
    const epsilon = fields.number("epsilon");
    if (epsilon < 0) return fields.refuse(`must have an "epsilon" of 0 or more`);
    const size = fields.imageSize;
    const matrix = symmetricFromText(fields.text("matrix"), size);
    if (matrix === undefined) return fields.refuse(`must have a "matrix" of ${size} × ${size} numbers`);
    return { kind: "zca", ...fields.axisChoice(), epsilon, mean: fields.statistic("mean"), matrix };
  },

  cautionBeforeFit(_, { shape, count }) {
    const size = imageSize(shape);
    if (Math.min(size, count) < LONG_FIT) return undefined;
    return `fitting zca on ${size.toLocaleString("en-US")} values per image takes minutes; smaller images take less`;
  },
  cautionAfterFit({ matrix }) {
    if (matrix.some((value) => value !== 0)) return undefined;
    return "all training images are the same, so zca turns every image into zeros";
  },
};

function requireWhitenable(shape: ImageShape): void {
  const size = imageSize(shape);
  if (size <= MAX_SIZE) return;
  const problem = `images of ${shape.height}×${shape.width}×${shape.channels} have ${size} values, more than the ${MAX_SIZE} that can be whitened`;
  throw new PixscaleError("zca", problem, "use smaller images, such as 32×32");
}
