import type { Axis } from "../../statistics/axis.ts";
import { caffe } from "./caffe.ts";
import { center } from "./center.ts";
import { clahe } from "./clahe.ts";
import { clip } from "./clip.ts";
import { gamma, log } from "./curves.ts";
import { gcn } from "./gcn.ts";
import { histeq } from "./histeq.ts";
import { lcn } from "./lcn.ts";
import { minmax } from "./minmax.ts";
import { cifar10, cifar100, fashionMnist, imagenet, mnist } from "./named-constants.ts";
import { normalize } from "./normalize.ts";
import { pca } from "./pca.ts";
import { rescale, symmetric } from "./rescale.ts";
import { robust } from "./robust.ts";
import { samplewiseCenter, samplewiseStandardize, samplewiseUnitStd } from "./samplewise.ts";
import { samplewiseMinmax } from "./samplewise-minmax.ts";
import { standardize } from "./standardize.ts";
import type { AffineKind, StepKind } from "./step-kind.ts";
import { unitStd } from "./unit-std.ts";
import { zca } from "./zca.ts";

/** All kinds of steps, in the order in which help lists them. */
const KINDS = [
  normalize,
  rescale,
  symmetric,
  center,
  standardize,
  unitStd,
  minmax,
  robust,
  clip,
  gamma,
  log,
  imagenet,
  cifar10,
  cifar100,
  mnist,
  fashionMnist,
  caffe,
  samplewiseCenter,
  samplewiseStandardize,
  samplewiseUnitStd,
  samplewiseMinmax,
  gcn,
  lcn,
  histeq,
  clahe,
  zca,
  pca,
] as const;

type Kind = (typeof KINDS)[number];

/** One step of a scaling as the user asks for it, before it is fitted. */
export type ScalingStep = ReturnType<Kind["parse"]>;

/** A step with the statistics it applies, if any. */
export type FittedStep = ReturnType<Kind["fit"]>;

/** A fitted step that is one map within each group. */
export type FittedAffine = ReturnType<Extract<Kind, { readonly form: "affine" }>["fit"]>;

type AnyKind = StepKind<ScalingStep, FittedStep>;

const BY_NAME: ReadonlyMap<string, AnyKind> = new Map(
  KINDS.map((kind) => [kind.kind, kind as unknown as AnyKind]),
);

/** The kind of that name; undefined if there is none. */
export function findKind(name: string): AnyKind | undefined {
  return BY_NAME.get(name);
}

/** The kind of a step. Every step has one, as long as its type holds. */
export function kindOf(step: ScalingStep | FittedStep): AnyKind {
  const kind = BY_NAME.get(step.kind);
  if (kind === undefined) throw new RangeError(`"${step.kind}" is not a kind of step`);
  return kind;
}

/** The steps in words, for help and errors. */
export const KNOWN_STEPS = ["none", ...KINDS.map(({ syntax }) => syntax)].join(", ");

/** The names of all kinds. */
export const STEP_NAMES: readonly string[] = ["none", ...KINDS.map(({ kind }) => kind)];

/** The names of the kinds that can be fitted on statistics alone, for errors. */
export const FROM_STATISTICS: readonly string[] = KINDS.filter(
  (kind) => kind.form === "affine" && !("needsImages" in kind && kind.needsImages),
).map(({ kind }) => kind);

export function affineKindOf(step: FittedAffine): AffineKind<ScalingStep, FittedStep> {
  return kindOf(step) as AffineKind<ScalingStep, FittedStep>;
}

/** Whether the step can be fitted on statistics alone. */
export function fitsOnStatistics(step: ScalingStep): boolean {
  return FROM_STATISTICS.includes(step.kind);
}

/** Narrows to the steps that are one map within each group. */
export function isAffine<Step extends ScalingStep | FittedStep>(
  step: Step,
): step is Extract<Step, { readonly kind: FittedAffine["kind"] }> {
  return kindOf(step).form === "affine";
}

/** Whether the step holds statistics of the training images. */
export function isFeaturewise(step: ScalingStep | FittedStep): boolean {
  const { statistics, given } = kindOf(step);
  return statistics === "featurewise" && given?.(step) !== true;
}

/**
 * What one statistic of the step covers; undefined if nothing about it depends on an axis.
 *
 * @param axis the scaling's, for steps without one of their own
 */
export function axisOf(step: ScalingStep | FittedStep, axis: Axis): Axis | undefined {
  if (!isFeaturewise(step) && !isSamplewise(step)) return undefined;
  return ("axis" in step ? step.axis : undefined) ?? axis;
}

/** Whether the step takes its statistics from each image alone. */
export function isSamplewise(step: ScalingStep | FittedStep): boolean {
  return kindOf(step).statistics === "samplewise";
}

/** Number of groups of the step's numbers, if they are more than one. */
export function groupsOf(step: FittedStep): number {
  return kindOf(step).groups?.(step) ?? 1;
}

/** Whether the step only takes images of the shape it was fitted on. */
export function hasFixedShape(step: ScalingStep | FittedStep): boolean {
  const kind = kindOf(step);
  return kind.form === "image" && kind.fixedShape;
}
