import { type ImageShape, imageSize } from "../data/dataset.ts";
import { PixscaleError } from "../errors.ts";
import { AXES, type Axis, groupCount } from "../statistics/axis.ts";
import type { FittedStep } from "./steps/fitted-step.ts";
import type { SamplewiseStep } from "./steps/samplewise.ts";
import { symmetricFromText, symmetricToText } from "./whitening/symmetric-text.ts";

const FORMAT = "pixscale-scaler";
const VERSION = 1;

/** A fitted step in JSON: statistics are plain arrays. */
type StepJson =
  | { readonly kind: "normalize"; readonly factor: number }
  | { readonly kind: "center"; readonly mean: readonly number[] }
  | { readonly kind: "standardize"; readonly mean: readonly number[]; readonly std: readonly number[] }
  | { readonly kind: "unit-std"; readonly std: readonly number[] }
  | SamplewiseStep
  | {
      readonly kind: "zca";
      readonly epsilon: number;
      readonly mean: readonly number[];
      /** See `symmetricToText`. */
      readonly matrix: string;
    };

/** A fitted scaler in JSON. Numbers are written so that reading them gives the same doubles. */
export interface ScalerJson {
  readonly format: typeof FORMAT;
  readonly version: typeof VERSION;
  readonly axis: Axis;
  readonly shape: ImageShape;
  readonly steps: readonly StepJson[];
}

/** What a scaler is made of. */
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
    steps: steps.map(stepToJson),
  };
}

function stepToJson(step: FittedStep): StepJson {
  switch (step.kind) {
    case "normalize":
      return { kind: step.kind, factor: step.factor };
    case "center":
      return { kind: step.kind, mean: [...step.mean] };
    case "standardize":
      return { kind: step.kind, mean: [...step.mean], std: [...step.std] };
    case "unit-std":
      return { kind: step.kind, std: [...step.std] };
    case "zca":
      return {
        kind: step.kind,
        epsilon: step.epsilon,
        mean: [...step.mean],
        matrix: symmetricToText(step.matrix),
      };
    default:
      return { kind: step.kind };
  }
}

/**
 * Checks parsed JSON and makes scaler parts of it.
 *
 * @param subject the file the JSON came from, for the error message
 * @throws PixscaleError naming the first thing that is wrong
 */
export function scalerFromJson(json: unknown, subject: string): ScalerParts {
  const refuse: Refuse = (problem) => {
    throw new PixscaleError(subject, problem, "save the scaler again");
  };
  if (!isObject(json) || json.format !== FORMAT) {
    return refuse(`is not a scaler: it has no "format" of "${FORMAT}"`);
  }
  if (json.version !== VERSION) {
    return refuse(`has scaler version ${JSON.stringify(json.version)}, and only version ${VERSION} is known`);
  }
  const axis = AXES.find((name) => name === json.axis);
  if (axis === undefined) {
    return refuse(`"axis" is ${JSON.stringify(json.axis)}, not one of ${AXES.join(", ")}`);
  }
  const shape = readShape(json.shape, refuse);
  if (!Array.isArray(json.steps)) {
    return refuse(`"steps" is not a list`);
  }
  const steps = json.steps.map((step, index) => readStep(step, axis, shape, `"steps[${index}]"`, refuse));
  return { axis, shape, steps };
}

type Refuse = (problem: string) => never;

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function readShape(json: unknown, refuse: Refuse): ImageShape {
  const { height, width, channels } = isObject(json) ? json : {};
  if (!isPositiveInteger(height) || !isPositiveInteger(width) || !isPositiveInteger(channels)) {
    return refuse(`"shape" does not hold a positive integer height, width and channels`);
  }
  return { height, width, channels };
}

function isPositiveInteger(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0;
}

function readStep(json: unknown, axis: Axis, shape: ImageShape, where: string, refuse: Refuse): FittedStep {
  const step = isObject(json) ? json : {};
  const groups = groupCount(axis, shape);
  switch (step.kind) {
    case "normalize":
      if (typeof step.factor !== "number" || !Number.isFinite(step.factor)) {
        return refuse(`${where} has no "factor" that is a number`);
      }
      return { kind: "normalize", factor: step.factor };
    case "center":
      return { kind: "center", mean: readStatistic(step, "mean", groups, where, refuse) };
    case "standardize": {
      const mean = readStatistic(step, "mean", groups, where, refuse);
      return { kind: "standardize", mean, std: readStd(step, groups, where, refuse) };
    }
    case "unit-std":
      return { kind: "unit-std", std: readStd(step, groups, where, refuse) };
    case "samplewise-center":
    case "samplewise-standardize":
    case "samplewise-unit-std":
      if (axis === "pixel") return refuse(`${where} is samplewise, which has no axis pixel`);
      return { kind: step.kind };
    case "zca":
      return readZca(step, groups, shape, where, refuse);
    default:
      return refuse(`${where} has the unknown kind ${JSON.stringify(step.kind)}`);
  }
}

function readZca(
  step: Record<string, unknown>,
  groups: number,
  shape: ImageShape,
  where: string,
  refuse: Refuse,
): FittedStep {
  const { epsilon, matrix: text } = step;
  if (typeof epsilon !== "number" || !(epsilon >= 0)) return refuse(`${where} has no "epsilon" of 0 or more`);
  const size = imageSize(shape);
  const matrix = typeof text === "string" ? symmetricFromText(text, size) : undefined;
  if (matrix === undefined) return refuse(`${where} has no "matrix" of ${size} × ${size} numbers`);
  return { kind: "zca", epsilon, mean: readStatistic(step, "mean", groups, where, refuse), matrix };
}

function readStd(step: Record<string, unknown>, groups: number, where: string, refuse: Refuse): Float64Array {
  const std = readStatistic(step, "std", groups, where, refuse);
  if (std.some((value) => value < 0)) return refuse(`${where} has a negative "std"`);
  return std;
}

function readStatistic(
  step: Record<string, unknown>,
  name: "mean" | "std",
  groups: number,
  where: string,
  refuse: Refuse,
): Float64Array {
  const values = step[name];
  if (!Array.isArray(values) || values.length !== groups || !values.every(Number.isFinite)) {
    return refuse(`${where} has no "${name}" of ${groups} number${groups === 1 ? "" : "s"}`);
  }
  return Float64Array.from(values);
}
