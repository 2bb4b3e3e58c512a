import type { ChannelFigures } from "../scaling/axis-effects.ts";
import { decimal } from "../scaling/number.ts";
import type { Axis } from "../statistics/axis.ts";
import { statistic } from "./format.ts";
import { table } from "./table.ts";

/** What each axis does to each channel. @param chosen the axis of the tables above */
export function axisTable(effects: readonly ChannelFigures[], chosen: Axis): string {
  const head = ["train", ...effects[0].mean.flatMap((_, i) => [`mean of channel ${i}`, "std"])];
  const rows = effects.map(({ axis, mean, std }) => [
    axis === undefined ? "unscaled" : `axis ${axis}${axis === chosen ? ", shown above" : ""}`,
    ...mean.flatMap((value, i) => [statistic(value), decimal(std[i])]),
  ]);
  return table(head, rows);
}
