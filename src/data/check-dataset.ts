import { PixscaleError } from "../errors.ts";
import {
  type Dataset,
  formatShape,
  type ImageShape,
  type ImageSplit,
  imageSize,
  largestLabel,
  MAX_CLASSES,
} from "./dataset.ts";

/**
 * Checks that the arrays of a split are what its count and shape say: a wrong length would be read as zeros, or as NaN.
 *
 * @param name of the split, for errors
 * @throws PixscaleError naming the field that is wrong
 */
export function checkSplit(split: ImageSplit, name: string): void {
  const { count, shape, labels } = split;
  checkShape(shape, `${name}.shape`);
  if (!Number.isSafeInteger(count) || count < 0) {
    throw new PixscaleError(
      `${name}.count`,
      `must be a whole number, 0 or more (got "${count}")`,
      "count the images",
    );
  }
  if (!(labels instanceof Uint8Array || labels instanceof Uint16Array)) {
    throw new PixscaleError(`${name}.labels`, "must be a Uint8Array or Uint16Array", "use datasetFromArrays");
  }
  requireLength(`${name}.labels`, labels.length, count, `${count} images need one each`);
  if (split.pixels === undefined) return;
  const { pixels } = split;
  if (!(pixels instanceof Uint8Array || pixels instanceof Uint16Array || pixels instanceof Float32Array)) {
    const problem = "must be a Uint8Array, Uint16Array or Float32Array";
    throw new PixscaleError(`${name}.pixels`, problem, "use datasetFromArrays, which takes others");
  }
  const values = count * imageSize(shape);
  requireLength(
    `${name}.pixels`,
    pixels.length,
    values,
    `${count} images of ${formatShape(shape)} need ${values}`,
  );
}

/**
 * Checks a dataset that did not come from `loadDataset`.
 *
 * @throws PixscaleError naming the field that is wrong
 */
export function checkDataset({ train, test, validation, classes, classNames }: Dataset): void {
  if (!Number.isSafeInteger(classes) || classes < 1 || classes > MAX_CLASSES) {
    const problem = `must be a whole number from 1 to ${MAX_CLASSES} (got "${classes}")`;
    throw new PixscaleError("classes", problem, "count the classes");
  }
  if (classNames !== undefined && classNames.length !== classes) {
    const problem = `has ${classNames.length} names for ${classes} classes`;
    throw new PixscaleError("classNames", problem, "give one name per class");
  }
  for (const [name, split] of Object.entries({ train, test, validation })) {
    if (split === undefined) continue;
    checkSplit(split, name);
    if (
      imageSize(split.shape) !== imageSize(train.shape) ||
      formatShape(split.shape) !== formatShape(train.shape)
    ) {
      const problem = `is ${formatShape(split.shape)}, but that of train is ${formatShape(train.shape)}`;
      throw new PixscaleError(`${name}.shape`, problem, "use images of one shape");
    }
    const largest = largestLabel(split.labels);
    if (split.count > 0 && largest >= classes) {
      const problem = `hold ${largest}, but ${classes} classes have the labels 0 to ${classes - 1}`;
      throw new PixscaleError(`${name}.labels`, problem, "number the classes from 0, or raise classes");
    }
  }
  if (train.count === 0) throw new PixscaleError("train", "has no images", "give at least one");
}

/** @throws PixscaleError (`subject`) unless height, width and channels are whole numbers of at least 1 */
export function checkShape(shape: ImageShape, subject: string): void {
  for (const side of ["height", "width", "channels"] as const) {
    const value = shape?.[side];
    if (Number.isSafeInteger(value) && value >= 1) continue;
    const problem = `${side} must be a whole number, 1 or more (got "${value}")`;
    throw new PixscaleError(subject, problem, "give height, width and channels");
  }
}

function requireLength(subject: string, found: number, wanted: number, need: string): void {
  if (found === wanted) return;
  throw new PixscaleError(subject, `has ${found} values, but ${need}`, "check how the arrays were made");
}
