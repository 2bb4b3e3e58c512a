import { PixscaleError } from "../../errors.ts";
import { type AffineStep, STD_EPSILON } from "../steps/affine-step.ts";

/**
 * `(x − shift) · scale` within each group. In this form, rather than `scale · x + offset`, a pixel that always has the
 * same value becomes (nearly) 0 however large the scale is.
 */
export interface AffineMap {
  readonly shift: Float64Array;
  readonly scale: Float64Array;
}

/**
 * Folds steps applied one after the other into one map.
 *
 * @param subject names the scaling in the error
 * @throws PixscaleError if the factors together leave the range of float32
 */
export function foldSteps(steps: readonly AffineStep[], groups: number, subject: string): AffineMap {
  const shift = new Float64Array(groups);
  const scale = new Float64Array(groups).fill(1);
  for (let group = 0; group < groups; group++) {
    for (const step of steps) {
      if (step.kind === "normalize") {
        scale[group] *= step.factor;
        continue;
      }
      if (step.kind !== "unit-std") {
        shift[group] += step.mean[group] / scale[group];
      }
      if (step.kind !== "center") {
        scale[group] /= step.std[group] + STD_EPSILON;
      }
    }
    if (!staysInRange(shift[group], scale[group])) {
      throw new PixscaleError(
        subject,
        "its factors scale pixels out of the range of 32-bit numbers",
        "use factors closer to 1",
      );
    }
  }
  return { shift, scale };
}

/** Whether the outputs for 0 and 255 are finite in float32 and differ. */
function staysInRange(shift: number, scale: number): boolean {
  const low = Math.fround((0 - shift) * scale);
  const high = Math.fround((255 - shift) * scale);
  return Number.isFinite(low) && Number.isFinite(high) && Math.fround(255 * scale) !== 0;
}

/** What a map of one group makes of each byte value. */
export function byteTable({ shift, scale }: AffineMap): Float32Array {
  return Float32Array.from({ length: 256 }, (_, value) => (value - shift[0]) * scale[0]);
}

/** The same map with one group for each of `size` values of an image; `size` is a multiple of the groups it has. */
export function spreadMap({ shift, scale }: AffineMap, size: number): AffineMap {
  const groups = shift.length;
  return {
    shift: Float64Array.from({ length: size }, (_, i) => shift[i % groups]),
    scale: Float64Array.from({ length: size }, (_, i) => scale[i % groups]),
  };
}
