import type { Labels } from "../data/dataset.ts";
import type { ImagePlace } from "./odd-images.ts";

/** An image and its class. */
export interface LabelledPlace extends ImagePlace {
  readonly label: number;
}

/** What is known of the images of a split. */
export interface KeyedSplit {
  readonly name: string;
  /** One per image; equal for equal images. */
  readonly keys: readonly string[];
  readonly labels: Labels;
}

/** Images whose pixels are equal, two or more. */
export interface DuplicateGroup {
  readonly places: readonly LabelledPlace[];
  /** Whether they have several labels, so that one of them is wrong. */
  readonly labelsDiffer: boolean;
  /** Whether they lie in several splits, so that results on test images are better than they should be. */
  readonly crossesSplits: boolean;
}

/** Groups of equal images: first those whose labels differ, then those in several splits, then the largest. */
export function duplicateImages(splits: readonly KeyedSplit[]): DuplicateGroup[] {
  const first = new Map<string, LabelledPlace>();
  const groups = new Map<string, LabelledPlace[]>();
  for (const { name, keys, labels } of splits) {
    for (const [index, key] of keys.entries()) {
      const place = { split: name, index, label: labels[index] };
      const other = first.get(key);
      if (other === undefined) first.set(key, place);
      else if (groups.has(key)) groups.get(key)?.push(place);
      else groups.set(key, [other, place]);
    }
  }
  const weight = ({ labelsDiffer, crossesSplits }: DuplicateGroup) =>
    2 * Number(labelsDiffer) + Number(crossesSplits);
  return [...groups.values()]
    .map((places) => ({
      places,
      labelsDiffer: places.some(({ label }) => label !== places[0].label),
      crossesSplits: places.some(({ split }) => split !== places[0].split),
    }))
    .sort((a, b) => weight(b) - weight(a) || b.places.length - a.places.length);
}

/** How many images have an equal one before them. */
export function countRepeats(groups: readonly DuplicateGroup[]): number {
  return groups.reduce((sum, { places }) => sum + places.length - 1, 0);
}

/** How many images of a split have an equal one in an earlier split. */
export function countShared(groups: readonly DuplicateGroup[], split: string): number {
  return groups.reduce(
    (sum, { places }) =>
      places[0].split === split ? sum : sum + places.filter((place) => place.split === split).length,
    0,
  );
}
