import { setting, UsageError } from "../errors.ts";
import { suggest } from "../suggest.ts";
import { findKind, KNOWN_STEPS, kindOf, type ScalingStep, STEP_NAMES } from "./steps/step-kinds.ts";

/**
 * Reads a scaling such as `normalize+center`: steps joined by `+`, applied left to right. `none` is the empty list.
 *
 * @param subject the setting or file the text came from, for the error
 * @throws UsageError on an unknown step, a wrong value, or `none` among other steps
 */
export function parseScaling(text: string, subject = setting("scaling")): ScalingStep[] {
  const parts = text.split("+").map((part) => part.trim());
  if (parts.length === 1 && parts[0] === "none") return [];
  return parts.map((part) => parseStep(part, subject));
}

/** The canonical text of a scaling: `parseScaling` reads it back to the same steps. */
export function formatScaling(steps: readonly ScalingStep[]): string {
  return steps.length === 0 ? "none" : steps.map((step) => kindOf(step).format(step)).join("+");
}

function parseStep(part: string, subject: string): ScalingStep {
  const equals = part.indexOf("=");
  const name = equals < 0 ? part : part.slice(0, equals);
  if (name === "none") {
    throw new UsageError(subject, `"none" cannot be combined with a value or other steps`, "use it alone");
  }
  const kind = findKind(name);
  if (kind !== undefined) return kind.parse(equals < 0 ? undefined : part.slice(equals + 1), subject);
  const meant = suggest(name, STEP_NAMES);
  const remedy = meant ? `did you mean ${meant}?` : `use ${KNOWN_STEPS}, joined by "+"`;
  throw new UsageError(subject, `"${part}" is not a known step`, remedy);
}
