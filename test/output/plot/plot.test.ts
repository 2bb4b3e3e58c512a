import { Chalk } from "chalk";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { barRows } from "../../../src/output/plot/bars.ts";
import { comparisonPlot } from "../../../src/output/plot/comparison-plot.ts";
import { histogramText } from "../../../src/output/plot/histogram-text.ts";
import { pointRows } from "../../../src/output/plot/points.ts";
import { runPlot } from "../../../src/output/plot/run-plot.ts";

const plain = new Chalk({ level: 0 });
const BLOCKS = " ▁▂▃▄▅▆▇█";

describe("bars", () => {
  it("have their height in eighths of a row", () => {
    expect(barRows([0, 0.001, 1 / 8, 1 / 2, 1], 1)).toEqual([" ▁▁▄█"]);
    expect(barRows([0.25, 0.5, 0.75, 1], 2)).toEqual(["  ▄█", "▄███"]);
  });

  it("can be read back from their characters", () => {
    const part = fc.float({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(part, { minLength: 1, maxLength: 70 }),
        fc.integer({ min: 1, max: 9 }),
        (heights, rows) => {
          const lines = barRows(heights, rows).map((line) => [...line]);
          for (const [i, height] of heights.entries()) {
            const eighths = lines.reduce((sum, line) => sum + BLOCKS.indexOf(line[i]), 0);
            // Half an eighth is lost to rounding, but nothing above 0 becomes 0.
            expect(Math.abs(eighths - height * rows * 8)).toBeLessThanOrEqual(eighths === 1 ? 1 : 0.5);
            expect(eighths > 0).toBe(height > 0);
          }
        },
      ),
    );
  });
});

describe("a histogram in the terminal", () => {
  const histogram = { low: 0, high: 256, counts: [Float64Array.of(0, 300, 600, 1200)] };

  it("has its counts as heights, and its ends below", () => {
    expect(histogramText([{ title: "train", histogram }], 40, plain).split("\n")).toEqual([
      "train",
      "1.2K ┤   █",
      "     │   █",
      "     │   █",
      "     │  ██",
      "     │ ▄██",
      "   0 ┤ ███",
      "     └────",
      "      0 256",
    ]);
  });

  it("is on a log axis where one bin dominates, so that the others are seen", () => {
    const counts = Float64Array.of(1_000_000, ...new Array<number>(63).fill(1000));
    const text = histogramText(
      [{ title: "train", histogram: { ...histogram, counts: [counts] } }],
      80,
      plain,
    );
    expect(text).toMatch(/^train, log axis\n/);
    // log(1001) / log(1000001) is half of six rows.
    const rows = text.split("\n").slice(1, 7);
    expect(rows.map((line) => line.at(-1))).toEqual([" ", " ", " ", "█", "█", "█"]);
  });

  it("is no wider than asked for, and keeps all values by joining bins", () => {
    const counts = Array.from({ length: 3 }, () => new Float64Array(64).fill(7));
    for (const width of [24, 40, 60, 79, 200]) {
      const text = histogramText(
        [{ title: "t", histogram: { low: -1.5, high: 2.25, counts } }],
        width,
        plain,
      );
      expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(width);
      expect(text.match(/^t, (red|green|blue)$/gm)).toEqual(["t, red", "t, green", "t, blue"]);
      expect(text).toContain("-1.5");
    }
    // Four bins of 7 in each column.
    const narrow = histogramText([{ title: "t", histogram: { low: 0, high: 1, counts } }], 24, plain);
    expect(narrow).toMatch(/^28 ┤█{16}$/m);
  });
});

describe("a comparison in the terminal", () => {
  const variant = (name: string, mean: number, verdict: object, difference: number | null) => ({
    name,
    accuracy: { mean, interval: [mean - 0.02, mean + 0.02] },
    runs: [mean - 0.01, mean + 0.01].map((testAccuracy) => ({ testAccuracy, failure: null })),
    comparison: { verdict, difference },
  });
  const comparison = {
    best: "a",
    method: { margin: 0.01 },
    variants: [
      variant("bb", 0.92, { kind: "worse", interval: [-0.07, -0.05] }, -0.06),
      variant("a", 0.98, { kind: "best" }, null),
    ],
  };

  it("has runs, means, intervals and margin where their values are", () => {
    // 41 columns from 90 to 100 %, then from -7 to 1 points.
    expect(comparisonPlot(comparison as never, 45, plain).split("\n")).toEqual([
      "test accuracy, %   · run  ● mean  ─ interval",
      `a  │${" ".repeat(24)}────·───●───·────`,
      "bb │────·───●───·────",
      `    90${" ".repeat(36)}100`,
      "points against a   ░ margin of 1",
      `bb │─────●─────${" ".repeat(19)}░░░░░░░░░░░`,
      `    -7${" ".repeat(38)}1`,
    ]);
  });

  it("leaves out differences that have no bounds yet", () => {
    const early = { kind: "undecided", interval: [-Infinity, Infinity] };
    const variants = [comparison.variants[1], variant("bb", 0.92, early, -0.06)];
    const text = comparisonPlot({ ...comparison, variants } as never, 45, plain);
    expect(text).not.toContain("points against");
  });
});

describe("points", () => {
  const paint = (text: string) => text;

  it("lie where their values are", () => {
    const series = [{ marker: "o", paint, values: [0, 5, Number.NaN, 10] }];
    expect(pointRows(series, { least: 0, most: 10, rows: 3, columns: 7 })).toEqual([
      "      o",
      "  o    ",
      "o      ",
    ]);
  });

  it("of a run show training and validation by epoch", () => {
    const epoch = (number: number, loss: number, validation?: number) => ({
      epoch: number,
      steps: 1,
      milliseconds: 1,
      loss,
      accuracy: 1 - loss / 4,
      ...(validation && { validation: { loss: validation, accuracy: 1 - validation / 4 } }),
    });
    const lines = runPlot([epoch(1, 2, 1.5), epoch(2, 1, 0.5)] as never, 60, plain).split("\n");
    expect(lines.slice(0, 2)).toEqual(["loss", "  2 ┤●      "]);
    expect(lines[8]).toBe("0.5 ┤      ○");
    expect(lines).toContain("87.5 ┤      ○");
    expect(lines.at(-1)).toBe("● training, ○ validation, by epoch");
    expect(runPlot([epoch(1, 2)] as never, 60, plain)).not.toContain("○");
  });
});
