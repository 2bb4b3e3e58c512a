import type { TopLevelSpec } from "vega-lite";
import type { DatasetSummary } from "../../statistics/summary.ts";
import { type Chart, PALETTE } from "./draw-chart.ts";

const WIDTH = 320;
const BAR = 9;
const GAP = 7;

/** How many images each class has in each split that has images. */
export function classChart({ splits, classNames, classes }: DatasetSummary): Chart {
  const shown = splits.filter(({ count }) => count > 0);
  const names = Array.from({ length: classes }, (_, label) => classNames?.[label] ?? String(label));
  const values = shown.flatMap(({ name, labelCounts }) =>
    names.map((label, i) => ({ split: name, class: label, images: labelCounts[i] })),
  );
  const ranges = shown.map(({ name, labelCounts }) => {
    const counts = labelCounts.map((count) => count.toLocaleString("en-US"));
    return `${name} ${names.map((label, i) => `${label} ${counts[i]}`).join(", ")}`;
  });
  return {
    name: "classes",
    alternative: `Images of each class: ${ranges.join("; ")}.`,
    spec: {
      width: WIDTH,
      height: { step: BAR * shown.length + GAP, for: "position" },
      padding: 4,
      data: { values },
      mark: "bar",
      encoding: {
        y: { field: "class", type: "nominal", sort: names, title: null },
        yOffset: { field: "split", sort: shown.map(({ name }) => name) },
        x: { field: "images", type: "quantitative", title: "images" },
        color: {
          field: "split",
          type: "nominal",
          scale: { domain: shown.map(({ name }) => name), range: PALETTE },
        },
      },
    } as TopLevelSpec,
  };
}
