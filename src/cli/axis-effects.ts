import type { Split } from "../data/dataset.ts";
import { decimal, statistic } from "../output/format.ts";
import { table } from "../output/table.ts";
import { measureScaled } from "../scaling/measure-scaled.ts";
import type { ScalingStep } from "../scaling/parse.ts";
import { Scaler } from "../scaling/scaler.ts";
import { isSamplewise } from "../scaling/steps/fitted-step.ts";
import { AXES, type Axis } from "../statistics/axis.ts";
import { measure } from "../statistics/measure.ts";
import type { Moments } from "../statistics/moments.ts";

/** Mean and standard deviation of each channel of the training split: unscaled, or scaled along an axis. */
export interface ChannelFigures {
  readonly axis: Axis | undefined;
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/**
 * What each axis would do to each channel, by measurement: on colour images this is what the choice of `--axis` is about.
 *
 * @returns nothing for gray images and for scalings that no axis changes
 */
export function measureAxes(steps: readonly ScalingStep[], train: Split): ChannelFigures[] {
  // Whitening mixes the channels, and is slow to fit.
  const changes = steps.some(({ kind }) => kind !== "normalize") && steps.every(({ kind }) => kind !== "zca");
  if (train.shape.channels === 1 || !changes) return [];
  const axes = AXES.filter((axis) => axis !== "pixel" || !steps.some(isSamplewise));
  const figures = (axis: Axis | undefined, { mean, std }: Moments) => ({
    axis,
    mean: [...mean],
    std: [...std],
  });
  return [
    figures(undefined, measure(train, "channel")),
    ...axes.map((axis) => figures(axis, measureScaled(train, Scaler.fit(steps, train, { axis }), "channel"))),
  ];
}

/** The figures as a table; nothing if there are none. */
export function describeAxes(effects: readonly ChannelFigures[], chosen: Axis): string {
  if (effects.length === 0) return "";
  const head = ["train", ...effects[0].mean.flatMap((_, i) => [`mean of channel ${i}`, "std"])];
  const rows = effects.map(({ axis, mean, std }) => [
    axis === undefined ? "unscaled" : `--axis ${axis}${axis === chosen ? ", shown above" : ""}`,
    ...mean.flatMap((value, i) => [statistic(value), decimal(std[i])]),
  ]);
  return `\n${table(head, rows)}`;
}
