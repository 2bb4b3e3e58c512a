import { setting, UsageError } from "../errors.ts";
import { AXES, type Axis } from "../statistics/axis.ts";
import { suggest } from "../suggest.ts";
import type { ConstantRule } from "./steps/std.ts";
import {
  axisOf,
  findKind,
  isSamplewise,
  KNOWN_STEPS,
  kindOf,
  type ScalingStep,
  STEP_NAMES,
} from "./steps/step-kinds.ts";

/**
 * Reads a scaling such as `normalize+center@channel`: steps joined by `+`, applied left to right. `none` is the empty list.
 *
 * @param subject the setting or file the text came from, for the error
 * @throws UsageError on an unknown step, a wrong value, or `none` among other steps
 */
export function parseScaling(text: string, subject = setting("scaling")): ScalingStep[] {
  // A plus sign before a number belongs to the number: rescale=1/255+0.5, 1e+5.
  const parts = text.split(/\+(?!\s*[-.\d])/).map((part) => part.trim());
  if (parts.length === 1 && parts[0] === "none") return [];
  return parts.map((part) => parseStep(part, subject));
}

/** A scaling as a caller names it: a text such as `normalize+center`, or its steps. */
export type Scaling = string | readonly ScalingStep[];

/**
 * The steps of a scaling, however it is named.
 *
 * @throws UsageError as `parseScaling` does
 */
export function toSteps(scaling: Scaling, subject = setting("scaling")): readonly ScalingStep[] {
  if (typeof scaling === "string") return parseScaling(scaling, subject);
  if (!Array.isArray(scaling)) {
    throw new UsageError(
      subject,
      `must be a text or a list of steps (got "${scaling}")`,
      "use a text such as normalize",
    );
  }
  for (const step of scaling) {
    if (findKind(String(step?.kind)) === undefined) {
      const problem = `"${step?.kind}" is not a known step`;
      throw new UsageError(subject, problem, `use ${KNOWN_STEPS}`);
    }
  }
  return scaling;
}

/** The canonical text of a scaling: `parseScaling` reads it back to the same steps. */
export function formatScaling(steps: readonly ScalingStep[]): string {
  return steps.length === 0 ? "none" : steps.map(formatStep).join("+");
}

function formatStep(step: ScalingStep): string {
  const text = kindOf(step).format(step);
  const axis = "axis" in step ? step.axis : undefined;
  return axis === undefined ? text : `${step.kind}@${axis}${text.slice(step.kind.length)}`;
}

/** Reads NAME[@AXIS][=VALUE]. */
function parseStep(part: string, subject: string): ScalingStep {
  const equals = part.indexOf("=");
  const head = equals < 0 ? part : part.slice(0, equals);
  const [name, ...axes] = head.split("@");
  if (name === "none") {
    throw new UsageError(subject, `"none" cannot be combined with a value or other steps`, "use it alone");
  }
  const kind = findKind(name);
  if (kind !== undefined) {
    const step = kind.parse(equals < 0 ? undefined : part.slice(equals + 1), subject);
    return axes.length === 0 ? step : withAxis(step, axes.join("@"), subject);
  }
  const meant = suggest(name, STEP_NAMES);
  const remedy = meant ? `did you mean ${meant}?` : `use ${KNOWN_STEPS}, joined by "+"`;
  throw new UsageError(subject, `"${part}" is not a known step`, remedy);
}

function withAxis(step: ScalingStep, text: string, subject: string): ScalingStep {
  const axis = AXES.find((name) => name === text);
  if (axis === undefined) {
    const problem = `"${text}" is not an axis of ${step.kind}`;
    throw new UsageError(subject, problem, `use ${AXES.map((name) => `${step.kind}@${name}`).join(", ")}`);
  }
  if (axisOf(step, axis) === undefined) {
    throw new UsageError(
      subject,
      `"${step.kind}" computes no statistics here, so it has no axis`,
      `leave "@${text}" out`,
    );
  }
  if (axis === "pixel" && isSamplewise(step)) {
    throw new UsageError(subject, "samplewise steps have no axis pixel", "use global or channel");
  }
  return { ...step, axis } as ScalingStep;
}

/** The same steps along an axis, where they compute statistics and have no axis of their own. */
export function alongAxis(steps: readonly ScalingStep[], axis: Axis): ScalingStep[] {
  return steps.map((step) => {
    const found = axisOf(step, axis);
    // Samplewise steps have no axis pixel.
    if (found === undefined || (found === "pixel" && isSamplewise(step))) return step;
    return { ...step, axis: found } as ScalingStep;
  });
}

/** The same steps with another rule for values that are constant on train, where a step divides by a deviation of train. */
export function withConstantRule(steps: readonly ScalingStep[], rule: ConstantRule): ScalingStep[] {
  return steps.map((step) => kindOf(step).withConstant?.(step, rule) ?? step);
}
