import { UsageError } from "../../errors.ts";
import { formatNumber, parseNumber } from "../number.ts";
import { plainText } from "./plain-text.ts";
import type { ImageKind } from "./step-kind.ts";

/** Each value by itself. */
const curve = {
  form: "image",
  statistics: "none",
  fixedShape: false,
  absorbsAffine: false,
} as const;

/** Curves are odd, as centred values may be negative: f(−x) = −f(x). */
function applyOdd(images: Float64Array, of: (value: number) => number): void {
  for (let i = 0; i < images.length; i++) images[i] = Math.sign(images[i]) * of(Math.abs(images[i]));
}

/** `x ** gamma`, meant for values from 0 to 1. scikit-image and torchvision: `adjust_gamma`. */
export interface GammaStep {
  readonly kind: "gamma";
  readonly gamma: number;
}

export const gamma: ImageKind<GammaStep, GammaStep> = {
  ...curve,
  kind: "gamma",
  syntax: "gamma=G",
  parse(value = "", subject) {
    const exponent = parseNumber(value);
    if (exponent !== undefined && exponent > 0) return { kind: "gamma", gamma: exponent };
    const problem = `the exponent of gamma must be a number above 0 (got "${value}")`;
    throw new UsageError(subject, problem, "write gamma=0.5 or gamma=1/2.2");
  },
  format: (step) => `gamma=${formatNumber(step.gamma)}`,
  fit: (step) => step,
  stage: (step) => ({ apply: (images) => applyOdd(images, (value) => value ** step.gamma) }),
  inverse: (step) => ({ apply: (images) => applyOdd(images, (value) => value ** (1 / step.gamma)) }),
  formula: (step) => [{ op: "power", exponent: step.gamma }],
  describe: (step) => `gamma: exponent ${formatNumber(step.gamma)}`,
  toJson: (step) => ({ kind: "gamma", gamma: step.gamma }),
  fromJson(fields) {
    const exponent = fields.number("gamma");
    return exponent > 0 ? { kind: "gamma", gamma: exponent } : fields.refuse(`must have a "gamma" above 0`);
  },
  cautionOnPixels: (_, _train, isFirst) =>
    isFirst ? "gamma is meant for values from 0 to 1; put normalize first" : undefined,
};

/** The natural logarithm of 1 + x. NumPy: `log1p`. */
export const log: ImageKind<{ readonly kind: "log" }, { readonly kind: "log" }> = {
  ...curve,
  ...plainText("log"),
  fit: (step) => step,
  stage: () => ({ apply: (images) => applyOdd(images, Math.log1p) }),
  inverse: () => ({ apply: (images) => applyOdd(images, Math.expm1) }),
  formula: () => [{ op: "log1p" }],
  describe: () => "log: ln(1 + x)",
  toJson: () => ({ kind: "log" }),
  fromJson: () => ({ kind: "log" }),
};
