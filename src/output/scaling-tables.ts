import type { Dataset, SplitName } from "../data/dataset.ts";
import type { Measured, ScaledSplit } from "../scaling/measure-scaled.ts";
import { decimal } from "../scaling/number.ts";
import { formatScaling } from "../scaling/parse.ts";
import type { Scaler } from "../scaling/scaler.ts";
import { kindOf } from "../scaling/steps/step-kinds.ts";
import { shapeText, statistic, thousands } from "./format.ts";
import { table } from "./table.ts";

/** What a scaling learned, and the figures of each split that it scaled or, `back`, restored. */
export function scalingTables(
  dataset: Dataset,
  scaler: Scaler,
  splits: Readonly<Partial<Record<SplitName, ScaledSplit>>>,
  back = false,
): string {
  const rows = Object.entries(splits).flatMap(([name, { split, batches, firstBatch, whole }]) => {
    const row = (what: string, { count, min, max, mean, std }: Measured) => [
      name,
      what,
      shapeText(count, split.shape),
      decimal(min),
      decimal(max),
      statistic(mean),
      decimal(std),
    ];
    return [
      row("first batch", firstBatch),
      row(`all (${thousands(batches)} batch${batches === 1 ? "" : "es"})`, whole),
    ];
  });
  const fitted = scaler.steps.map((step) => `${kindOf(step).describe(step)}\n`).join("");
  const head = ["split", "images", "shape", "min", "max", "mean", "std"];
  const style = { textColumns: 3, giveWay: ["shape"], asides: ["images"] };
  return `${dataset.name}, scaled ${back ? "back from" : "with"} ${formatScaling(scaler.steps)}\n${fitted}${table(head, rows, style)}`;
}
