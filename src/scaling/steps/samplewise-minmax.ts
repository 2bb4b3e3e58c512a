import { imageSize } from "../../data/dataset.ts";
import { plainText } from "./plain-text.ts";
import type { Samplewise } from "./samplewise.ts";
import type { ImageKind } from "./step-kind.ts";

/** Takes the range of each image, or of each of its channels, to 0 … 1; a constant one to 0. Nothing is fitted. */
export const samplewiseMinmax: ImageKind<Samplewise<"samplewise-minmax">, Samplewise<"samplewise-minmax">> = {
  ...plainText("samplewise-minmax"),
  form: "image",
  statistics: "samplewise",
  fixedShape: false,
  absorbsAffine: false,
  fit: (step) => step,
  stage: (step, context) => ({
    apply(images, shape) {
      const groups = (step.axis ?? context.axis) === "channel" ? shape.channels : 1;
      const size = imageSize(shape);
      for (let first = 0; first < images.length; first += size) {
        for (let group = 0; group < groups; group++) {
          stretch(images.subarray(first + group, first + size), groups);
        }
      }
    },
  }),
  describe: () => "samplewise-minmax: from each image alone",
  toJson: ({ axis }) => ({ kind: "samplewise-minmax", ...(axis && { axis }) }),
  fromJson(fields) {
    if (fields.axis === "pixel") fields.refuse("is samplewise, which has no axis pixel");
    return { kind: "samplewise-minmax", ...fields.axisChoice() };
  },
};

/** The group's values are `values[0]`, `values[stride]`, … */
function stretch(values: Float64Array, stride: number): void {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i += stride) {
    low = Math.min(low, values[i]);
    high = Math.max(high, values[i]);
  }
  const span = high - low || 1;
  for (let i = 0; i < values.length; i += stride) values[i] = (values[i] - low) / span;
}
