import type { Split } from "../data/dataset.ts";
import type { ScalingStep } from "../scaling/parse.ts";
import { Scaler } from "../scaling/scaler.ts";
import type { Axis } from "../statistics/axis.ts";
import type { CommonOptions } from "./output.ts";
import { interruptible } from "./signals.ts";
import { tellOfLongFit } from "./warnings.ts";

/**
 * `Scaler.fit` for people: it says when it takes long, and can be interrupted.
 *
 * @throws what `Scaler.fit` does
 */
export function fitScaler(
  options: CommonOptions,
  steps: readonly ScalingStep[],
  train: Split,
  axis: Axis,
): Scaler {
  tellOfLongFit(options, steps, train.shape);
  return interruptible(() => Scaler.fit(steps, train, { axis }));
}
