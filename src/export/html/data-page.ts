import type { Dataset, ImageSplit } from "../../data/dataset.ts";
import { nameText, statistic, thousands } from "../../output/format.ts";
import { pixelHistogram } from "../../scaling/histograms.ts";
import { measure } from "../../statistics/measure.ts";
import { findOddImages, type OddImage } from "../../statistics/odd-images.ts";
import type { DatasetSummary } from "../../statistics/summary.ts";
import { drawChart } from "../charts/draw-chart.ts";
import { histogramChart } from "../charts/histogram-chart.ts";
import { encodeImages, encodePng } from "../png.ts";
import { figure, type Html, html, htmlTable, page, section } from "./page.ts";

const MOST_ODD = 8;
const MOST_DUPLICATES = 12;

/**
 * A data sheet: shape, classes, histograms, the mean image and odd images, as one HTML file that needs neither network nor scripts.
 *
 * @param command that repeats it
 * @throws PixscaleError if Vega or sharp is not installed
 */
export async function dataPage(dataset: Dataset, summary: DatasetSummary, command: string): Promise<string> {
  const splits = [
    { name: "train", split: dataset.train },
    { name: "test", split: dataset.test },
  ].filter(({ split }) => split.count > 0);
  const histograms = splits.map(({ name, split }) => ({ title: name, histogram: pixelHistogram(split) }));
  const chart = histogramChart(histograms);
  return page(
    `The images of ${dataset.name}`,
    section("Figures", figuresTable(summary), ...classTable(summary)),
    section("Pixels", figure({ html: await drawChart(chart) }, "Histograms of the pixels, per channel.")),
    await meanSection(dataset.train),
    await oddSection(dataset.train),
    section("How to repeat it", html`<pre tabindex="0"><code>${command}</code></pre>`),
  );
}

function figuresTable({ splits }: DatasetSummary): Html {
  const rows = splits
    .filter(({ count }) => count > 0)
    .flatMap(({ name, count, shape, shown }) =>
      shown.flatMap(([label, { min, max, mean, std }]) =>
        [...mean.keys()].map((i) => [
          name,
          `${thousands(count)} × ${shape.height} × ${shape.width} × ${shape.channels}`,
          mean.length === 1 ? label : `${label} ${i}`,
          ...[min, max, mean, std].map((values) => statistic(values[i])),
        ]),
      ),
    );
  return htmlTable("Figures", ["split", "shape", "values", "min", "max", "mean", "std"], rows, 3);
}

function classTable({ labelled, classes, classNames, splits }: DatasetSummary): Html[] {
  if (!labelled) return [html`<p>The images have no labels.</p>`];
  const rows = Array.from({ length: classes }, (_, label) => [
    nameText(classNames?.[label] ?? String(label)),
    ...splits.map(({ labelCounts }) => thousands(labelCounts[label] ?? 0)),
  ]);
  return [htmlTable("Images per class", ["class", ...splits.map(({ name }) => name)], rows)];
}

/** The mean of each pixel over all training images, and its deviation. */
async function meanSection(split: ImageSplit): Promise<Html> {
  const { mean, std } = measure(split, "pixel");
  const images = await Promise.all(
    [mean, std].map((values) => encodePng(Float32Array.from(values), split.shape)),
  );
  const [low, high] = [Math.min(...range(std)), Math.max(...range(std))];
  return section(
    "Mean image",
    html`<ul class="images">
${picture(images[0], "mean image", "mean of each pixel")}
${picture(images[1], "image of the standard deviations", `standard deviation, ${statistic(low)} (black) to ${statistic(high)} (white)`)}
</ul>`,
  );
}

function range(values: Float64Array): [number, number] {
  return [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
}

async function oddSection(split: ImageSplit): Promise<Html> {
  const { darkest, brightest, flattest, duplicates } = findOddImages(split, MOST_ODD);
  const kinds: [title: string, what: string, odd: readonly OddImage[]][] = [
    ["Darkest", "mean", darkest],
    ["Brightest", "mean", brightest],
    ["Flattest", "std", flattest],
  ];
  const parts = await Promise.all(
    kinds.map(async ([title, what, odd]) => {
      const pictures = await encodeImages(
        split,
        odd.map(({ image }) => image),
      );
      const items = odd.map(({ image, value }, i) =>
        picture(pictures[i], `image ${image}`, `${image}: ${what} ${statistic(value)}`),
      );
      return html`<h3>${title}</h3><ul class="images">${items}</ul>`;
    }),
  );
  return section("Odd training images", ...parts, await duplicatePart(split, duplicates));
}

async function duplicatePart(split: ImageSplit, groups: readonly (readonly number[])[]): Promise<Html> {
  if (groups.length === 0) return html`<h3>Duplicates</h3><p>No two images have the same pixels.</p>`;
  const shown = groups.slice(0, MOST_DUPLICATES);
  const pictures = await encodeImages(
    split,
    shown.map(([first]) => first),
  );
  const items = shown.map((group, i) =>
    picture(pictures[i], `image ${group[0]}`, `the same: ${listed(group)}`),
  );
  const count = `${thousands(groups.length)} ${groups.length === 1 ? "image occurs" : "images occur"} more than once.`;
  return html`<h3>Duplicates</h3><p>${count}</p><ul class="images">${items}</ul>`;
}

function listed(group: readonly number[]): string {
  const shown = group.slice(0, 6).join(", ");
  return group.length > 6 ? `${shown} and ${group.length - 6} more` : shown;
}

function picture(png: Buffer, alternative: string, caption: string): Html {
  return html`<li><img alt="${alternative}" src="data:image/png;base64,${png.toString("base64")}"><br>${caption}</li>`;
}
