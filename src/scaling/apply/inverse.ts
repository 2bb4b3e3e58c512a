import { PixscaleError } from "../../errors.ts";
import type { Stage } from "../steps/step-kind.ts";
import { type FittedAffine, type FittedStep, isAffine, kindOf } from "../steps/step-kinds.ts";
import { applyInPlace } from "./affine-map.ts";
import { foldAffine } from "./fold.ts";

/**
 * The stages that undo fitted steps, the last one first: neighbouring affine steps fold into one.
 *
 * @param subject names the scaling in errors
 * @throws PixscaleError if a step cannot be undone, or factors leave the range of float32
 */
export function toInverseStages(steps: readonly FittedStep[], subject: string): Stage[] {
  const stages: Stage[] = [];
  let pending: FittedAffine[] = [];
  const flush = () => {
    if (pending.length > 0) stages.unshift(inverseOfAffine(pending, subject));
    pending = [];
  };
  for (const step of steps) {
    const kind = kindOf(step);
    if (isAffine(step)) {
      pending.push(step);
    } else if (kind.form === "image") {
      flush();
      if (kind.inverse === undefined) {
        const problem = `"${step.kind}" cannot be undone, as it keeps too little of an image`;
        throw new PixscaleError(subject, problem, "use a scaling without this step");
      }
      stages.unshift(kind.inverse(step));
    }
  }
  flush();
  return stages;
}

/** `y = (x − shift) · scale` the other way: `x = (y + shift · scale) / scale`. */
function inverseOfAffine(steps: readonly FittedAffine[], subject: string): Stage {
  const { shift, scale } = foldAffine(steps, subject);
  const back = {
    shift: shift.map((value, group) => -value * scale[group]),
    scale: scale.map((value) => 1 / value),
  };
  return { apply: (images) => applyInPlace(back, images) };
}
