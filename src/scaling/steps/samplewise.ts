import { imageSize } from "../../data/dataset.ts";
import { plainText } from "./plain-text.ts";
import { STD_EPSILON } from "./std.ts";
import type { AxisChoice, ImageKind } from "./step-kind.ts";

/** A step that uses each image's own mean and standard deviation: nothing is fitted. Keras: `samplewise_…`. */
export interface Samplewise<Kind extends string> extends AxisChoice {
  readonly kind: Kind;
}

/** What is done to the values of one group, given their mean and a function that computes their standard deviation. */
type Formula = (
  mean: number,
  deviation: () => number,
) => { readonly shift: number; readonly divisor: number };

export const samplewiseCenter = samplewise("samplewise-center", (mean) => ({ shift: mean, divisor: 1 }));

export const samplewiseStandardize = samplewise("samplewise-standardize", (mean, deviation) => ({
  shift: mean,
  divisor: deviation() + STD_EPSILON,
}));

export const samplewiseUnitStd = samplewise("samplewise-unit-std", (_, deviation) => ({
  shift: 0,
  divisor: deviation() + STD_EPSILON,
}));

function samplewise<Kind extends string>(
  kind: Kind,
  formula: Formula,
): ImageKind<Samplewise<Kind>, Samplewise<Kind>> {
  return {
    ...plainText(kind),
    form: "image",
    statistics: "samplewise",
    fixedShape: false,
    absorbsAffine: false,
    fit: (step) => step,
    stage: (step, context) => ({
      apply(images, shape) {
        const axis = step.axis ?? context.axis;
        applySamplewise(formula, axis === "channel" ? shape.channels : 1, images, imageSize(shape));
      },
    }),
    describe: () => `${kind}: from each image alone`,
    toJson: ({ axis }) => ({ kind, ...(axis && { axis }) }),
    fromJson(fields) {
      if (fields.axis === "pixel") fields.refuse("is samplewise, which has no axis pixel");
      return { kind, ...fields.axisChoice() };
    },
  };
}

/**
 * Applies a formula in place to images of `size` values, with one mean and population standard deviation per image (`groups` 1)
 * or per channel. Two passes in double precision; 1e-6 is added to the deviation before dividing, as in Keras, so a constant
 * image stays finite.
 */
function applySamplewise(formula: Formula, groups: number, images: Float64Array, size: number): void {
  for (let first = 0; first < images.length; first += size) {
    for (let group = 0; group < groups; group++) {
      applyToGroup(formula, images.subarray(first + group, first + size), groups, size / groups);
    }
  }
}

/** The group's `count` values are `values[0]`, `values[stride]`, … */
function applyToGroup(formula: Formula, values: Float64Array, stride: number, count: number): void {
  let sum = 0;
  for (let i = 0; i < values.length; i += stride) sum += values[i];
  const mean = sum / count;
  const { shift, divisor } = formula(mean, () => deviation(values, stride, count, mean));
  for (let i = 0; i < values.length; i += stride) values[i] = (values[i] - shift) / divisor;
}

function deviation(values: Float64Array, stride: number, count: number, mean: number): number {
  let spread = 0;
  for (let i = 0; i < values.length; i += stride) spread += (values[i] - mean) ** 2;
  return Math.sqrt(spread / count);
}
