import { Command } from "commander";
import type { ImageShape, Split, SplitName } from "../data/dataset.ts";
import { UsageError } from "../errors.ts";
import { checkWritableFile, writeFiles } from "../experiment/atomic-files.ts";
import type { ImageStatistics } from "../experiment/image-statistics/image-statistics.ts";
import { measureImages } from "../experiment/image-statistics/measure.ts";
import { mergeParts, partText } from "../experiment/image-statistics/part.ts";
import type { SplitTally } from "../experiment/image-statistics/split-tally.ts";
import type { Shard } from "../experiment/plan.ts";
import { toText } from "../experiment/run-folder.ts";
import { decimal, largest, shapeText, smallest } from "../report/format.ts";
import { type ChannelScaling, SNIPPETS, type SnippetTarget, snippet } from "../report/snippets.ts";
import { table } from "../report/table.ts";
import { foldSteps, spreadMap } from "../scaling/affine-map.ts";
import { type Axis, groupCount } from "../scaling/axis.ts";
import { isAffine } from "../scaling/fitted-step.ts";
import type { Moments } from "../scaling/moments.ts";
import { Scaler } from "../scaling/scaler.ts";
import { parseScaling, type ScalingStep } from "../scaling/spec.ts";
import { measure } from "../scaling/statistics.ts";
import {
  addData,
  type DataFlags,
  dataOptions,
  isImageFolder,
  readDataset,
  withReadObserver,
} from "./data.ts";
import { axisOption, choiceOption, pathOption, shardOption } from "./options.ts";
import { type CommonOptions, printResult, tell } from "./output.ts";

interface StatsOptions extends CommonOptions, DataFlags {
  readonly axis: Axis;
  readonly scaling: string;
  readonly save?: string;
  readonly shard?: Shard;
  readonly merge?: readonly string[];
  readonly snippet?: SnippetTarget;
}

/** `pixscale stats`: what a dataset holds. */
export function statsCommand(): Command {
  return addData(new Command("stats"))
    .description("shape, labels, min, max, mean and std of each split")
    .addOption(axisOption())
    .addOption(
      pathOption("--save <file>", "write the scaler fitted on train as JSON; with --shard, the part"),
    )
    .option("--scaling <spec>", "the scaling that --save and --snippet fit", "standardize")
    .addOption(shardOption("measure only the i-th of n parts of a folder of images"))
    .option("--merge <parts...>", "put together what --shard saved, instead of measuring")
    .addOption(
      choiceOption("--snippet <library>", "print code that scales so, instead of the tables", SNIPPETS),
    )
    .action(runStats);
}

async function runStats(data: string, options: StatsOptions): Promise<void> {
  const steps = parseScaling(options.scaling);
  if (options.save !== undefined) checkWritableFile(options.save);
  const { statistics, file } = await measureData(data, options);
  if (options.save !== undefined) {
    writeFiles(new Map([[options.save, file ?? toText(statistics.fit(steps))]]));
    tell(options, `wrote ${options.save}`);
  }
  const { name, classes, classNames, splits } = statistics;
  const code = options.snippet && snippet(options.snippet, channelScaling(statistics.fit(steps), statistics));
  const document = {
    data: name,
    classes,
    ...(classNames && { classNames }),
    axis: options.axis,
    ...(options.shard && { shard: options.shard }),
    splits: Object.fromEntries(splits.map((split) => [split.name, toDocument(split)])),
    ...(code !== undefined && { snippet: code }),
  };
  // The snippet has a last line break of its own.
  printResult(options, document, () => code?.trimEnd() ?? describe(statistics));
}

/**
 * The scaling as one subtraction and division for each channel.
 *
 * @throws UsageError if it is none
 */
function channelScaling({ steps, axis, shape }: Scaler, { bytes }: Statistics): ChannelScaling {
  const refuse = (flag: string, problem: string, remedy: string): never => {
    throw new UsageError(flag, problem, remedy);
  };
  if (axis === "pixel")
    return refuse("--axis", "the code takes no statistic per pixel", "use global or channel");
  const affine = steps.filter(isAffine);
  if (affine.length < steps.length) {
    return refuse(
      "--scaling",
      "the code can only subtract and divide",
      "use normalize, center, standardize or unit-std",
    );
  }
  const { shift, scale } = spreadMap(foldSteps(affine, groupCount(axis, shape), "--scaling"), shape.channels);
  if (scale.some((factor) => factor < 0)) {
    return refuse("--scaling", "the code cannot divide by a negative number", "use a factor above 0");
  }
  return {
    mean: [...shift],
    std: Array.from(scale, (factor) => 1 / factor),
    maxPixelValue: bytes ? 255 : undefined,
  };
}

interface Statistics {
  readonly name: string;
  readonly classes: number;
  readonly classNames: readonly string[] | undefined;
  /** Train, then test. */
  readonly splits: readonly SplitSummary[];
  /** Whether the pixels are bytes. */
  readonly bytes: boolean;
  /** Fits a scaling on train. */
  fit(steps: readonly ScalingStep[]): Scaler;
}

interface SplitSummary {
  readonly name: SplitName;
  readonly count: number;
  readonly shape: ImageShape;
  readonly labelCounts: readonly number[];
  /** Images that could not be decoded. */
  readonly skipped: number | undefined;
  /** Along the axis asked for. */
  readonly moments: Moments;
  /** What the table shows: on colour images the global figures and each channel's. */
  readonly shown: readonly (readonly [what: string, moments: Moments])[];
}

/** @returns with `--shard`, also what to save of it */
async function measureData(
  data: string,
  options: StatsOptions,
): Promise<{ statistics: Statistics; file?: string }> {
  const { axis, shard, merge } = options;
  if (shard !== undefined && (merge !== undefined || options.save === undefined)) {
    throw new UsageError("--shard", "gives a part, which is to be saved", "add --save part.json");
  }
  if (merge !== undefined) return { statistics: ofImages(mergeParts(merge, axis === "pixel"), axis) };
  if (await isImageFolder(data, options)) {
    const part = await withReadObserver(options, (observer) =>
      measureImages(
        data,
        { ...dataOptions(options), observer },
        shard ?? { part: 1, of: 1 },
        axis === "pixel",
      ),
    );
    return { statistics: ofImages(part.statistics, axis), ...(shard && { file: partText(part) }) };
  }
  if (shard !== undefined) {
    throw new UsageError("--shard", `${data} is not a folder of images`, "leave it out");
  }
  const { name, classes, classNames, train, test } = await readDataset(data, options);
  const splits = [summarizeSplit("train", train, classes, axis), summarizeSplit("test", test, classes, axis)];
  const fit = (steps: readonly ScalingStep[]) => Scaler.fit(steps, train, { axis });
  const bytes = train.pixels instanceof Uint8Array;
  return { statistics: { name, classes, classNames, splits, bytes, fit } };
}

function summarizeSplit(name: SplitName, split: Split, classes: number, axis: Axis): SplitSummary {
  const labelCounts = new Array<number>(classes).fill(0);
  for (const label of split.labels) labelCounts[label]++;
  const { count, shape } = split;
  return {
    name,
    count,
    shape,
    labelCounts,
    skipped: undefined,
    ...figures(shape, axis, (of) => measure(split, of)),
  };
}

function ofImages({ data, shape, levels, classNames, splits }: ImageStatistics, axis: Axis): Statistics {
  const summarize = (name: SplitName, { pixels, labelCounts, skipped }: SplitTally): SplitSummary => ({
    name,
    count: pixels.images,
    shape,
    labelCounts,
    skipped,
    ...figures(shape, axis, (of) => pixels.moments(of)),
  });
  return {
    name: data,
    classes: classNames.length,
    classNames,
    splits: [summarize("train", splits.train), summarize("test", splits.test)],
    bytes: levels === 256,
    fit: (steps) => Scaler.fitOnStatistics(steps, shape, axis, splits.train.pixels.moments(axis)),
  };
}

function figures(shape: ImageShape, axis: Axis, measureAlong: (axis: Axis) => Moments) {
  const moments = measureAlong(axis);
  const shown: [string, Moments][] =
    axis === "pixel" || shape.channels === 1
      ? [[axis, moments]]
      : [
          ["all", axis === "global" ? moments : measureAlong("global")],
          ["channel", axis === "channel" ? moments : measureAlong("channel")],
        ];
  return { moments, shown };
}

function toDocument({ count, shape, labelCounts, skipped, moments, shown }: SplitSummary): unknown {
  return {
    shape: [count, shape.height, shape.width, shape.channels],
    labelCounts: labelCounts.slice(0, labelCounts.findLastIndex((images) => images > 0) + 1),
    ...(skipped !== undefined && { skipped }),
    ...momentsDocument(moments),
    ...(shown.length > 1 &&
      Object.fromEntries(shown.map(([what, figures]) => [what, momentsDocument(figures)]))),
  };
}

function momentsDocument({ count, min, max, mean, std }: Moments) {
  return { valuesPerStatistic: count, min: [...min], max: [...max], mean: [...mean], std: [...std] };
}

function describe(statistics: Statistics): string {
  const { splits } = statistics;
  // On gray images there is nothing to tell apart, unless by pixel.
  const named = splits[0].shown.length > 1 || splits[0].shown[0][0] === "pixel";
  const head = ["split", "shape", ...(named ? ["values"] : []), "min", "max", "mean", "std"];
  const rows = splits.flatMap(({ name, count, shape, shown }) =>
    shown.flatMap(([what, moments]) =>
      figureRows(what, moments).map(([label, ...cells]) => [
        name,
        shapeText(count, shape),
        ...(named ? [label] : []),
        ...cells,
      ]),
    ),
  );
  return `${table(head, rows, named ? 3 : 2)}\n${labelTable(statistics)}`;
}

/** More classes than this do not fit side by side. */
const MAX_LABEL_COLUMNS = 20;

/** How many images each class has. */
function labelTable({ classes, classNames, splits }: Statistics): string {
  if (classes <= MAX_LABEL_COLUMNS) {
    const names = classNames ?? Array.from({ length: classes }, (_, label) => String(label));
    return table(
      ["label", ...names],
      splits.map(({ name, labelCounts }) => [name, ...labelCounts.map(String)]),
    );
  }
  const rows = splits.map(({ name, labelCounts }) => {
    const counts = Float64Array.from(labelCounts);
    return [name, String(classes), String(smallest(counts)), String(largest(counts))];
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
