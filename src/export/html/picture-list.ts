import { type Dataset, type ImageShape, type ImageSplit, pixelType } from "../../data/dataset.ts";
import { gatherImages, selectImages } from "../../data/stored-split.ts";
import { nameText } from "../../output/format.ts";
import { type ColorScale, pixelScale } from "../../output/preview/color-scale.ts";
import { cutImages } from "../../output/preview/preview.ts";
import type { ValueImage } from "../../output/preview/resize-area.ts";
import type { LabelledPlace } from "../../statistics/duplicate-images.ts";
import type { ImagePlace } from "../../statistics/odd-images.ts";
import type { DatasetSummary } from "../../statistics/summary.ts";
import { encodeValueImage } from "../value-image-png.ts";
import { type Html, html } from "./page.ts";

/** A picture, and what stands below it. */
export interface Picture {
  readonly image: ValueImage;
  /** What it shows, for readers who cannot see it. */
  readonly alternative: string;
  readonly lines: readonly string[];
}

/** The most pixels of a picture's longer side. */
const MOST_PIXELS = 128;
/** Smaller images are enlarged with sharp pixels, others are smoothed. */
const FEW_PIXELS = 64;

/** One picture of a list. @throws PixscaleError if sharp is not installed */
export async function pictureItem({ image, alternative, lines }: Picture, scale: ColorScale): Promise<Html> {
  const png = (await encodeValueImage(image, scale, MOST_PIXELS)).toString("base64");
  const kind = Math.max(image.height, image.width) > FEW_PIXELS ? "smooth" : "pixels";
  return html`<li><img class="${kind}" alt="${alternative}" src="data:image/png;base64,${png}">
${lines.map((line) => html`<br>${line}`)}</li>`;
}

/** Pictures side by side. */
export function pictureList(items: readonly Html[], size: "small" | "large"): Html {
  return html`<ul class="images ${size}">${items}</ul>`;
}

/** Pictures side by side, all on one scale. @throws PixscaleError if sharp is not installed */
export async function onOneScale(pictures: readonly Picture[], dataset: Dataset): Promise<Html> {
  const scale = scaleOf(pictures, dataset);
  const items = await Promise.all(pictures.map((picture) => pictureItem(picture, scale)));
  return pictureList(items, "small");
}

/** The scale of some images of a dataset. */
export function scaleOf(pictures: readonly Picture[], { train }: Dataset): ColorScale {
  const values = pictures.map(({ image }) => image.values);
  return pixelScale(values, pixelType(train) === "uint8", signedKind(train.shape));
}

/** Gray values below 0 are blue; colours stay colours. */
export function signedKind({ channels }: ImageShape): ColorScale["kind"] {
  return channels === 3 || channels === 4 ? "brightness" : "diverging";
}

/**
 * Pictures of images anywhere in a dataset, with their places.
 *
 * @throws PixscaleError if a file that holds them cannot be read or is damaged
 */
export function picturesAt(
  dataset: Dataset,
  summary: DatasetSummary,
  places: readonly ImagePlace[],
): Picture[] {
  return places.map(({ split: name, index }) => {
    const split = dataset[name as "train" | "validation" | "test"];
    if (split === undefined) throw new Error(`no split ${name}`);
    const place = { split: name, index, label: split.labels[index] };
    const kind = summary.labelled ? `, class ${className(summary, place.label)}` : "";
    return {
      image: imageAt(split, index),
      alternative: `${name} image ${index}${kind}`,
      lines: [placeText(summary, place)],
    };
  });
}

function imageAt(split: ImageSplit, index: number): ValueImage {
  const wanted = Uint32Array.of(index);
  const { pixels, shape } =
    split.pixels === undefined ? gatherImages(split, wanted) : selectImages(split, wanted);
  return cutImages(pixels, shape, 1)[0];
}

/** Which image it is, and its class. */
export function placeText(summary: DatasetSummary, { split, index, label }: LabelledPlace): string {
  return `${split} ${index}${summary.labelled ? `: ${className(summary, label)}` : ""}`;
}

/** The name of a class, or its number. */
export function className({ classNames }: DatasetSummary, label: number): string {
  return nameText(classNames?.[label] ?? String(label));
}

/** Values in the shape of an image as an image. */
export function imageOf(values: Float64Array, shape: ImageShape): ValueImage {
  return cutImages(values, shape, 1)[0];
}
