import type { ImageShape, ImageSplit } from "../../data/dataset.ts";
import type { Axis } from "../../statistics/axis.ts";
import type { Moments } from "../../statistics/moments.ts";
import type { AffineMap, GroupMap } from "../apply/affine-map.ts";
import type { Rule } from "../apply/rule.ts";
import type { ConstantRule } from "./std.ts";
import type { StepFields } from "./step-fields.ts";
import type { StepFormula } from "./step-formula.ts";

/** Range, mean and population standard deviation, one entry per group of the axis. */
export type Statistics = Omit<Moments, "count">;

/** Quantiles of the data along the step's axis, by linear interpolation: for each fraction from 0 to 1 one entry per group. */
export type Quantiles = (fractions: readonly number[]) => readonly Float64Array[];

/** Every step, fitted or not, says which kind it is. */
interface Step {
  readonly kind: string;
}

/** A step that may have an axis of its own, written `standardize@channel`, instead of the scaling's. */
export interface AxisChoice {
  readonly axis?: Axis | undefined;
}

/**
 * Everything pixscale knows of one kind of scaling step. A new kind is one module that exports such an object, and one line in the
 * table of step-kinds.ts.
 *
 * @template Spec the step as the user asks for it
 * @template Fitted the step with the statistics it applies
 */
export type StepKind<Spec extends Step, Fitted extends Step> =
  | AffineKind<Spec, Fitted>
  | ImageKind<Spec, Fitted>;

interface CommonKind<Spec extends Step, Fitted extends Step> {
  readonly kind: Spec["kind"];
  /** How users write it, such as `normalize[=FACTOR]`. */
  readonly syntax: string;
  /** Which statistics it applies: none, those of the training split, or each image's own. */
  readonly statistics: "none" | "featurewise" | "samplewise";
  /**
   * Reads the step from a scaling's text.
   *
   * @param value what follows "=", if anything does
   * @param subject the setting the text came from, for the error
   * @throws UsageError if the value is missing, wrong or not expected
   */
  parse(value: string | undefined, subject: string): Spec;
  /** Its canonical text without its own axis, which `parse` reads back to the same step. */
  format(step: Spec): string;
  /** Whether the user gave its numbers, so that it holds no statistics. */
  given?(step: Spec): boolean;
  /** The same step with another rule for values that are constant on train; missing if it does not divide by a deviation of train. */
  withConstant?(step: Spec, rule: ConstantRule): Spec;
  /** What it learned, for people. */
  describe(step: Fitted): string;
  toJson(step: Fitted): Step;
  /** @throws PixscaleError if a field is missing or wrong */
  fromJson(fields: StepFields): Fitted;
  /** What the user should know if these pixels are scaled; `isFirst` if it is the scaling's first step. */
  cautionOnPixels?(step: Spec, images: ImageSplit, isFirst: boolean): string | undefined;
  /** What the user should know before it is fitted on these images. */
  cautionBeforeFit?(step: Spec, train: ImageSplit): string | undefined;
  /** What the user should know once it is fitted along an axis. */
  cautionAfterFit?(step: Fitted, axis: Axis | undefined): string | undefined;
}

/** A step that is `x → (x − shift) · scale` within each group. Neighbouring affine steps fold into one map. */
export interface AffineKind<Spec extends Step, Fitted extends Step> extends CommonKind<Spec, Fitted> {
  readonly form: "affine";
  /**
   * @param statistics of the data as earlier steps leave them, along the step's axis; measured when first called
   * @param quantiles read the images; only for a kind that `needsImages`
   * @throws UsageError if the step does not go with images of this shape
   */
  fit(step: Spec, statistics: () => Statistics, shape: ImageShape, quantiles: Quantiles): Fitted;
  /** Whether it cannot be fitted on statistics alone. */
  readonly needsImages?: boolean;
  /** Number of its groups: 1, that of the channels, or of all values of an image. Value `i` belongs to group `i mod groups`. */
  groups(step: Fitted): number;
  /** The map of one group followed by this step. `group` may count finer groups than the step's own. */
  fold(step: Fitted, map: GroupMap, group: number): GroupMap;
  /** Mean and deviation of the data after the step, from those before it, which are of its own groups or finer ones. */
  statisticsAfter(step: Fitted, before: Pick<Statistics, "mean" | "std">): Pick<Statistics, "mean" | "std">;
}

/** Any other step: it changes whole images. */
export interface ImageKind<Spec extends Step, Fitted extends Step> extends CommonKind<Spec, Fitted> {
  readonly form: "image";
  /** Whether it only takes images of the shape it was fitted on. */
  readonly fixedShape: boolean;
  /** Whether the affine steps right before it become part of it, through `StageContext.foldCentred`. */
  readonly absorbsAffine: boolean;
  /** @throws PixscaleError if the images cannot be used for it */
  fit(step: Spec, images: FitImages): Fitted;
  /** Number of its channels if it takes no others; 1 if missing. */
  groups?(step: Fitted): number;
  /** What runs the fitted step. @throws PixscaleError if it does not fit into memory */
  stage(step: Fitted, context: StageContext): Stage;
  /**
   * What it computes, for code in other libraries; missing if such code would be too long.
   *
   * @param axis the step's own, or else the scaling's
   */
  formula?(step: Fitted, axis: Axis | undefined): readonly StepFormula[];
  /** Functions of other libraries that do the same, for users who want code and find no formula. */
  readonly counterpart?: string;
  /** What undoes the step; missing if an image cannot be restored. @throws PixscaleError if the fitted step does not allow it */
  inverse?(step: Fitted): Stage;
}

/** The training images as earlier steps leave them. */
export interface FitImages {
  readonly train: ImageSplit;
  readonly axis: Axis;
  /** Threads that a long fit may use, including this one; the results do not depend on it. */
  readonly threads: number;
  /** @throws PixscaleError if they are not finite */
  statistics(): Statistics;
  readonly quantiles: Quantiles;
  /** The map that earlier steps and then a centring on `mean` fold into; undefined if an earlier step is not affine. */
  centredMap(mean: Float64Array): AffineMap | undefined;
  /** Hands on whole images, centred on `mean` after the earlier steps, in blocks whose memory is reused. */
  forEachCentredBlock(mean: Float64Array, take: (images: Float64Array) => void): void;
}

export interface StageContext {
  readonly axis: Axis;
  /** Of the images the step was fitted on. */
  readonly shape: ImageShape;
  /** For steps that absorb the affine steps before them: the map of those followed by a centring on `mean`. */
  foldCentred(mean: Float64Array): AffineMap;
}

/** Changes whole images in place, in double precision. */
export interface Stage {
  apply(images: Float64Array, shape: ImageShape): void;
  /** A faster way from pixels to output where the stage is a scaling's only one. */
  readonly rule?: Rule;
}
