import { UsageError } from "../../errors.ts";
import { type ChangeGroup, meanOf, spreadOf } from "../contrast/image-group.ts";
import { formatNumbers, parseNumbers } from "./given-numbers.ts";
import { samplewise, samplewiseAxis, samplewiseFormula, samplewiseStage } from "./samplewise-kind.ts";
import type { AxisChoice, ImageKind } from "./step-kind.ts";

/**
 * Global contrast normalization: SCALE · (x − mean) / √(BIAS + Σ(x − mean)²) with each image's own mean; nothing is fitted. pylearn2:
 * `global_contrast_normalize(X, scale, sqrt_bias)`, whose defaults these are.
 */
export interface GcnStep extends AxisChoice {
  readonly kind: "gcn";
  readonly scale: number;
  readonly bias: number;
}

/** Where √(…) / SCALE is smaller, pylearn2 divides by 1. */
const MIN_DIVISOR = 1e-8;

export const gcn: ImageKind<GcnStep, GcnStep> = {
  ...samplewise,
  kind: "gcn",
  syntax: "gcn[=SCALE[:BIAS]]",

  parse(value = "1", subject) {
    const [scale = 0, bias = 0, ...more] = parseNumbers(value) ?? [];
    if (scale > 0 && bias >= 0 && more.length === 0) return { kind: "gcn", scale, bias };
    const problem = `gcn takes a scale above 0, and perhaps a bias of 0 or more (got "${value}")`;
    throw new UsageError(subject, problem, "write gcn, gcn=55 or gcn=1:10");
  },
  format: ({ scale, bias }) => {
    if (bias > 0) return `gcn=${formatNumbers([scale, bias])}`;
    return scale === 1 ? "gcn" : `gcn=${formatNumbers([scale])}`;
  },

  fit: (step) => step,
  stage: (step, context) => samplewiseStage(step, context, normalizer(step)),
  formula: ({ scale, bias }, axis) =>
    samplewiseFormula({ shift: "mean", divisor: { by: "norm", scale, bias, least: MIN_DIVISOR } }, axis),
  describe: ({ scale, bias }) =>
    `gcn: from each image alone, scale ${formatNumbers([scale])}, bias ${formatNumbers([bias])}`,
  toJson: ({ axis, scale, bias }) => ({ kind: "gcn", ...(axis && { axis }), scale, bias }),
  fromJson(fields) {
    const [scale, bias] = [fields.number("scale"), fields.number("bias")];
    if (scale <= 0) fields.refuse(`must have a "scale" above 0`);
    if (bias < 0) fields.refuse(`has a negative "bias"`);
    return { kind: "gcn", ...samplewiseAxis(fields), scale, bias };
  },
};

function normalizer({ scale, bias }: GcnStep): ChangeGroup {
  return (group) => {
    const { values, stride } = group;
    const mean = meanOf(group);
    const found = Math.sqrt(bias + spreadOf(group, mean)) / scale;
    const divisor = found < MIN_DIVISOR ? 1 : found;
    for (let i = 0; i < values.length; i += stride) values[i] = (values[i] - mean) / divisor;
  };
}
