import { UsageError } from "../errors.ts";
import { formatNumber, parseNumber } from "./number.ts";

/** One step of a scaling, as the user asks for it, before it is fitted. */
export type ScalingStep =
  | { readonly kind: "normalize"; readonly factor: number }
  | { readonly kind: "center" }
  | { readonly kind: "standardize" };

const DEFAULT_FACTOR = 1 / 255;
const KNOWN_STEPS = "none, normalize[=FACTOR], center, standardize";

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
  switch (name) {
    case "normalize":
      return {
        kind: "normalize",
        factor: value === undefined ? DEFAULT_FACTOR : parseFactor(value, subject),
      };
    case "center":
    case "standardize":
      if (value !== undefined) {
        throw new UsageError(subject, `step "${name}" takes no value`, `write it as "${name}"`);
      }
      return { kind: name };
    case "none":
      throw new UsageError(subject, `"none" cannot be joined with other steps or a value`, "give it alone");
    default:
      throw new UsageError(subject, `unknown step "${part}"`, `known steps, joined by "+": ${KNOWN_STEPS}`);
  }
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

function formatStep(step: ScalingStep): string {
  switch (step.kind) {
    case "normalize":
      return step.factor === DEFAULT_FACTOR ? "normalize" : `normalize=${formatNumber(step.factor)}`;
    case "center":
    case "standardize":
      return step.kind;
  }
}
