import { imageSize } from "../../data/dataset.ts";
import { plainText } from "./plain-text.ts";
import type { AxisChoice, ImageKind } from "./step-kind.ts";

/** A step that uses each image's own statistics: nothing is fitted. Keras: `samplewise_…`. */
export interface Samplewise<Kind extends string> extends AxisChoice {
  readonly kind: Kind;
}

/** Changes one group in place: its `count` values are `values[0]`, `values[stride]`, … */
export type ChangeGroup = (values: Float64Array, stride: number, count: number) => void;

/** A samplewise step that changes the values of each image, or of each of its channels, in double precision. */
export function samplewiseKind<Kind extends string>(
  kind: Kind,
  change: ChangeGroup,
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
        const groups = (step.axis ?? context.axis) === "channel" ? shape.channels : 1;
        const size = imageSize(shape);
        for (let first = 0; first < images.length; first += size) {
          for (let group = 0; group < groups; group++) {
            change(images.subarray(first + group, first + size), groups, size / groups);
          }
        }
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
