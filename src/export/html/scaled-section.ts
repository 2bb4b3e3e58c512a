import { type Dataset, imageSize } from "../../data/dataset.ts";
import { drawImages } from "../../data/draw-images.ts";
import { evenlySpacedImages, gatherImages, selectImages } from "../../data/stored-split.ts";
import { chooseSamples } from "../../output/preview/choose-samples.ts";
import { buildPreview } from "../../output/preview/preview.ts";
import { pixelHistogram, scaledHistogram } from "../../scaling/histograms.ts";
import { measureBatches } from "../../scaling/measure-scaled.ts";
import { parseScaling } from "../../scaling/parse.ts";
import { Scaler } from "../../scaling/scaler.ts";
import type { Axis } from "../../statistics/axis.ts";
import { drawChart } from "../charts/draw-chart.ts";
import { histogramChart } from "../charts/histogram-chart.ts";
import { previewSvg } from "../preview-picture.ts";
import { svgToPng } from "../svg-to-png.ts";
import { figure, type Html, html, section } from "./page.ts";

const MOST_CLASSES = 10;
const SAMPLE_PIXELS = 96;
/** Images whose values the histograms count. */
const HISTOGRAM_IMAGES = 2000;

/**
 * Samples and histograms of the training images under each scaling.
 *
 * @param limit of the training images that scalings are fitted on
 * @throws PixscaleError if sharp or Vega is not installed, or a scaling cannot be fitted
 */
export async function scaledSection(
  { train, classNames }: Dataset,
  scalings: readonly string[],
  axis: Axis,
  limit: number | undefined,
): Promise<Html> {
  const fitted = drawImages(train, limit);
  const samples = chooseSamples(train.labels, 1, MOST_CLASSES, undefined);
  const indexes = Uint32Array.from(samples, ({ index }) => index);
  const images = train.pixels === undefined ? gatherImages(train, indexes) : selectImages(train, indexes);
  const counted = evenlySpacedImages(fitted, HISTOGRAM_IMAGES);
  const histograms = [{ title: "before", histogram: pixelHistogram(counted) }];
  const scaled: { title: string; values: Float32Array }[] = [];
  for (const title of scalings) {
    const scaler = await Scaler.fitAsync(parseScaling(title), fitted, { axis });
    const values = new Float32Array(images.count * imageSize(images.shape));
    scaler.apply(images.pixels, images.shape, values);
    scaled.push({ title, values });
    const { whole } = await measureBatches(counted, scaler, {});
    histograms.push({ title, histogram: scaledHistogram(counted, scaler, whole) });
  }
  const names = samples.map(({ label }) => classNames?.[label] ?? String(label));
  const png = await svgToPng(await previewSvg(buildPreview(images, scaled, names), SAMPLE_PIXELS));
  const alternative = `one training image of each class before and after ${scalings.join(", ")}`;
  const picture = html`<div class="scroll" tabindex="0" role="region" aria-label="Samples"><img alt="${alternative}" src="data:image/png;base64,${Buffer.from(png).toString("base64")}"></div>`;
  return section(
    "What the scalings do",
    html`<div class="charts">${[
      figure(picture, "Zero has the middle colour of each scale."),
      figure(
        { html: await drawChart(histogramChart(histograms)) },
        `Histograms of ${counted.count} training images.`,
      ),
    ]}</div>`,
  );
}
