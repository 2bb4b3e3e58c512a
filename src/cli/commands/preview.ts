import { extname } from "node:path";
import chalk from "chalk";
import { Command, Option } from "commander";
import { type Dataset, imageSize, SPLITS, type SplitName } from "../../data/dataset.ts";
import { gatherImages, selectImages } from "../../data/stored-split.ts";
import { UsageError } from "../../errors.ts";
import { writeFiles } from "../../files/write.ts";
import { thousands } from "../../output/format.ts";
import { chooseSamples, type Sample } from "../../output/preview/choose-samples.ts";
import { type Figures, figureLines, figuresTable, imageFigures } from "../../output/preview/figures.ts";
import { buildPreview, type Preview } from "../../output/preview/preview.ts";
import { terminalGrid } from "../../output/preview/terminal-grid.ts";
import { terminalWidth } from "../../output/terminal-width.ts";
import { RandomStream } from "../../random.ts";
import { parseScaling } from "../../scaling/parse.ts";
import { Scaler } from "../../scaling/scaler.ts";
import type { Axis } from "../../statistics/axis.ts";
import { parseScalings } from "../options/compare-values.ts";
import { addDataOptions, type DataFlags } from "../options/data.ts";
import { axisOption, choiceOption, integerOption, pathOption } from "../options/kinds.ts";
import { type CommonOptions, printResult, tell } from "../output.ts";
import { readDataset } from "../read-data.ts";
import { checkTarget } from "../targets.ts";
import { warnAfterFit, warnBeforeFit } from "../warnings.ts";

interface PreviewOptions extends CommonOptions, DataFlags {
  readonly scalings: readonly string[];
  readonly axis: Axis;
  readonly split: SplitName;
  readonly samples?: number;
  readonly classes?: number;
  readonly seed?: number;
  readonly image?: number;
  readonly save?: string;
}

/** What is shown of each image. */
interface Shown extends Sample {
  readonly name: string;
  readonly before: Figures;
  /** One per scaling. */
  readonly after: readonly Figures[];
}

const DEFAULT_CLASSES = 10;
/** More are too many to look at, and would fill memory. */
const MOST_IMAGES = 200;
/** Images without labels, or of a single class, are samples of the same. */
const DEFAULT_WITHOUT_CLASSES = 5;
/** The widest images in the terminal: of several samples, and of one. */
const [SAMPLE_COLUMNS, IMAGE_COLUMNS] = [32, 64];
/** The same in pixels of a picture. */
const [SAMPLE_PIXELS, IMAGE_PIXELS] = [128, 384];
/** Columns where the output does not go to a terminal. */
const PIPE_COLUMNS = 120;

/** `pixscale preview`: how images look before and after each scaling. */
export function previewCommand(): Command {
  const scalings = "normalize,center,standardize";
  return addDataOptions(new Command("preview"))
    .addOption(
      new Option("--scalings <list>", "scalings as for train, separated by commas")
        .argParser(parseScalings)
        .default(parseScalings(scalings), scalings),
    )
    .addOption(axisOption())
    .addOption(choiceOption("--split <name>", "which images to show", SPLITS).default("train"))
    .addOption(integerOption("--samples <n>", "images of each class (default: 1)"))
    .addOption(integerOption("--classes <n>", `most classes to show (default: ${DEFAULT_CLASSES})`))
    .addOption(
      integerOption("--seed <n>", "choose images at random from this seed (default: the first ones)", {
        least: 0,
      }),
    )
    .addOption(
      integerOption("--image <n>", "show only this image of the split, counted from 0, with its figures", {
        least: 0,
      }),
    )
    .addOption(pathOption("--save <file>", "write a picture, .png or .svg, instead of showing it"))
    .action(runPreview);
}

async function runPreview(data: string, options: PreviewOptions): Promise<void> {
  const { scalings, axis, save } = options;
  checkOptions(data, options);
  const dataset = await readDataset(data, options);
  const split = dataset[options.split];
  const samples = choose(dataset, options);
  const indexes = Uint32Array.from(samples, ({ index }) => index);
  const images = split.pixels === undefined ? gatherImages(split, indexes) : selectImages(split, indexes);
  const all = scalings.map((text) => parseScaling(text));
  warnBeforeFit(options, all, dataset.train);
  const size = imageSize(split.shape);
  const scaled: { title: string; values: Float32Array }[] = [];
  for (const [i, steps] of all.entries()) {
    // One after the other, as whitening's matrix is large.
    const scaler = await Scaler.fitAsync(steps, dataset.train, { axis });
    warnAfterFit(options, scaler);
    const values = new Float32Array(images.count * size);
    scaler.apply(images.pixels, images.shape, values);
    scaled.push({ title: scalings[i], values });
  }
  const before = imageFigures(images.pixels, size);
  const after = scaled.map(({ values }) => imageFigures(values, size));
  const shown: Shown[] = samples.map((sample, i) => ({
    ...sample,
    name: dataset.unlabelled ? "" : (dataset.classNames?.[sample.label] ?? String(sample.label)),
    before: before[i],
    after: after.map((figures) => figures[i]),
  }));
  const isOne = options.image !== undefined;
  const preview = buildPreview(
    images,
    scaled,
    shown.map(({ name }) => (isOne ? "" : name)),
  );
  if (save !== undefined) {
    await writePicture(save, preview, isOne ? shown[0] : undefined);
    tell(options, `wrote ${save}`);
    if (!options.json) return;
  }
  printResult(options, "preview", toDocument(dataset, options, shown, preview), () =>
    [
      heading(dataset, options, shown),
      "",
      picture(preview, isOne),
      ...(isOne ? figures(scalings, shown[0]) : []),
    ].join("\n"),
  );
}

/** @throws UsageError if options cannot be combined; PixscaleError if the picture cannot be written */
function checkOptions(data: string, { image, samples, classes, seed, save }: PreviewOptions): void {
  const other = Object.entries({ samples, classes, seed }).find(([, value]) => value !== undefined)?.[0];
  if (image !== undefined && other !== undefined) {
    throw new UsageError(`--${other}`, "chooses among images, and --image names one", "use one of the two");
  }
  if (save === undefined) return;
  if (![".png", ".svg"].includes(extname(save).toLowerCase())) {
    throw new UsageError("--save", `must end in .png or .svg (got "${save}")`, "rename it");
  }
  checkTarget(save, [data]);
}

/** @throws UsageError if the split has no images, or not the one named */
function choose(dataset: Dataset, { split: name, image, samples, classes, seed }: PreviewOptions): Sample[] {
  const { count, labels } = dataset[name];
  if (count === 0) {
    throw new UsageError("--split", `${dataset.name} has no ${name} images`, "choose the other split");
  }
  if (image !== undefined) {
    if (image < count) return [{ index: image, label: labels[image] }];
    const problem = `the ${name} split has ${thousands(count)} images, and no image ${image}`;
    throw new UsageError("--image", problem, `use a number from 0 to ${count - 1}`);
  }
  const perClass = samples ?? (dataset.unlabelled || dataset.classes === 1 ? DEFAULT_WITHOUT_CLASSES : 1);
  const random = seed === undefined ? undefined : new RandomStream(seed, "shuffle");
  const chosen = chooseSamples(labels, perClass, classes ?? DEFAULT_CLASSES, random);
  if (chosen.length <= MOST_IMAGES) return chosen;
  const problem = `${thousands(chosen.length)} images are too many to look at`;
  throw new UsageError("--samples", problem, `show at most ${MOST_IMAGES}, of fewer classes`);
}

function heading(dataset: Dataset, { split, image, axis }: PreviewOptions, shown: readonly Shown[]): string {
  const axisText = axis === "global" ? "" : `, axis ${axis}`;
  if (image !== undefined) {
    const label = shown[0].name === "" ? "" : `, label ${shown[0].name}`;
    return `${dataset.name}, ${split} split, image ${image}${label}${axisText}`;
  }
  const present = new Set(dataset[split].labels).size;
  const classes = new Set(shown.map(({ label }) => label)).size;
  const some = classes < present ? ` of ${classes} of ${present} classes` : "";
  return `${dataset.name}, ${split} split, ${shown.length} image${shown.length === 1 ? "" : "s"}${some}${axisText}`;
}

function picture(preview: Preview, isOne: boolean): string {
  const width = terminalWidth();
  return terminalGrid(preview, {
    width: Number.isFinite(width) ? width : PIPE_COLUMNS,
    mostWidth: isOne ? IMAGE_COLUMNS : SAMPLE_COLUMNS,
    chalk,
  });
}

function figures(scalings: readonly string[], { before, after }: Shown): string[] {
  return [figuresTable([["before", before], ...after.map((each, i) => [scalings[i], each] as const)])];
}

/** @param one the image whose figures stand below it, if there is only one */
async function writePicture(path: string, preview: Preview, one: Shown | undefined): Promise<void> {
  const { previewSvg } = await import("../../export/preview-picture.ts");
  const { svgToPng } = await import("../../export/svg-to-png.ts");
  const captions = one && [one.before, ...one.after].map(figureLines);
  const svg = await previewSvg(preview, one === undefined ? SAMPLE_PIXELS : IMAGE_PIXELS, captions);
  const content = extname(path).toLowerCase() === ".svg" ? svg : await svgToPng(svg);
  writeFiles(new Map([[path, content]]));
}

function toDocument(
  dataset: Dataset,
  { split, axis, scalings }: PreviewOptions,
  shown: readonly Shown[],
  { columns }: Preview,
): object {
  const scaleOf = (column: number) => ({
    least: columns[column].scale.least,
    most: columns[column].scale.most,
  });
  return {
    data: dataset.name,
    split,
    axis,
    colorScales: {
      before: scaleOf(0),
      ...Object.fromEntries(scalings.map((scaling, i) => [scaling, scaleOf(i + 1)])),
    },
    images: shown.map(({ index, label, name, before, after }) => ({
      image: index,
      ...(!dataset.unlabelled && { label }),
      ...(dataset.classNames && { className: name }),
      before,
      after: Object.fromEntries(after.map((each, i) => [scalings[i], each])),
    })),
  };
}
