import type { ImageSplit } from "../data/dataset.ts";
import { AXES, type Axis, fitsByPixel } from "../statistics/axis.ts";
import { measure } from "../statistics/measure.ts";
import type { Moments } from "../statistics/moments.ts";
import { measureScaled } from "./measure-scaled.ts";
import { Scaler } from "./scaler.ts";
import { axisOf, hasFixedShape, isSamplewise, type ScalingStep } from "./steps/step-kinds.ts";

/** Mean and standard deviation of each channel of the training split, unscaled or scaled along an axis. */
export interface ChannelFigures {
  readonly axis: Axis | undefined;
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/**
 * Measures what each axis would do to each channel: on colour images this is what the choice of an axis decides.
 *
 * @returns nothing for gray images and for scalings on which the axis has no effect
 */
export async function measureAxes(
  steps: readonly ScalingStep[],
  train: ImageSplit,
): Promise<ChannelFigures[]> {
  const depends = steps.some((step) => axisOf(step, "global") !== axisOf(step, "channel"));
  // Whole-image steps, such as whitening, mix the channels and are slow to fit.
  if (train.shape.channels === 1 || !depends || steps.some(hasFixedShape)) return [];
  const effects = [figures(undefined, measure(train, "channel"))];
  for (const axis of AXES) {
    if (axis === "pixel" && !fitsByPixel(train.shape)) continue;
    if (axis === "pixel" && steps.some((step) => isSamplewise(step) && axisOf(step, axis) === axis)) continue;
    effects.push(figures(axis, await measureScaled(train, Scaler.fit(steps, train, { axis }), "channel")));
  }
  return effects;
}

function figures(axis: Axis | undefined, { mean, std }: Moments): ChannelFigures {
  return { axis, mean: [...mean], std: [...std] };
}
