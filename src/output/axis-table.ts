import type { ChannelFigures } from "../scaling/axis-effects.ts";
import { decimal } from "../scaling/number.ts";
import type { Axis } from "../statistics/axis.ts";
import { statistic } from "./format.ts";
import { table } from "./table.ts";

/** What each axis does to mean and deviation of each channel of the training images. @param chosen the axis of the tables above, marked with a sign */
export function axisTable(effects: readonly ChannelFigures[], chosen: Axis): string {
  const head = ["axis", ...effects[0].mean.flatMap((_, channel) => [`mean ${channel}`, `std ${channel}`])];
  const rows = effects.map(({ axis, mean, std }) => [
    `${axis ?? "unscaled"}${axis === chosen ? " ★" : ""}`,
    ...mean.flatMap((value, i) => [statistic(value), decimal(std[i])]),
  ]);
  return table(head, rows);
}
