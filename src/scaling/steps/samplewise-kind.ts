import type { Axis } from "../../statistics/axis.ts";
import { type ChangeGroup, changeGroups } from "../contrast/image-group.ts";
import { plainText } from "./plain-text.ts";
import type { StepFields } from "./step-fields.ts";
import type { SamplewiseFormula, StepFormula } from "./step-formula.ts";
import type { AxisChoice, ImageKind, Stage, StageContext } from "./step-kind.ts";

/** A step that uses each image's own statistics: nothing is fitted. Keras: `samplewise_…`. */
export interface Samplewise<Kind extends string> extends AxisChoice {
  readonly kind: Kind;
}

/** What all samplewise kinds have in common. */
export const samplewise = {
  form: "image",
  statistics: "samplewise",
  fixedShape: false,
  absorbsAffine: false,
} as const;

/** A stage that changes the values of each image, or of each of its channels, in double precision. */
export function samplewiseStage(step: AxisChoice, context: StageContext, change: ChangeGroup): Stage {
  const axis = step.axis ?? context.axis;
  return { apply: (images, shape) => changeGroups(images, shape, axis, change) };
}

/** The axis of a samplewise step in JSON. @throws PixscaleError on axis pixel */
export function samplewiseAxis(fields: StepFields): AxisChoice {
  return fields.axis === "pixel"
    ? fields.refuse("is samplewise, which has no axis pixel")
    : fields.axisChoice();
}

/** The formula of a samplewise step along an axis. */
export function samplewiseFormula(formula: SamplewiseFormula, axis: Axis | undefined): StepFormula[] {
  return [{ op: "samplewise", perChannel: axis === "channel", ...formula }];
}

/** How such a step can be had elsewhere: as a formula, or as functions of other libraries. */
export interface Elsewhere {
  readonly formula?: SamplewiseFormula;
  readonly counterpart?: string;
}

/** A samplewise kind without numbers of its own. */
export function samplewiseKind<Kind extends string>(
  kind: Kind,
  change: ChangeGroup,
  { formula, counterpart }: Elsewhere = {},
): ImageKind<Samplewise<Kind>, Samplewise<Kind>> {
  return {
    ...plainText(kind),
    ...samplewise,
    fit: (step) => step,
    stage: (step, context) => samplewiseStage(step, context, change),
    ...(formula && { formula: (_, axis) => samplewiseFormula(formula, axis) }),
    ...(counterpart && { counterpart }),
    describe: () => `${kind}: from each image alone`,
    toJson: ({ axis }) => ({ kind, ...(axis && { axis }) }),
    fromJson: (fields) => ({ kind, ...samplewiseAxis(fields) }),
  };
}
