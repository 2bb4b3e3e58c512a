import { PixscaleError } from "../../errors.ts";
import { type Labels, largestLabel, type SplitsInfo } from "../dataset.ts";
import { numberLabels, readLabels, type WrittenLabels } from "./array-labels.ts";
import { decodeTexts } from "./element-type.ts";
import type { ImageLayout } from "./image-layout.ts";
import { type NamedArray, readWhole } from "./named-array.ts";
import type { ArrayRoles, SplitArrays } from "./roles.ts";

/** The arrays of a split, and what its labels are. */
export interface WrittenSplit extends SplitArrays {
  readonly written: WrittenLabels | undefined;
}

/** The splits in the order train, test, validation. */
export interface WrittenSplits {
  readonly train: WrittenSplit;
  readonly test: WrittenSplit | undefined;
  readonly validation: WrittenSplit | undefined;
}

/** The labels of some splits. */
interface SplitLabels {
  readonly labels: readonly Labels[];
  readonly info: SplitsInfo;
  /** Said of what was understood. */
  readonly note: string | undefined;
  /** Whether the array of class names has one for each class. */
  readonly hasNames: boolean;
}

/**
 * Reads the labels of all splits. Test and validation images without labels are left out if the training images have some.
 *
 * @throws PixscaleError as `readLabels` does
 */
export async function readSplits(
  { train, test, validation }: ArrayRoles,
  note: (text: string) => void,
): Promise<WrittenSplits> {
  const read = async (split: SplitArrays): Promise<WrittenSplit> => ({
    ...split,
    written: split.labels && (await readLabels(split.labels)),
  });
  const trained = await read(train);
  const readOther = async (split: SplitArrays | undefined): Promise<WrittenSplit | undefined> => {
    if (split === undefined) return undefined;
    const other = await read(split);
    if (trained.written?.values === undefined || other.written?.values !== undefined) return other;
    const what = other.written === undefined ? "no labels" : "several labels or none";
    note(`the images in ${split.images.name} have ${what} and are ignored`);
    return undefined;
  };
  return { train: trained, test: await readOther(test), validation: await readOther(validation) };
}

/** How many images the labels are for, if that helps to understand the shape of the images. */
export function labelCount({ images, written }: WrittenSplit): number | undefined {
  if (written === undefined) return undefined;
  return written.values !== undefined || images.shape.includes(written.count) ? written.count : undefined;
}

/**
 * The labels of all splits, numbered alike, or zeros if they have none that could be used.
 *
 * @param names what may be the names of the classes
 * @param isSvhn whether label 10 means 0
 * @throws PixscaleError if labels are no classes, or are more or fewer than the images
 */
export async function labelsOf(
  splits: readonly WrittenSplit[],
  layouts: readonly ImageLayout[],
  names: NamedArray | undefined,
  isSvhn: boolean,
): Promise<SplitLabels> {
  const usable = splits.flatMap(({ written }) => (written?.values === undefined ? [] : [written]));
  if (usable.length < splits.length) {
    const [{ images, written }] = splits;
    const reason = written
      ? `"${written.subject}" gives images several labels or none, so they are read without labels`
      : `there are no labels for "${images.name}", so images are read without labels`;
    const labels = layouts.map(({ count }) => new Uint8Array(count));
    return { labels, info: { unlabelled: true }, note: reason, hasNames: false };
  }
  for (const [i, { subject, count }] of usable.entries()) {
    if (count === layouts[i].count) continue;
    const problem = `${count} labels, but there are ${layouts[i].count} images`;
    throw new PixscaleError(subject, problem, "use arrays of the same dataset");
  }
  const { labels, classNames, note } = numberLabels(usable, isSvhn);
  const listed = names && decodeTexts(await readWhole(names), names.type);
  const classes = Math.max(...labels.map(largestLabel)) + 1;
  // As many names as images are those of the images.
  const isOfImages =
    listed && listed.length > classes && layouts.some(({ count }) => count === listed.length);
  const hasNames =
    classNames === undefined && listed !== undefined && listed.length >= classes && !isOfImages;
  const found = hasNames ? listed : classNames;
  return { labels, info: found ? { classNames: found } : {}, note, hasNames };
}
