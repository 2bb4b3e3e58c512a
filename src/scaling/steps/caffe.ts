import { setting, UsageError } from "../../errors.ts";
import { plainText } from "./plain-text.ts";
import { byteCaution } from "./scale-caution.ts";
import type { ImageKind } from "./step-kind.ts";

/**
 * Turns RGB into BGR and subtracts ImageNet's means, as the networks of Caffe expect. Nothing is fitted. Keras: `preprocess_input`
 * with mode "caffe".
 */
export interface FittedCaffe {
  readonly kind: "caffe";
  /** Of blue, green and red. */
  readonly mean: Float64Array;
}

const MEANS = [103.939, 116.779, 123.68];

export const caffe: ImageKind<{ readonly kind: "caffe" }, FittedCaffe> = {
  ...plainText("caffe"),
  form: "image",
  statistics: "none",
  fixedShape: false,
  absorbsAffine: false,
  fit(_, { train: { shape } }) {
    if (shape.channels === 3) return { kind: "caffe", mean: Float64Array.from(MEANS) };
    const found = `${shape.channels} channel${shape.channels === 1 ? "" : "s"}`;
    throw new UsageError(
      setting("scaling"),
      `caffe takes RGB images, and these have ${found}`,
      "use color images",
    );
  },
  groups: () => 3,
  stage: ({ mean: [blue, green, red] }) => ({
    apply(images) {
      for (let i = 0; i < images.length; i += 3) {
        const first = images[i];
        images[i] = images[i + 2] - blue;
        images[i + 1] -= green;
        images[i + 2] = first - red;
      }
    },
  }),
  inverse: ({ mean: [blue, green, red] }) => ({
    apply(images) {
      for (let i = 0; i < images.length; i += 3) {
        const first = images[i];
        images[i] = images[i + 2] + red;
        images[i + 1] += green;
        images[i + 2] = first + blue;
      }
    },
  }),
  formula: ({ mean }) => [{ op: "reverse" }, { op: "affine", mean: [...mean], std: [1] }],
  describe: () => `caffe: BGR, mean ${MEANS.join(", ")}`,
  toJson: ({ mean }) => ({ kind: "caffe", mean: [...mean] }),
  fromJson(fields) {
    const mean = fields.perChannel("mean");
    return mean.length === 3 ? { kind: "caffe", mean } : fields.refuse("takes RGB images");
  },
  cautionOnPixels: (_, train, isFirst) => byteCaution("caffe", train, isFirst),
};
