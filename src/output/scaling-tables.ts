import type { Dataset, SplitName } from "../data/dataset.ts";
import type { Measured, ScaledSplit } from "../scaling/measure-batches.ts";
import { formatNumber } from "../scaling/number.ts";
import { formatScaling } from "../scaling/parse.ts";
import type { Scaler } from "../scaling/scaler.ts";
import { decimal, largest, shapeText, smallest, statistic, thousands } from "./format.ts";
import { table } from "./table.ts";

/** What a scaling learned, and what it makes of each split. */
export function scalingTables(
  dataset: Dataset,
  scaler: Scaler,
  splits: Readonly<Record<SplitName, ScaledSplit>>,
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
  const fitted = scaler.steps.map(fittedText).join("\n");
  return `${dataset.name}, scaled with ${formatScaling(scaler.steps)}\n${fitted}\n${table(["split", "images", "shape", "min", "max", "mean", "std"], rows, 3)}`;
}

/** What a step learned from the training split. */
function fittedText(step: Scaler["steps"][number]): string {
  switch (step.kind) {
    case "normalize":
      return `normalize: factor ${formatNumber(step.factor)}`;
    case "center":
      return `center: train mean ${list(step.mean)}`;
    case "standardize":
      return `standardize: train mean ${list(step.mean)}, std ${list(step.std)}`;
    case "unit-std":
      return `unit-std: train std ${list(step.std)}`;
    case "zca":
      return `zca: train mean ${list(step.mean)}, epsilon ${formatNumber(step.epsilon)}`;
    default:
      return `${step.kind}: from each image alone`;
  }
}

function list(values: Float64Array): string {
  if (values.length <= 4) return Array.from(values, (value) => decimal(value)).join(", ");
  return `${decimal(smallest(values))} to ${decimal(largest(values))} (${values.length} of them)`;
}
