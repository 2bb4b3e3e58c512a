import type { ImageShape } from "../data/dataset.ts";
import { PixscaleError } from "../errors.ts";
import { AXES, type Axis } from "../statistics/axis.ts";
import { StepFields } from "./steps/step-fields.ts";
import { type FittedStep, findKind, kindOf } from "./steps/step-kinds.ts";

const FORMAT = "pixscale-scaler";
const VERSION = 1;

/** A fitted scaler in JSON. Numbers are written so that reading them gives the same doubles. */
export interface ScalerJson {
  readonly format: typeof FORMAT;
  readonly version: typeof VERSION;
  readonly axis: Axis;
  readonly shape: ImageShape;
  /** As each kind of step writes itself, statistics as plain arrays. */
  readonly steps: readonly { readonly kind: string }[];
}

/** What a scaler consists of. */
export interface ScalerParts {
  readonly axis: Axis;
  /** Shape of the images it was fitted on. */
  readonly shape: ImageShape;
  readonly steps: readonly FittedStep[];
}

export function scalerToJson({ axis, shape, steps }: ScalerParts): ScalerJson {
  const { height, width, channels } = shape;
  return {
    format: FORMAT,
    version: VERSION,
    axis,
    shape: { height, width, channels },
    steps: steps.map((step) => kindOf(step).toJson(step)),
  };
}

/**
 * Checks parsed JSON and makes scaler parts of it.
 *
 * @param subject the file the JSON came from, for the error
 * @throws PixscaleError naming the first thing that is wrong
 */
export function scalerFromJson(json: unknown, subject: string): ScalerParts {
  const refuse: Refuse = (problem) => {
    throw new PixscaleError(subject, problem, "save the scaler again");
  };
  if (!isObject(json) || json.format !== FORMAT) {
    return refuse(`not a scaler: it has no "format" of "${FORMAT}"`);
  }
  if (json.version !== VERSION) {
    return refuse(`has scaler version ${JSON.stringify(json.version)}, and only version ${VERSION} is known`);
  }
  const axis = AXES.find((name) => name === json.axis);
  if (axis === undefined) {
    return refuse(`"axis" must be one of ${AXES.join(", ")} (got ${JSON.stringify(json.axis)})`);
  }
  const shape = readShape(json.shape, refuse);
  if (!Array.isArray(json.steps)) return refuse(`"steps" must be a list`);
  const steps = json.steps.map((step, index) => {
    const refuseStep: Refuse = (problem) => refuse(`"steps[${index}]" ${problem}`);
    return readStep(isObject(step) ? step : {}, axis, shape, refuseStep);
  });
  return { axis, shape, steps };
}

type Refuse = (problem: string) => never;

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function readShape(json: unknown, refuse: Refuse): ImageShape {
  const { height, width, channels } = isObject(json) ? json : {};
  if (!isPositiveInteger(height) || !isPositiveInteger(width) || !isPositiveInteger(channels)) {
    return refuse(`"shape" must have a height, width and channels, each a positive integer`);
  }
  return { height, width, channels };
}

function isPositiveInteger(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0;
}

function readStep(
  json: Readonly<Record<string, unknown>>,
  axis: Axis,
  shape: ImageShape,
  refuse: Refuse,
): FittedStep {
  const kind = typeof json.kind === "string" ? findKind(json.kind) : undefined;
  if (kind === undefined) return refuse(`has the unknown kind ${JSON.stringify(json.kind)}`);
  return kind.fromJson(new StepFields(json, axis, shape, refuse));
}
