import type { ChalkInstance } from "chalk";
import { type Histogram, isPeaked } from "../../statistics/histogram.ts";
import { axisColumns, withAxes } from "./axis-rows.ts";
import { barRows } from "./bars.ts";
import { compact, shortNumber } from "./numbers.ts";

/** Rows of the only channel, and of each of several. */
const [GRAY_ROWS, CHANNEL_ROWS] = [6, 4];
/** Red, green and blue that colour-blind people tell apart, as in the drawn charts. */
const RGB = ["#D55E00", "#009E73", "#0072B2"];
const FEWEST_COLUMNS = 8;

/** Histograms as characters, one below the other, at most so many columns wide. */
export function histogramText(
  histograms: readonly { readonly title: string; readonly histogram: Histogram }[],
  width: number,
  chalk: ChalkInstance,
): string {
  return histograms
    .flatMap(({ title, histogram }) => {
      const isLog = isPeaked(histogram);
      return histogram.counts.map((counts, channel) => {
        const names = histogram.counts.length === 3 ? ["red", "green", "blue"] : undefined;
        const name = histogram.counts.length === 1 ? "" : `, ${names?.[channel] ?? `channel ${channel}`}`;
        const paint = names === undefined ? (text: string) => text : chalk.hex(RGB[channel]);
        const rows = histogram.counts.length === 1 ? GRAY_ROWS : CHANNEL_ROWS;
        return [
          chalk.bold(`${title}${name}${isLog ? ", log axis" : ""}`),
          ...channelLines(counts, histogram, { width, rows, isLog, paint }),
        ].join("\n");
      });
    })
    .join("\n");
}

interface Style {
  readonly width: number;
  readonly rows: number;
  readonly isLog: boolean;
  readonly paint: (text: string) => string;
}

function channelLines(
  counts: Float64Array,
  { low, high }: Histogram,
  { width, rows, isLog, paint }: Style,
): string[] {
  const axes = (most: number) => ({
    most: compact(most),
    least: "0",
    from: shortNumber(low),
    to: shortNumber(high),
  });
  // Bins that are joined have larger counts, so the label is measured with all of them.
  const total = counts.reduce((sum, count) => sum + count, 0);
  const columns = Math.max(FEWEST_COLUMNS, width - axisColumns(axes(total)));
  const joined = joinBins(counts, columns);
  const most = Math.max(...joined);
  const height = (count: number) => (isLog ? Math.log1p(count) / Math.log1p(most) : count / most);
  const heights = most === 0 ? joined : joined.map(height);
  return withAxes(
    barRows(heights, rows).map((row) => paint(row)),
    joined.length,
    axes(most),
  );
}

/** Neighbouring bins together, so that there are at most so many. */
function joinBins(counts: Float64Array, most: number): number[] {
  const together = Math.ceil(counts.length / most);
  return Array.from({ length: Math.ceil(counts.length / together) }, (_, i) =>
    counts.subarray(i * together, (i + 1) * together).reduce((sum, count) => sum + count, 0),
  );
}
