import { RandomStream, shuffledIndices } from "../../random.ts";

/** Images of each class that a sample has at least, as a variance within a class needs two. */
export const LEAST_PER_CLASS = 2;

/** Images in an order of which every beginning of at least `least` images is a stratified random sample. */
export interface SampleOrder {
  /** Indexes of images. */
  readonly order: Uint32Array;
  /** The fewest images with two of each class, or with its only one. */
  readonly least: number;
}

/**
 * Puts images in random order, class by class: the first two of each class, then each class in proportion to its images (the k-th
 * of n stands at (k + ½)/n, which is the method of Webster).
 *
 * @param labels one per image
 */
export function sampleOrder(labels: ArrayLike<number>, seed: number): SampleOrder {
  const classes = new Map<number, number[]>();
  for (const index of shuffledIndices(labels.length, new RandomStream(seed, "sample"))) {
    const members = classes.get(labels[index]);
    if (members === undefined) classes.set(labels[index], [index]);
    else members.push(index);
  }
  const places = new Float64Array(labels.length);
  let least = 0;
  for (const members of classes.values()) {
    least += Math.min(members.length, LEAST_PER_CLASS);
    for (const [rank, index] of members.entries()) {
      places[index] = rank < LEAST_PER_CLASS ? 0 : (rank + 0.5) / members.length;
    }
  }
  const order = Uint32Array.from(labels, (_, index) => index);
  // Equal places: by index, as the sort is stable.
  return { order: order.sort((a, b) => places[a] - places[b]), least };
}
