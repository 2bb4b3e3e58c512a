import { UsageError } from "../errors.ts";
import { formatNumber, parseNumber } from "./number.ts";

/** The steps that take no value. */
const PLAIN_KINDS = [
  "center",
  "standardize",
  "unit-std",
  "samplewise-center",
  "samplewise-standardize",
  "samplewise-unit-std",
] as const;

type PlainKind = (typeof PLAIN_KINDS)[number];

/** One step of a scaling, as the user asks for it, before it is fitted. */
export type ScalingStep =
  | { readonly kind: "normalize"; readonly factor: number }
  | { [Kind in PlainKind]: { readonly kind: Kind } }[PlainKind]
  | { readonly kind: "zca"; readonly epsilon: number };

const DEFAULT_FACTOR = 1 / 255;
/** Keras' `zca_epsilon`. */
export const DEFAULT_ZCA_EPSILON = 1e-6;

/** The steps in words, for help and errors. */
export const KNOWN_STEPS = `none, normalize[=FACTOR], ${PLAIN_KINDS.join(", ")}, zca[=EPSILON]`;

/**
 * Reads a scaling such as `normalize+center`: steps joined by `+`, applied left to right. `none` is the empty list.
 *
 * @param subject the flag or file the text came from, for the error message
 * @throws UsageError on an unknown step, a wrong value, or `none` among other steps
 */
export function parseScaling(text: string, subject = "--scaling"): ScalingStep[] {
  const parts = text.split("+").map((part) => part.trim());
  if (parts.length === 1 && parts[0] === "none") {
    return [];
  }
  return parts.map((part) => parseStep(part, subject));
}

/** The canonical text of a scaling: `parseScaling` reads it back to the same steps. */
export function formatScaling(steps: readonly ScalingStep[]): string {
  return steps.length === 0 ? "none" : steps.map(formatStep).join("+");
}

function parseStep(part: string, subject: string): ScalingStep {
  const [name, ...values] = part.split("=");
  const value = values.length === 0 ? undefined : values.join("=");
  if (name === "normalize") {
    return { kind: name, factor: value === undefined ? DEFAULT_FACTOR : parseFactor(value, subject) };
  }
  if (name === "zca") {
    return { kind: name, epsilon: value === undefined ? DEFAULT_ZCA_EPSILON : parseEpsilon(value, subject) };
  }
  if (name === "none") {
    throw new UsageError(subject, `"none" cannot be joined with other steps or a value`, "give it alone");
  }
  const kind = PLAIN_KINDS.find((known) => known === name);
  if (kind === undefined) {
    throw new UsageError(subject, `unknown step "${part}"`, `known steps, joined by "+": ${KNOWN_STEPS}`);
  }
  if (value !== undefined) {
    throw new UsageError(subject, `step "${kind}" takes no value`, `write it as "${kind}"`);
  }
  return { kind };
}

function parseFactor(text: string, subject: string): number {
  const factor = parseNumber(text);
  if (factor === undefined || factor === 0) {
    throw new UsageError(
      subject,
      `normalize factor "${text}" is not a number other than 0`,
      "give one such as 1/255 or 0.5",
    );
  }
  return factor;
}

function parseEpsilon(text: string, subject: string): number {
  const epsilon = parseNumber(text);
  if (epsilon === undefined || epsilon < 0) {
    throw new UsageError(
      subject,
      `zca epsilon "${text}" is not a number of 0 or more`,
      "give one such as 1e-6",
    );
  }
  return epsilon;
}

function formatStep(step: ScalingStep): string {
  switch (step.kind) {
    case "normalize":
      return step.factor === DEFAULT_FACTOR ? step.kind : `${step.kind}=${formatNumber(step.factor)}`;
    case "zca":
      return step.epsilon === DEFAULT_ZCA_EPSILON ? step.kind : `${step.kind}=${formatNumber(step.epsilon)}`;
    default:
      return step.kind;
  }
}
