import { PixscaleError } from "../errors.ts";
import { checkDataset, checkShape } from "./check-dataset.ts";
import {
  type Dataset,
  type ImageShape,
  imageSize,
  type Labels,
  largestLabel,
  MAX_CLASSES,
  newLabels,
  type Pixels,
  type Split,
} from "./dataset.ts";

/** Images one after the other, NHWC, or nested arrays [images][rows][columns], with [channels] or without. */
export type ImageArray =
  | Uint8Array
  | Uint8ClampedArray
  | Uint16Array
  | Float32Array
  | Float64Array
  | readonly (readonly (readonly number[])[])[]
  | readonly (readonly (readonly (readonly number[])[])[])[];

/** The images of a split and the class of each, from 0. */
export interface ArraySplit {
  readonly images: ImageArray;
  /** Left out, if images have no labels; then no split may have them. */
  readonly labels?: ArrayLike<number>;
}

export interface ArrayDataset {
  readonly train: ArraySplit;
  readonly test?: ArraySplit;
  readonly validation?: ArraySplit;
  /** Of one image. Nested arrays have their own. */
  readonly shape?: ImageShape;
  /** By default one per name, or one more than the largest label. */
  readonly classes?: number;
  readonly classNames?: readonly string[];
  /** For tables and errors; by default "arrays". */
  readonly name?: string;
}

/** Arrays of one type and their shape. */
interface Images {
  readonly pixels: Pixels;
  readonly shape: ImageShape;
}

/**
 * A dataset from arrays in memory. Values are taken as they are: bytes as bytes, 64-bit floats rounded to 32 bits. Nested arrays of whole
 * numbers up to 255 become bytes, which changes no result. Arrays of the dataset's own types are not copied.
 *
 * @throws PixscaleError naming the field that is wrong: numbers of images and labels that differ, labels that are no classes, shapes
 */
export function datasetFromArrays(arrays: ArrayDataset): Dataset<Split> {
  const { train, test, validation, shape, classNames, name = "arrays" } = arrays;
  const parts = { train, ...(test && { test }), ...(validation && { validation }) };
  const unlabelled = train.labels === undefined;
  for (const [split, { labels }] of Object.entries(parts)) {
    if ((labels === undefined) === unlabelled) continue;
    const problem = unlabelled ? "are there, but the training images have none" : "are missing";
    throw new PixscaleError(`${split}.labels`, problem, "give labels for all splits or for none");
  }
  const splits = Object.entries(parts).map(
    ([split, part]) => [split, splitFromArrays(part, { name: split, shape })] as const,
  );
  const largest = Math.max(...splits.map(([, { labels }]) => largestLabel(labels)));
  const classes = arrays.classes ?? classNames?.length ?? 1 + largest;
  const made = Object.fromEntries(splits) as { train: Split; test?: Split; validation?: Split };
  const dataset = {
    name,
    classes,
    ...(classNames && { classNames }),
    ...(unlabelled && { unlabelled }),
    test: emptySplit(made.train),
    ...made,
  };
  checkDataset(dataset);
  return dataset;
}

/**
 * One split from arrays in memory, as `datasetFromArrays` reads it; without labels all are 0.
 *
 * @param options shape of one image, for flat arrays, and a name for errors
 * @throws PixscaleError as `datasetFromArrays` does
 */
export function splitFromArrays(
  { images, labels }: ArraySplit,
  { shape, name = "split" }: { readonly shape?: ImageShape | undefined; readonly name?: string } = {},
): Split {
  const read = ArrayBuffer.isView(images) ? flatImages(images, shape, name) : nestedImages(images, name);
  const count = read.pixels.length / imageSize(read.shape);
  return { ...read, count, labels: readLabels(labels, count, name) };
}

function flatImages(
  images: Exclude<ImageArray, readonly unknown[]>,
  shape: ImageShape | undefined,
  name: string,
): Images {
  if (shape === undefined) {
    const remedy = "add shape: { height, width, channels }, or give nested arrays";
    throw new PixscaleError(`${name}.images`, "are one array, so the shape of an image is not known", remedy);
  }
  checkShape(shape, "shape");
  const size = imageSize(shape);
  if (images.length % size !== 0) {
    const problem = `hold ${images.length} values, which are not whole images of ${size}`;
    throw new PixscaleError(`${name}.images`, problem, "check the shape");
  }
  return { pixels: toPixels(images, name), shape };
}

function toPixels(images: Exclude<ImageArray, readonly unknown[]>, name: string): Pixels {
  if (images instanceof Uint8ClampedArray) {
    return new Uint8Array(images.buffer, images.byteOffset, images.length);
  }
  if (images instanceof Float64Array) return Float32Array.from(images);
  if (images instanceof Uint8Array || images instanceof Uint16Array || images instanceof Float32Array)
    return images;
  const problem = `are a ${(images as object).constructor.name}, whose values pixscale does not know as pixels`;
  throw new PixscaleError(
    `${name}.images`,
    problem,
    "use Uint8Array, Uint16Array, Float32Array or Float64Array",
  );
}

function nestedImages(images: unknown, name: string): Images {
  const dims = dimensionsOf(images);
  if (dims.length < 3 || dims.length > 4 || dims.some((size) => size === 0)) {
    const problem = `have ${dims.length} dimensions (${dims.join(", ")})`;
    throw new PixscaleError(
      `${name}.images`,
      problem,
      "use [images][rows][columns], with [channels] or without",
    );
  }
  const [, height, width, channels = 1] = dims;
  const values = new Float64Array(dims.reduce((product, size) => product * size, 1));
  let end = 0;
  const read = (part: unknown, depth: number): void => {
    if (depth === dims.length) {
      if (typeof part !== "number") {
        throw new PixscaleError(
          `${name}.images`,
          `hold "${String(part)}", which is no number`,
          "give numbers",
        );
      }
      values[end++] = part;
      return;
    }
    if (!Array.isArray(part) || part.length !== dims[depth]) {
      const found = Array.isArray(part) ? part.length : String(part);
      const problem = `are ragged: ${found} in place of ${dims[depth]} in dimension ${depth}`;
      throw new PixscaleError(`${name}.images`, problem, "give images of one shape");
    }
    for (const each of part) read(each, depth + 1);
  };
  read(images, 0);
  const bytes = values.every((value) => Number.isInteger(value) && value >= 0 && value <= 255);
  return {
    pixels: bytes ? Uint8Array.from(values) : Float32Array.from(values),
    shape: { height, width, channels },
  };
}

function dimensionsOf(value: unknown): number[] {
  return Array.isArray(value) ? [value.length, ...(value.length === 0 ? [] : dimensionsOf(value[0]))] : [];
}

function readLabels(labels: ArrayLike<number> | undefined, count: number, name: string): Labels {
  if (labels === undefined) return newLabels(count, 1);
  if (labels.length !== count) {
    const problem = `are ${labels.length} for ${count} images`;
    throw new PixscaleError(`${name}.labels`, problem, "give one label per image");
  }
  let largest = 0;
  for (let i = 0; i < count; i++) {
    const label = labels[i];
    if (!Number.isSafeInteger(label) || label < 0 || label >= MAX_CLASSES) {
      const problem = `hold "${label}", and classes are whole numbers from 0 to ${MAX_CLASSES - 1}`;
      throw new PixscaleError(`${name}.labels`, problem, "number the classes from 0");
    }
    largest = Math.max(largest, label);
  }
  const read = newLabels(count, largest + 1);
  read.set(labels);
  return read;
}

function emptySplit({ pixels, shape }: Split): Split {
  return { pixels: pixels.slice(0, 0), labels: new Uint8Array(0), count: 0, shape };
}
