import { setting } from "../../errors.ts";
import { spreadMap } from "../../scaling/apply/affine-map.ts";
import { foldAffine } from "../../scaling/apply/fold.ts";
import type { Scaler } from "../../scaling/scaler.ts";
import type { StepFormula } from "../../scaling/steps/step-formula.ts";
import { axisOf, type FittedAffine, isAffine, kindOf } from "../../scaling/steps/step-kinds.ts";

/** What the steps of a scaler that `requireSnippet` accepts compute, in order; neighbouring affine steps are one. */
export function formulasOf({ steps, axis, shape }: Pick<Scaler, "steps" | "axis" | "shape">): StepFormula[] {
  const formulas: StepFormula[] = [];
  let pending: FittedAffine[] = [];
  const flush = () => {
    if (pending.length > 0) formulas.push(affine(pending, shape.channels));
    pending = [];
  };
  for (const step of steps) {
    const kind = kindOf(step);
    if (isAffine(step)) {
      pending.push(step);
    } else if (kind.form === "image") {
      flush();
      formulas.push(...(kind.formula?.(step, axisOf(step, axis)) ?? []));
    }
  }
  flush();
  return formulas;
}

function affine(steps: readonly FittedAffine[], channels: number): StepFormula {
  const map = foldAffine(steps, setting("scaling"));
  const { shift, scale } = map.shift.length === 1 ? map : spreadMap(map, channels);
  return { op: "affine", mean: [...shift], std: Array.from(scale, (factor) => 1 / factor) };
}
