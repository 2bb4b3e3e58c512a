import type { Dataset } from "../../data/dataset.ts";
import { chooseSamples } from "../../output/preview/choose-samples.ts";
import type { ColorScale } from "../../output/preview/color-scale.ts";
import { classMeans } from "../../statistics/class-means.ts";
import type { DatasetSummary } from "../../statistics/summary.ts";
import { type Html, html, section } from "./page.ts";
import {
  className,
  imageOf,
  onOneScale,
  type Picture,
  pictureItem,
  pictureList,
  picturesAt,
  scaleOf,
} from "./picture-list.ts";

const SAMPLES = 4;
/** Images of data with a single class, or without labels. */
const SAMPLES_OF_ONE = 16;
/** More classes than this are not all shown. */
const MOST_CLASSES = 20;

/** The first training images, and the mean image, of each class. */
export async function samplesSection(dataset: Dataset, summary: DatasetSummary): Promise<Html> {
  const { train } = dataset;
  const isOne = !summary.labelled || summary.classes === 1;
  const samples = chooseSamples(train.labels, isOne ? SAMPLES_OF_ONE : SAMPLES, MOST_CLASSES);
  const places = samples.map(({ index }) => ({ split: "train", index }));
  const pictures = picturesAt(dataset, summary, places);
  if (isOne) return section("Images", await onOneScale(pictures, dataset));
  const labels = [...new Set(samples.map(({ label }) => label))];
  const means = classMeans(train, labels);
  const scale = scaleOf(pictures, dataset);
  const parts = await Promise.all(
    labels.map((label, i) => {
      const name = className(summary, label);
      const mean = {
        image: imageOf(means[i], train.shape),
        alternative: `mean training image of class ${name}`,
        lines: ["mean"],
      };
      const own = pictures.flatMap((picture, at) =>
        samples[at].label === label ? { ...picture, lines: [`train ${samples[at].index}`] } : [],
      );
      return classPart(name, [mean, ...own], scale);
    }),
  );
  const present = summary.splits[0].labelCounts.filter((count) => count > 0).length;
  const some = present > labels.length ? `, ${labels.length} of ${present} classes` : "";
  return section(
    "Images of each class",
    html`<p>The mean of the training images, and the first of them${some}.</p>`,
    html`<div class="classes">${parts}</div>`,
  );
}

async function classPart(name: string, pictures: readonly Picture[], scale: ColorScale): Promise<Html> {
  const items = await Promise.all(pictures.map((picture) => pictureItem(picture, scale)));
  return html`<div><h3>${name}</h3>${pictureList(items, "small")}</div>`;
}
