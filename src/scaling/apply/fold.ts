import type { ImageShape } from "../../data/dataset.ts";
import { PixscaleError } from "../../errors.ts";
import type { Axis } from "../../statistics/axis.ts";
import { affineKindOf, type FittedAffine } from "../steps/step-kinds.ts";
import type { AffineMap, GroupMap } from "./affine-map.ts";

/** What the statistics of fitted steps cover. */
export interface Fitted {
  readonly axis: Axis;
  /** Of the images the steps were fitted on. */
  readonly shape: ImageShape;
}

/**
 * Folds affine steps, applied left to right, into one map with a group for each of their statistics.
 *
 * @param subject names the scaling in the error
 * @throws PixscaleError if the factors together leave the range of float32
 */
export function foldAffine(steps: readonly FittedAffine[], subject: string): AffineMap {
  // The numbers of groups divide each other.
  const groups = Math.max(1, ...steps.map((step) => affineKindOf(step).groups(step)));
  const shift = new Float64Array(groups);
  const scale = new Float64Array(groups);
  for (let group = 0; group < groups; group++) {
    let map: GroupMap = { shift: 0, scale: 1 };
    for (const step of steps) map = affineKindOf(step).fold(step, map, group);
    requireRange(map, subject);
    shift[group] = map.shift;
    scale[group] = map.scale;
  }
  return { shift, scale };
}

/** The outputs for 0 and 255 must be finite in float32 and differ. */
function requireRange({ shift, scale }: GroupMap, subject: string): void {
  const low = Math.fround((0 - shift) * scale);
  const high = Math.fround((255 - shift) * scale);
  if (Number.isFinite(low) && Number.isFinite(high) && Math.fround(255 * scale) !== 0) return;
  const problem = "its factors take pixels out of the range of 32-bit numbers";
  throw new PixscaleError(subject, problem, "use factors closer to 1");
}
