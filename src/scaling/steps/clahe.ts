import { UsageError } from "../../errors.ts";
import { adaptiveContrast } from "../contrast/adaptive-contrast.ts";
import { formatNumber, parseNumber } from "../number.ts";
import { samplewise, samplewiseAxis, samplewiseStage } from "./samplewise-kind.ts";
import type { AxisChoice, ImageKind } from "./step-kind.ts";

/** Contrast limited adaptive histogram equalization of each image: see `adaptiveContrast`. Nothing is fitted. */
export interface ClaheStep extends AxisChoice {
  readonly kind: "clahe";
  /** scikit-image's `clip_limit`. */
  readonly clip: number;
}

const DEFAULT_CLIP = 0.01;

export const clahe: ImageKind<ClaheStep, ClaheStep> = {
  ...samplewise,
  kind: "clahe",
  syntax: "clahe[=CLIP]",

  parse(value, subject) {
    const clip = value === undefined ? DEFAULT_CLIP : parseNumber(value);
    if (clip !== undefined && clip >= 0 && clip <= 1) return { kind: "clahe", clip };
    const problem = `the clip limit of clahe must be a number from 0 to 1 (got "${value}")`;
    throw new UsageError(subject, problem, "use a number such as 0.01");
  },
  format: ({ clip }) => (clip === DEFAULT_CLIP ? "clahe" : `clahe=${formatNumber(clip)}`),

  fit: (step) => step,
  stage: (step, context) => samplewiseStage(step, context, adaptiveContrast(step.clip)),
  counterpart: "skimage.exposure.equalize_adapthist in Python",
  describe: ({ clip }) => `clahe: from each image alone, clip limit ${formatNumber(clip)}`,
  toJson: ({ axis, clip }) => ({ kind: "clahe", ...(axis && { axis }), clip }),
  fromJson(fields) {
    const clip = fields.number("clip");
    if (clip < 0 || clip > 1) fields.refuse(`must have a "clip" from 0 to 1`);
    return { kind: "clahe", ...samplewiseAxis(fields), clip };
  },
};
