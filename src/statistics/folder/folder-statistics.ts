import { SPLITS, type SplitName } from "../../data/dataset.ts";
import type { ImageKind } from "../../data/images/image-decoder.ts";
import { PixscaleError } from "../../errors.ts";
import type { SplitTally } from "./split-tally.ts";

/** The counts of a folder of images, or of a part of it. */
export interface FolderStatistics extends ImageKind {
  /** The folder, as the user wrote it. */
  readonly data: string;
  readonly classNames: readonly string[];
  readonly splits: Readonly<Record<SplitName, SplitTally>>;
}

/** @throws PixscaleError if a split has no image */
export function requireImages(statistics: FolderStatistics): FolderStatistics {
  const empty = SPLITS.find((name) => statistics.splits[name].pixels.images === 0);
  if (empty === undefined) return statistics;
  const problem = `no image of the ${empty} split can be decoded`;
  throw new PixscaleError(statistics.data, problem, "replace the damaged images");
}
