import type { TopLevelSpec } from "vega-lite";
import { byAccuracy, type ComparedVariant, type Comparison } from "../../experiment/comparison.ts";
import { boundedInterval } from "../../experiment/inference/verdict.ts";
import { type Chart, PALETTE } from "./draw-chart.ts";

/** Narrow enough for a phone; wider screens enlarge it. */
const WIDTH = 340;
const ROW = 34;
/** Learning curves of more steps are thinned out to this many points. */
const MOST_POINTS = 200;

const percentOf = (part: number) => 100 * part;
const format = (value: number, digits = 2) => value.toFixed(digits);

/** The charts of a comparison, best variant first: accuracies, differences from the best, learning curves. */
export function comparisonCharts(comparison: Comparison): Chart[] {
  const variants = byAccuracy(comparison.variants);
  const differences = differenceChart(comparison, variants);
  const curves = variants.some(({ curve }) => curve.length > 1);
  return [
    ...(variants.some(({ accuracy }) => accuracy !== null) ? [accuracyChart(variants)] : []),
    ...(differences ? [differences] : []),
    ...(curves ? [curveChart(variants)] : []),
  ];
}

/** All of them in one chart. */
export function comparisonChart(comparison: Comparison): Chart {
  const charts = comparisonCharts(comparison);
  const parts = charts.map(({ spec: { autosize: _, padding: __, ...part } }) => part);
  return {
    name: "comparison",
    alternative: charts.map(({ alternative }) => alternative).join(" "),
    // The type of a part is not exported.
    spec: { padding: 4, vconcat: parts, resolve: { scale: { color: "independent" } } } as TopLevelSpec,
  };
}

function frame(rows: number) {
  return {
    width: WIDTH,
    height: rows * ROW + 50,
    autosize: { type: "fit", contains: "padding" },
    padding: 4,
  } as const;
}

/** A variant has the same colour in all charts. */
function colorOf(variants: readonly ComparedVariant[]) {
  const scale = { domain: variants.map(({ name }) => name), range: PALETTE };
  return { field: "name", type: "nominal", sort: null, scale } as const;
}

const NAME = { field: "name", type: "nominal", title: null, sort: null } as const;

/** Each run's accuracy as a point, the mean as a line, with the interval of the mean. */
function accuracyChart(variants: readonly ComparedVariant[]): Chart {
  const runs = variants.flatMap(({ name, runs: all }) =>
    all.flatMap(({ testAccuracy, failure }) =>
      testAccuracy === null || failure !== null ? [] : [{ name, accuracy: percentOf(testAccuracy) }],
    ),
  );
  const means = variants.flatMap(({ name, accuracy }) => {
    if (accuracy === null) return [];
    const [low, high] = (accuracy.interval ?? [accuracy.mean, accuracy.mean]).map(percentOf);
    return [{ name, mean: percentOf(accuracy.mean), low, high }];
  });
  const x = { type: "quantitative", scale: { zero: false, nice: true }, title: "test accuracy, %" } as const;
  return {
    name: "accuracy",
    alternative: `Test accuracy of each run, with mean and 95 % interval. ${means
      .map(({ name, mean }) => `${name}: ${format(mean)} %`)
      .join("; ")}.`,
    spec: {
      ...frame(variants.length),
      layer: [
        {
          data: { values: means },
          mark: { type: "rule", strokeWidth: 2 },
          encoding: { y: NAME, x: { ...x, field: "low" }, x2: { field: "high" } },
        },
        {
          data: { values: runs },
          mark: { type: "point", filled: true, size: 45, opacity: 0.65 },
          encoding: {
            y: NAME,
            x: { ...x, field: "accuracy" },
            color: { ...colorOf(variants), legend: null },
          },
        },
        {
          data: { values: means },
          mark: { type: "tick", thickness: 3, size: 18, color: "currentColor" },
          encoding: { y: NAME, x: { ...x, field: "mean" } },
        },
      ],
    },
  };
}

/** A forest plot: the difference of each variant from the best, its interval, and the margin around zero. */
function differenceChart(
  { best, method: { margin } }: Comparison,
  variants: readonly ComparedVariant[],
): Chart | undefined {
  const values = variants.flatMap(({ name, comparison: { difference, verdict, text } }) => {
    const interval = boundedInterval(verdict);
    if (difference === null || interval === undefined) return [];
    const [low, high] = interval.map(percentOf);
    return [{ name, difference: percentOf(difference), low, high, text }];
  });
  if (values.length === 0) return undefined;
  const x = { type: "quantitative", title: `points against ${best}` } as const;
  return {
    name: "difference",
    alternative: `Difference of each scaling's accuracy from ${best}, with its interval and the margin of ${format(percentOf(margin), 1)} points. ${values
      .map(({ name, text }) => `${name}: ${text}`)
      .join("; ")}.`,
    spec: {
      ...frame(values.length),
      layer: [
        {
          data: { values: [{ low: -percentOf(margin), high: percentOf(margin) }] },
          mark: { type: "rect", color: "#009E73", opacity: 0.2 },
          encoding: { x: { ...x, field: "low" }, x2: { field: "high" } },
        },
        { data: { values: [{ zero: 0 }] }, mark: { type: "rule" }, encoding: { x: { ...x, field: "zero" } } },
        {
          data: { values },
          mark: { type: "rule", strokeWidth: 3 },
          encoding: {
            y: NAME,
            x: { ...x, field: "low" },
            x2: { field: "high" },
            color: { ...colorOf(variants), legend: null },
          },
        },
        {
          data: { values },
          mark: { type: "point", filled: true, size: 90, opacity: 1 },
          encoding: {
            y: NAME,
            x: { ...x, field: "difference" },
            color: { ...colorOf(variants), legend: null },
          },
        },
      ],
    },
  };
}

/** Mean accuracy while training, with a band from the worst to the best seed. */
function curveChart(variants: readonly ComparedVariant[]): Chart {
  const values = variants.flatMap(({ name, curve }) => {
    const every = Math.ceil(curve.length / MOST_POINTS);
    const shown = curve.filter((_, i) => i % every === 0 || i === curve.length - 1);
    return shown.map(({ epoch, accuracy, low, high }) => ({
      name,
      epoch,
      accuracy: percentOf(accuracy),
      low: percentOf(low),
      high: percentOf(high),
    }));
  });
  const x = { field: "epoch", type: "quantitative", title: "epoch", scale: { zero: false } } as const;
  const y = { type: "quantitative", scale: { zero: false }, title: "test accuracy, %" } as const;
  const last = variants.flatMap(({ name, curve }) => {
    const end = curve[curve.length - 1];
    return end === undefined ? [] : [`${name} ends at ${format(percentOf(end.accuracy))} %`];
  });
  return {
    name: "learning-curves",
    alternative: `Mean test accuracy while training, with a band over the seeds. ${last.join("; ")}.`,
    spec: {
      ...frame(0),
      height: 260 + 11 * variants.length,
      data: { values },
      encoding: { x, color: colorOf(variants) },
      layer: [
        {
          mark: { type: "area", opacity: 0.18 },
          encoding: {
            y: { ...y, field: "low" },
            y2: { field: "high" },
          },
        },
        { mark: { type: "line", point: true }, encoding: { y: { ...y, field: "accuracy" } } },
      ],
    },
  };
}
