import { oneLine, PixscaleError } from "../../errors.ts";
import { type Labels, MAX_CLASSES, newLabels } from "../dataset.ts";
import { decodeNumbers, decodeTexts, isNumeric } from "./element-type.ts";
import { dimsText, type NamedArray, readWhole } from "./named-array.ts";

/** Labels as they were written: numbers, or the names of classes. */
export interface WrittenLabels {
  readonly subject: string;
  /** Number of images that they are for. */
  readonly count: number;
  /** Undefined if images have several labels, or none. */
  readonly values: readonly string[] | Float64Array | undefined;
}

/** Labels of all splits, numbered alike. */
export interface NumberedLabels {
  readonly labels: readonly Labels[];
  readonly classNames: readonly string[] | undefined;
  /** Said of numbers that were changed. */
  readonly note: string | undefined;
}

/**
 * Reads labels: one number or text for each image, or a row with a 1 at its class (one-hot). Other rows, and arrays of more dimensions such
 * as masks, are no labels of images.
 *
 * @throws PixscaleError if they are neither numbers nor texts
 */
export async function readLabels(array: NamedArray): Promise<WrittenLabels> {
  const { shape, subject, type } = array;
  const perImage = shape.filter((size, i) => i === 0 || size !== 1);
  // One row of labels, as MATLAB may save it.
  const isColumn = perImage.length === 1 || (shape.length === 2 && shape[0] === 1);
  const count = shape.length === 2 && shape[0] === 1 ? shape[1] : (perImage[0] ?? 0);
  const isText = type.kind === "text" || type.kind === "bytes";
  if (!isNumeric(type) && !(isText && isColumn)) {
    const problem = `labels of type ${oneLine(type.name)} and shape ${dimsText(shape)}`;
    throw new PixscaleError(subject, problem, "save one class number or name per image");
  }
  if (perImage.length > 2) return { subject, count, values: undefined };
  const bytes = await readWhole(array);
  if (isText) return { subject, count, values: decodeTexts(bytes, type) };
  const numbers = Float64Array.from(decodeNumbers(bytes, type));
  return { subject, count, values: isColumn ? numbers : classOfRows(numbers, perImage, array.isFortran) };
}

/** The place of the only 1 in each row of zeros; undefined if a row has several, or none, or other numbers. */
function classOfRows(
  values: Float64Array,
  [count, classes]: readonly number[],
  isFortran: boolean,
): Float64Array | undefined {
  const labels = new Float64Array(count);
  for (let row = 0; row < count; row++) {
    let found = -1;
    for (let column = 0; column < classes; column++) {
      const value = values[isFortran ? column * count + row : row * classes + column];
      if (value === 0) continue;
      if (value !== 1 || found >= 0) return undefined;
      found = column;
    }
    if (found < 0) return undefined;
    labels[row] = found;
  }
  return labels;
}

/**
 * Numbers the classes of all splits from 0: names in their order, and numbers from 1 one lower.
 *
 * @param isSvhn whether 10 means 0, as in SVHN, where labels are 1 to 10
 * @throws PixscaleError if a label is no whole number from 0 to 65535, or splits have names and numbers
 */
export function numberLabels(written: readonly WrittenLabels[], isSvhn: boolean): NumberedLabels {
  const texts = written.flatMap(({ values }) => (values instanceof Float64Array || !values ? [] : [values]));
  if (texts.length > 0) return numberNames(written, texts);
  const all = written.map(({ values }) => values as Float64Array);
  for (const [i, values] of all.entries()) requireClasses(values, written[i].subject);
  const distinct = new Set(all.flatMap((values) => [...new Set(values)]));
  const largest = Math.max(...distinct);
  const isFromOne = distinct.size > 1 && !distinct.has(0) && largest === distinct.size;
  const isTenZero = isSvhn && largest === 10 && !distinct.has(0);
  const change = isTenZero
    ? (label: number) => label % 10
    : isFromOne
      ? (label: number) => label - 1
      : undefined;
  const note = isTenZero ? "label 10 means 0, as in SVHN" : `labels 1 … ${largest} become 0 … ${largest - 1}`;
  return {
    labels: all.map((values) => {
      const labels = newLabels(values.length, largest + 1);
      labels.set(change ? values.map(change) : values);
      return labels;
    }),
    classNames: undefined,
    note: change && note,
  };
}

function numberNames(
  written: readonly WrittenLabels[],
  texts: readonly (readonly string[])[],
): NumberedLabels {
  const numbers = written.find(({ values }) => values instanceof Float64Array);
  if (numbers !== undefined) {
    throw new PixscaleError(
      numbers.subject,
      "numbers, but another split has names",
      "save the same in all splits",
    );
  }
  const classNames = [...new Set(texts.flat())].sort();
  const places = new Map(classNames.map((name, place) => [name, place]));
  if (classNames.length > MAX_CLASSES) {
    throw new PixscaleError(written[0].subject, `${classNames.length} classes`, `use at most ${MAX_CLASSES}`);
  }
  const labels = texts.map((names) => {
    const numbered = newLabels(names.length, classNames.length);
    numbered.set(names.map((name) => places.get(name) ?? 0));
    return numbered;
  });
  return { labels, classNames, note: undefined };
}

function requireClasses(values: Float64Array, subject: string): void {
  const wrong = values.find((value) => !Number.isInteger(value) || value < 0 || value >= MAX_CLASSES);
  if (wrong === undefined) return;
  const problem = `label ${wrong} is not a whole number from 0 to ${MAX_CLASSES - 1}`;
  throw new PixscaleError(subject, problem, "number the classes from 0");
}
