import { type ImageShape, SPLITS, type SplitName } from "../../data/dataset.ts";
import type { ImageKind } from "../../data/images/image-decoder.ts";
import type { ImageOptions } from "../../data/images/image-options.ts";
import { ImageSizes, type SizeRange, severalSizes } from "../../data/images/image-sizes.ts";
import { PixscaleError } from "../../errors.ts";
import type { SplitTally, Weight } from "./split-tally.ts";

/** The counts of images, or of a part of them. */
export interface FolderStatistics {
  /** As the user wrote it. */
  readonly data: string;
  /** How images were decoded; undefined if they were not. */
  readonly reading: ImageOptions | undefined;
  readonly channels: number;
  readonly levels: ImageKind["levels"];
  /** Number of classes. */
  readonly classes: number;
  readonly isLabelled: boolean;
  /** Undefined if the classes have no names. */
  readonly classNames: readonly string[] | undefined;
  readonly positions: ImageShape | undefined;
  readonly weight: Weight;
  readonly splits: Readonly<Record<SplitName, SplitTally>>;
}

/** @throws PixscaleError if there is no training image, or images of several sizes along the axis `pixel` */
export function requireImages(statistics: FolderStatistics): FolderStatistics {
  const { data, positions, splits } = statistics;
  if (splits.train.images === 0) {
    throw new PixscaleError(data, "no image of the train split can be decoded", "replace the damaged images");
  }
  const sizes = allSizes(statistics);
  if (positions !== undefined && sizes.entries().length > 1) throw severalSizes(data, sizes);
  return statistics;
}

/** The sizes of the images of all splits. */
export function sizeRange(statistics: FolderStatistics): SizeRange | undefined {
  return allSizes(statistics).range();
}

function allSizes({ splits }: FolderStatistics): ImageSizes {
  const sizes = new ImageSizes();
  for (const name of SPLITS) sizes.merge(splits[name].sizes);
  return sizes;
}
