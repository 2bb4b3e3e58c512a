import { decimal } from "../scaling/number.ts";
import type { Moments } from "../statistics/moments.ts";
import type { DatasetSummary } from "../statistics/summary.ts";
import { largest, nameText, shapeText, smallest } from "./format.ts";
import { table } from "./table.ts";

/** The statistics of a dataset, and how many images each class has, as tables. */
export function statisticsTables(statistics: DatasetSummary): string {
  const { head, rows, textColumns } = statisticsTable(statistics);
  const figures = table(head, rows, { textColumns, giveWay: ["min", "max", "shape"] });
  return statistics.labelled ? `${figures}\n${labelTable(statistics)}` : `${figures}\nno labels`;
}

/** The statistics of each split as the cells of a table. */
export function statisticsTable(statistics: DatasetSummary): {
  head: string[];
  rows: string[][];
  textColumns: number;
} {
  // Images without labels have no test split.
  const splits = statistics.splits.filter(({ count }) => statistics.labelled || count > 0);
  // Gray images have one row each, unless by pixel.
  const named = splits[0].shown.length > 1 || splits[0].shown[0][0] === "pixel";
  const isEstimated = splits.some(({ moments }) => moments.uncertainty !== undefined);
  const head = [
    "split",
    "shape",
    ...(named ? ["values"] : []),
    ...(isEstimated
      ? ["min", "max", "mean", "SE of mean", "std", "SE of std"]
      : ["min", "max", "mean", "std"]),
  ];
  const rows = splits.flatMap(({ name, count, shape, sizes, shown }) =>
    shown.flatMap(([what, moments]) =>
      figureRows(what, moments).map(([label, ...cells]) => [
        name,
        shapeText(count, shape, sizes),
        ...(named ? [label] : []),
        // A split may be empty.
        ...(count === 0 ? cells.map(() => "·") : cells),
      ]),
    ),
  );
  return { head, rows, textColumns: named ? 3 : 2 };
}

/** More classes than this do not fit side by side. */
const MAX_LABEL_COLUMNS = 20;

/** How many images each class has. */
function labelTable({ classes, classNames, splits }: DatasetSummary): string {
  if (classes <= MAX_LABEL_COLUMNS) {
    const names = classNames ?? Array.from({ length: classes }, (_, label) => String(label));
    return table(
      ["label", ...names.map(nameText)],
      splits.map(({ name, labelCounts }) => [name, ...labelCounts.map(String)]),
    );
  }
  const rows = splits.map(({ name, labelCounts }) => {
    const counts = Float64Array.from(labelCounts);
    return [name, String(classes), String(smallest(counts)), String(largest(counts))];
  });
  return table(["split", "classes", "fewest images", "most images"], rows);
}

/** One row per statistic, with its standard error if it was estimated; a statistic per pixel shows its smallest and largest value. */
function figureRows(what: string, { min, max, mean, std, uncertainty }: Moments): string[][] {
  if (what !== "pixel") {
    const figures = uncertainty
      ? [min, max, mean, uncertainty.mean.standardErrors, std, uncertainty.std.standardErrors]
      : [min, max, mean, std];
    return Array.from(mean, (_, i) => [
      what === "channel" ? `channel ${i}` : what,
      ...figures.map((values) => decimal(values[i])),
    ]);
  }
  return (["smallest", "largest"] as const).map((label) => {
    const pick = (values: Float64Array) => decimal(label === "smallest" ? smallest(values) : largest(values));
    return [`${label} of ${mean.length}`, pick(min), pick(max), pick(mean), pick(std)];
  });
}
