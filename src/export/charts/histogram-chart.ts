import type { TopLevelSpec } from "vega-lite";
import { type Histogram, isPeaked } from "../../statistics/histogram.ts";
import { type Chart, PALETTE } from "./draw-chart.ts";

const SIZE = { width: 440, height: 150 };
/** Gray is drawn in one colour, red, green and blue in theirs. */
const RGB = ["#D55E00", "#009E73", "#0072B2"];
/** A bar of one value has a height on a log axis, too; empty bins have no bar. */
const LEAST = 0.5;
const POWERS = Array.from({ length: 13 }, (_, power) => 10 ** power);

/** Histograms below each other, such as before and after a scaling. */
export function histogramChart(
  histograms: readonly { readonly title: string; readonly histogram: Histogram }[],
): Chart {
  return {
    name: "histogram",
    alternative: `Histograms per channel: ${histograms.map(({ title, histogram }) => `${title}, from ${shown(histogram.low)} to ${shown(histogram.high)}`).join("; ")}.`,
    spec: {
      padding: 4,
      vconcat: histograms.map(({ title, histogram }) => ({ title, ...part(histogram) })),
    } as TopLevelSpec,
  };
}

function part(histogram: Histogram) {
  const { low, high, counts } = histogram;
  const bins = counts[0].length;
  const width = (high - low) / bins;
  const names = counts.length === 3 ? ["red", "green", "blue"] : counts.map((_, i) => `channel ${i}`);
  const values = counts.flatMap((channel, c) =>
    Array.from(channel, (count, bin) => ({
      channel: names[c],
      from: low + bin * width,
      to: low + (bin + 1) * width,
      count,
    })),
  );
  const peaked = isPeaked(histogram);
  const scale = { domain: names, range: counts.length === 3 ? RGB : PALETTE };
  return {
    ...SIZE,
    data: { values: values.filter(({ count }) => count > 0) },
    mark: { type: "bar", opacity: counts.length === 1 ? 0.9 : 0.45, binSpacing: 0 },
    encoding: {
      x: { field: "from", type: "quantitative", title: "value", bin: { binned: true } },
      x2: { field: "to" },
      y: {
        field: "count",
        type: "quantitative",
        stack: null,
        title: peaked ? "values, log axis" : "values",
        axis: { format: "~s" },
        ...(peaked && {
          scale: { type: "log", domainMin: LEAST },
          axis: { values: POWERS, format: "~s" },
        }),
      },
      ...(peaked && { y2: { datum: LEAST } }),
      color: {
        field: "channel",
        type: "nominal",
        sort: null,
        scale,
        ...(counts.length === 1 && { legend: null }),
      },
    },
  } as const;
}

function shown(value: number): string {
  return String(Number(value.toPrecision(4)));
}
