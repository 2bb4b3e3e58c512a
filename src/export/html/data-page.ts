import { type Dataset, type ImageSplit, pixelType } from "../../data/dataset.ts";
import { describeReading } from "../../data/images/reading.ts";
import { formatCount } from "../../output/format.ts";
import { pixelScale, scaleWords } from "../../output/preview/color-scale.ts";
import { statisticsTable } from "../../output/statistics-tables.ts";
import { pixelHistogram } from "../../scaling/histograms.ts";
import { type DataSurvey, surveyDataset } from "../../statistics/data-survey.ts";
import type { DatasetSummary } from "../../statistics/summary.ts";
import { classChart } from "../charts/class-chart.ts";
import { drawChart } from "../charts/draw-chart.ts";
import { histogramChart } from "../charts/histogram-chart.ts";
import { dataFindings } from "./data-findings.ts";
import { equalSection, oddSection } from "./odd-sections.ts";
import { figure, type Html, html, htmlTable, page, section } from "./page.ts";
import { className, imageOf, pictureItem, pictureList, signedKind } from "./picture-list.ts";
import { samplesSection } from "./samples-section.ts";

/** More classes than this have no chart and no table. */
const MOST_CHARTED = 60;
/** What a data sheet is about. */
export interface DataSheet {
  readonly dataset: Dataset;
  readonly summary: DatasetSummary;
  /** The command line that repeats it. */
  readonly command: string;
  /** Hash of all pixels and labels. */
  readonly fingerprint: string;
  readonly version: string;
}

/**
 * A dataset as one HTML file that needs neither network nor scripts.
 *
 * @throws PixscaleError if Vega or sharp is not installed, or a file that holds images is damaged
 */
export async function dataPage(sheet: DataSheet): Promise<string> {
  const { dataset, summary } = sheet;
  const survey = surveyDataset(dataset);
  return page(
    `Data sheet of ${summary.name}`,
    html`<p>${overview(dataset)}</p>`,
    html`<div class="answer">${dataFindings(summary, survey).map((line) => html`<p>${line}</p>`)}</div>`,
    figuresSection(summary),
    ...(summary.labelled ? [await classesSection(summary)] : []),
    await pixelsSection(dataset, survey),
    await samplesSection(dataset, summary),
    await oddSection(dataset, summary, survey),
    await equalSection(dataset, summary, survey),
    repeatSection(sheet),
  );
}

function overview({ train, validation, test, classes, unlabelled }: Dataset): string {
  const counts = Object.entries({ train, validation, test }).flatMap(([name, split]) =>
    split === undefined || split.count === 0 ? [] : [`${split.count.toLocaleString("en-US")} ${name}`],
  );
  const { height, width, channels } = train.shape;
  const values = channels === 1 ? "gray" : channels === 3 ? "colour" : `${channels} channels`;
  const labels = unlabelled ? "no labels" : formatCount(classes, "class", "classes");
  return `${counts.join(" + ")} images, ${height} × ${width} pixels, ${values}, ${pixelType(train)}, ${labels}.`;
}

function figuresSection(summary: DatasetSummary): Html {
  const { head, rows, textColumns } = statisticsTable(summary);
  return section("Pixel values", htmlTable("Pixel values of each split", head, rows, textColumns));
}

async function classesSection(summary: DatasetSummary): Promise<Html> {
  const { classes, splits } = summary;
  const title = "Classes";
  const shown = splits.filter(({ count }) => count > 0);
  if (classes > MOST_CHARTED) {
    const rows = shown.map(({ name, labelCounts }) =>
      [name, classes, Math.min(...labelCounts), Math.max(...labelCounts)].map(String),
    );
    return section(title, htmlTable(title, ["split", "classes", "fewest images", "most images"], rows));
  }
  const rows = Array.from({ length: classes }, (_, label) => [
    className(summary, label),
    ...shown.map(({ labelCounts }) => labelCounts[label].toLocaleString("en-US")),
  ]);
  const chart = figure({ html: await drawChart(classChart(summary)) }, "Images of each class.");
  const table = htmlTable("Images of each class", ["class", ...shown.map(({ name }) => name)], rows);
  return section(title, html`<div class="charts">${[chart, table]}</div>`);
}

async function pixelsSection(dataset: Dataset, { splits, positions }: DataSurvey): Promise<Html> {
  const histograms = splits.map(({ name, split }) => ({ title: name, histogram: pixelHistogram(split) }));
  const chart = figure(
    { html: await drawChart(histogramChart(histograms)) },
    "How often each pixel value occurs, per channel.",
  );
  return section(
    "Pixels",
    html`<div class="charts">${[
      chart,
      pictureList(
        [
          await meanPicture("Mean", positions.mean, dataset.train, pixelType(dataset.train) === "uint8"),
          await meanPicture("Standard deviation", positions.std, dataset.train, false),
        ],
        "large",
      ),
    ]}</div>`,
  );
}

/** A picture of a statistic at each position. */
async function meanPicture(
  what: string,
  values: Float64Array,
  { shape, ...split }: ImageSplit,
  isBytes: boolean,
): Promise<Html> {
  const image = imageOf(values, shape);
  const scale = pixelScale([image.values], isBytes, signedKind(shape));
  const words = scaleWords(scale);
  const alternative = `${what} of the ${split.count} training images at each position: ${words}`;
  return pictureItem({ image, alternative, lines: [what, words] }, scale);
}

function repeatSection({ summary, command, fingerprint, version }: DataSheet): Html {
  const { reading } = summary;
  const rows = reading === undefined ? [] : readingRows(describeReading(reading));
  return section(
    "How it was read, and how to repeat it",
    html`<pre tabindex="0"><code>${command}</code></pre>`,
    html`<p>pixscale ${version}. Dataset ${fingerprint.slice(0, 12)}.</p>`,
    ...(rows.length === 0 ? [] : [htmlTable("How images were decoded", ["setting", "value"], rows, 2)]),
  );
}

function readingRows({ resize, ...decoding }: ReturnType<typeof describeReading>): string[][] {
  return Object.entries({ ...decoding, ...resize }).map(([name, value]) => [name, String(value)]);
}
