import { type ImageShape, imageSize, pixelType, type Split } from "../../data/dataset.ts";
import { type ColorScale, centredScale, pixelScale } from "./color-scale.ts";
import type { ValueImage } from "./resize-area.ts";

/** Images before or after one scaling, all on one colour scale. */
export interface PreviewColumn {
  readonly title: string;
  readonly scale: ColorScale;
  readonly images: readonly ValueImage[];
}

/** The same images in every column, with their names. */
export interface Preview {
  readonly columns: readonly PreviewColumn[];
  /** One per image. */
  readonly names: readonly string[];
}

/** Scaled images that lie one after the other. */
export interface ScaledImages {
  readonly title: string;
  readonly values: Float32Array;
}

/**
 * The columns of a preview: the pixels, then one for each scaling. Gray images after a scaling have the diverging map; colour images
 * stay coloured, with 0 as middle gray, as people know whitened images.
 *
 * @param names one per image
 */
export function buildPreview(
  samples: Split,
  scaled: readonly ScaledImages[],
  names: readonly string[],
): Preview {
  const { shape, count, pixels } = samples;
  const before = cutImages(pixels, shape, count);
  const kind = before[0]?.channels === 3 ? "brightness" : "diverging";
  return {
    names,
    columns: [
      {
        title: "before",
        scale: pixelScale(valuesOf(before), pixelType(samples) === "uint8", kind),
        images: before,
      },
      ...scaled.map(({ title, values }) => {
        const images = cutImages(values, shape, count);
        return { title, scale: centredScale(valuesOf(images), kind), images };
      }),
    ],
  };
}

function valuesOf(images: readonly ValueImage[]): ValueImage["values"][] {
  return images.map(({ values }) => values);
}

/** Single images, in red, green and blue if they have that; of two or more than four channels, only the first is shown. */
export function cutImages(pixels: ValueImage["values"], shape: ImageShape, count: number): ValueImage[] {
  const { height, width } = shape;
  const size = imageSize(shape);
  const channels = shape.channels === 3 || shape.channels === 4 ? 3 : 1;
  return Array.from({ length: count }, (_, image) => {
    // Without a copy, as images may be large.
    const all = pixels.subarray(image * size, (image + 1) * size);
    if (channels === shape.channels) return { height, width, channels, values: all };
    const values = new Float64Array(height * width * channels);
    for (let i = 0; i < values.length; i++) {
      const pixel = Math.floor(i / channels);
      values[i] = all[pixel * shape.channels + (i % channels)];
    }
    return { height, width, channels, values };
  });
}
