import type { SplitName } from "../../data/dataset.ts";
import type { ImageKind } from "../../data/images/image-decoder.ts";
import { PixscaleError } from "../../errors.ts";
import type { SplitTally } from "./split-tally.ts";

/** What was counted of a folder of images, or of a part of it. */
export interface ImageStatistics extends ImageKind {
  readonly data: string;
  readonly classNames: readonly string[];
  readonly splits: Readonly<Record<SplitName, SplitTally>>;
}

/** @throws PixscaleError if a split has no image */
export function requireImages(statistics: ImageStatistics): ImageStatistics {
  for (const [name, { pixels }] of Object.entries(statistics.splits)) {
    if (pixels.images > 0) continue;
    const problem = `has no image to ${name} that can be decoded`;
    throw new PixscaleError(statistics.data, problem, "replace the damaged ones");
  }
  return statistics;
}
