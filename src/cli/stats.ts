import { Command } from "commander";
import type { Dataset, Split } from "../data/dataset.ts";
import { checkWritableFile, writeFiles } from "../experiment/atomic-files.ts";
import { toText } from "../experiment/run-folder.ts";
import { decimal, largest, shapeText, smallest } from "../report/format.ts";
import { table } from "../report/table.ts";
import type { Axis } from "../scaling/axis.ts";
import type { Moments } from "../scaling/moments.ts";
import { Scaler } from "../scaling/scaler.ts";
import { parseScaling } from "../scaling/spec.ts";
import { measure } from "../scaling/statistics.ts";
import { addData, type DataFlags, readDataset } from "./data.ts";
import { axisOption, pathOption } from "./options.ts";
import { type CommonOptions, printResult, tell } from "./output.ts";

interface StatsOptions extends CommonOptions, DataFlags {
  readonly axis: Axis;
  readonly scaling: string;
  readonly save?: string;
}

/** `pixscale stats`: what a dataset holds. */
export function statsCommand(): Command {
  return addData(new Command("stats"))
    .description("shape, labels, min, max, mean and std of each split")
    .addOption(axisOption())
    .addOption(pathOption("--save <file>", "write the scaler fitted on train as JSON"))
    .option("--scaling <spec>", "the scaling that --save fits", "standardize")
    .action(runStats);
}

async function runStats(data: string, options: StatsOptions): Promise<void> {
  const steps = parseScaling(options.scaling);
  if (options.save !== undefined) checkWritableFile(options.save);
  const dataset = await readDataset(data, options);
  const measured = [
    summarize("train", dataset.train, dataset.classes, options.axis),
    summarize("test", dataset.test, dataset.classes, options.axis),
  ];
  if (options.save !== undefined) {
    const scaler = Scaler.fit(steps, dataset.train, { axis: options.axis });
    writeFiles(new Map([[options.save, toText(scaler)]]));
    tell(options, `wrote ${options.save}`);
  }
  const document = {
    data,
    classes: dataset.classes,
    ...(dataset.classNames && { classNames: dataset.classNames }),
    axis: options.axis,
    splits: Object.fromEntries(measured.map(({ name, ...split }) => [name, toDocument(split)])),
  };
  printResult(options, document, () => describe(dataset, measured));
}

interface SplitSummary {
  readonly name: string;
  readonly split: Split;
  readonly labelCounts: readonly number[];
  /** Along the axis asked for. */
  readonly moments: Moments;
  /** What the table shows: on colour images the global figures and each channel's. */
  readonly shown: readonly (readonly [what: string, moments: Moments])[];
}

function summarize(name: string, split: Split, classes: number, axis: Axis): SplitSummary {
  const labelCounts = new Array<number>(classes).fill(0);
  for (const label of split.labels) labelCounts[label]++;
  const moments = measure(split, axis);
  const shown: [string, Moments][] =
    axis === "pixel" || split.shape.channels === 1
      ? [[axis, moments]]
      : [
          ["all", axis === "global" ? moments : measure(split, "global")],
          ["channel", axis === "channel" ? moments : measure(split, "channel")],
        ];
  return { name, split, labelCounts, moments, shown };
}

function toDocument({ split, labelCounts, moments, shown }: Omit<SplitSummary, "name">): unknown {
  const { height, width, channels } = split.shape;
  return {
    shape: [split.count, height, width, channels],
    labelCounts: labelCounts.slice(0, labelCounts.findLastIndex((count) => count > 0) + 1),
    ...momentsDocument(moments),
    ...(shown.length > 1 &&
      Object.fromEntries(shown.map(([what, figures]) => [what, momentsDocument(figures)]))),
  };
}

function momentsDocument({ count, min, max, mean, std }: Moments) {
  return { valuesPerStatistic: count, min: [...min], max: [...max], mean: [...mean], std: [...std] };
}

function describe(dataset: Dataset, splits: readonly SplitSummary[]): string {
  // On gray images there is nothing to tell apart, unless by pixel.
  const named = splits[0].shown.length > 1 || splits[0].shown[0][0] === "pixel";
  const head = ["split", "shape", ...(named ? ["values"] : []), "min", "max", "mean", "std"];
  const rows = splits.flatMap(({ name, split, shown }) =>
    shown.flatMap(([what, moments]) =>
      figureRows(what, moments).map(([label, ...figures]) => [
        name,
        shapeText(split.count, split.shape),
        ...(named ? [label] : []),
        ...figures,
      ]),
    ),
  );
  const labels = labelTable(dataset, splits);
  return `${table(head, rows, named ? 3 : 2)}\n${labels}`;
}

/** More classes than this do not fit side by side. */
const MAX_LABEL_COLUMNS = 20;

/** How many images each class has. */
function labelTable({ classes, classNames }: Dataset, splits: readonly SplitSummary[]): string {
  if (classes <= MAX_LABEL_COLUMNS) {
    const names = classNames ?? Array.from({ length: classes }, (_, label) => String(label));
    return table(
      ["label", ...names],
      splits.map(({ name, labelCounts }) => [name, ...labelCounts.map(String)]),
    );
  }
  const rows = splits.map(({ name, labelCounts }) => {
    const counts = [Math.min(...labelCounts), Math.max(...labelCounts)];
    return [name, String(labelCounts.filter((count) => count > 0).length), ...counts.map(String)];
  });
  return table(["split", "classes", "fewest images", "most images"], rows);
}

/** One row a statistic; a statistic per pixel is summed up by its smallest and largest. */
function figureRows(what: string, { min, max, mean, std }: Moments): string[][] {
  if (what !== "pixel") {
    return Array.from(mean, (_, i) => [
      what === "channel" ? `channel ${i}` : what,
      ...[min, max, mean, std].map((values) => decimal(values[i])),
    ]);
  }
  return (["smallest", "largest"] as const).map((label) => {
    const pick = (values: Float64Array) => decimal(label === "smallest" ? smallest(values) : largest(values));
    return [`${label} of ${mean.length}`, pick(min), pick(max), pick(mean), pick(std)];
  });
}
