import type { ChalkInstance } from "chalk";
import type { EpochResult } from "../../training/train.ts";
import { axisColumns, withAxes } from "./axis-rows.ts";
import { shortNumber } from "./numbers.ts";
import { pointRows, type Series } from "./points.ts";

const ROWS = 8;
/** Epochs are at most so many columns apart. */
const WIDEST_STEP = 6;

/** Loss and accuracy of a run by epoch as characters, at most so many columns wide. */
export function runPlot(epochs: readonly EpochResult[], width: number, chalk: ChalkInstance): string {
  const validations = epochs.flatMap(({ validation }) => validation ?? []);
  const draw = (title: string, values: (each: { loss: number; accuracy: number }) => number) => {
    const series = [
      { marker: "●", paint: chalk.hex("#0072B2"), values: epochs.map(values) },
      { marker: "○", paint: chalk.hex("#D55E00"), values: validations.map(values) },
    ].filter((each) => each.values.length > 0);
    return [
      chalk.bold(title),
      ...chartLines(series, width, String(epochs[0].epoch), String(epochs[epochs.length - 1].epoch)),
    ];
  };
  const legend = validations.length > 0 ? ["● training, ○ validation, by epoch"] : [];
  return [
    ...draw("loss", ({ loss }) => loss),
    ...draw("accuracy, %", ({ accuracy }) => 100 * accuracy),
    ...legend,
  ].join("\n");
}

function chartLines(series: readonly Series[], width: number, from: string, to: string): string[] {
  const values = series.flatMap((each) => each.values).filter(Number.isFinite);
  const [least, most] = values.length === 0 ? [0, 1] : [Math.min(...values), Math.max(...values)];
  const axes = { most: shortNumber(most), least: shortNumber(least), from, to };
  const count = Math.max(...series.map((each) => each.values.length));
  const room = Math.max(1, width - axisColumns(axes));
  const columns = Math.min(room, 1 + (count - 1) * WIDEST_STEP);
  return withAxes(pointRows(series, { least, most, rows: ROWS, columns }), columns, axes);
}
