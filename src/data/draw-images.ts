import { RandomStream, shuffledIndices } from "../random.ts";
import type { ImageSplit, Labels } from "./dataset.ts";
import { indexRange } from "./indexes.ts";
import { selectImages } from "./stored-split.ts";

/** How `drawIndexes` chooses, for people and for documents. */
export const DRAW = "at random, class by class";

/** Always the same: runs with other seeds use the same images. */
const SEED = 0;

/**
 * Chooses `count` images at random, class by class: each class has its share to within one image (method of largest remainders; of
 * equal ones, the lower label wins).
 *
 * @returns image indexes, ascending; all if `count` is undefined or not below their number
 */
export function drawIndexes(labels: Labels, count: number | undefined): Uint32Array {
  if (count === undefined || count >= labels.length) return indexRange(0, labels.length);
  const classes = new Map<number, number[]>();
  for (const index of shuffledIndices(labels.length, new RandomStream(SEED, "limit"))) {
    const members = classes.get(labels[index]);
    if (members === undefined) classes.set(labels[index], [index]);
    else members.push(index);
  }
  const shares = [...classes].map(([label, members]) => {
    const exact = (count * members.length) / labels.length;
    return { label, members, share: Math.floor(exact), remainder: exact % 1 };
  });
  const missing = count - shares.reduce((sum, { share }) => sum + share, 0);
  shares.sort((a, b) => b.remainder - a.remainder || a.label - b.label);
  return Uint32Array.from(
    shares.flatMap(({ members, share }, i) => members.slice(0, share + (i < missing ? 1 : 0))),
  ).sort();
}

/** The images of a split that `drawIndexes` chooses, in file order. */
export function drawImages<S extends ImageSplit>(split: S, count: number | undefined): S {
  if (count === undefined || count >= split.count) return split;
  return selectImages(split, drawIndexes(split.labels, count));
}
