import type { Dataset } from "../../data/dataset.ts";
import { formatCount, statistic } from "../../output/format.ts";
import type { DataSurvey } from "../../statistics/data-survey.ts";
import type { DuplicateGroup } from "../../statistics/duplicate-images.ts";
import { extremeImages, unmeasuredImages } from "../../statistics/odd-images.ts";
import type { DatasetSummary } from "../../statistics/summary.ts";
import { type Html, html, section } from "./page.ts";
import { onOneScale, picturesAt, placeText } from "./picture-list.ts";

const MOST_ODD = 8;
const MOST_GROUPS = 16;
/** Places of equal images that are named. */
const MOST_PLACES = 4;

/** The darkest, brightest and flattest images, and those with the most contrast. */
export async function oddSection(
  dataset: Dataset,
  summary: DatasetSummary,
  { splits }: DataSurvey,
): Promise<Html> {
  const means = splits.map(({ name, survey }) => ({ split: name, values: survey.mean }));
  const contrasts = splits.map(({ name, survey }) => ({ split: name, values: survey.contrast }));
  const kinds = [
    ["Darkest", "mean", extremeImages(means, "smallest", MOST_ODD)],
    ["Brightest", "mean", extremeImages(means, "largest", MOST_ODD)],
    ["Flattest", "contrast", extremeImages(contrasts, "smallest", MOST_ODD)],
    ["Most contrast", "contrast", extremeImages(contrasts, "largest", MOST_ODD)],
  ] as const;
  const parts: Html[] = [];
  for (const [title, what, ranked] of kinds) {
    const pictures = picturesAt(dataset, summary, ranked).map((picture, i) => ({
      ...picture,
      alternative: `${picture.alternative}, ${what} ${statistic(ranked[i].value)}`,
      lines: [...picture.lines, `${what} ${statistic(ranked[i].value)}`],
    }));
    parts.push(html`<h3>${title}</h3>`, await onOneScale(pictures, dataset));
  }
  const unmeasured = unmeasuredImages(contrasts);
  if (unmeasured.length > 0) {
    const named = unmeasured.slice(0, MOST_ODD).map(({ split, index }) => `${split} ${index}`);
    const more = unmeasured.length > MOST_ODD ? ` and ${unmeasured.length - MOST_ODD} more` : "";
    parts.push(html`<h3>NaN or infinite</h3><p>${named.join(", ")}${more}</p>`);
  }
  return section(
    "Odd images",
    html`<p>Images are numbered from 0 in each split. Contrast is the standard deviation within a channel.</p>`,
    ...parts,
  );
}

/** Groups of images with equal pixels, the gravest first. */
export async function equalSection(
  dataset: Dataset,
  summary: DatasetSummary,
  { duplicates }: DataSurvey,
): Promise<Html> {
  const title = "Equal images";
  if (duplicates.length === 0) return section(title, html`<p>No two images have the same pixels.</p>`);
  const shown = duplicates.slice(0, MOST_GROUPS);
  const pictures = picturesAt(
    dataset,
    summary,
    shown.map(({ places }) => places[0]),
  ).map(({ image }, i) => ({
    image,
    alternative: `pixels that ${shown[i].places.length} images share`,
    lines: groupLines(summary, shown[i]),
  }));
  const groups = formatCount(duplicates.length, "group");
  const some = duplicates.length > MOST_GROUPS ? ` The first ${MOST_GROUPS} are shown.` : "";
  return section(
    title,
    html`<p>${groups} of images with the same pixels.${some}</p>`,
    await onOneScale(pictures, dataset),
  );
}

function groupLines(summary: DatasetSummary, { places, labelsDiffer }: DuplicateGroup): string[] {
  const named = places.slice(0, MOST_PLACES).map((place) => placeText(summary, place));
  const more = places.length > MOST_PLACES ? [`and ${places.length - MOST_PLACES} more`] : [];
  return [...(summary.labelled && labelsDiffer ? ["labels differ:"] : []), ...named, ...more];
}
