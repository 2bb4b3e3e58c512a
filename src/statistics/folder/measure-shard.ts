import { type Dataset, type ImageSplit, imageSize, pixelType } from "../../data/dataset.ts";
import { NOTHING_CARRIED } from "../../data/images/ignored.ts";
import { inPieces } from "../../data/stored-split.ts";
import { PixscaleError } from "../../errors.ts";
import { inShard, type Shard } from "../../shard.ts";
import type { Part } from "./part.ts";
import { SplitTally, type TallyKind, type Weight } from "./split-tally.ts";

/**
 * Counts the pixels of a shard of a dataset that is not in image files.
 *
 * @param count whether to count for the axis `pixel` too, and how images weigh
 * @throws PixscaleError for pixels that are no integers, whose sums would depend on the shards
 */
export function measureShard(
  dataset: Dataset,
  shard: Shard,
  { byPosition, weight }: { readonly byPosition: boolean; readonly weight: Weight },
): Part {
  const { name, classes, classNames, train, test } = dataset;
  const type = pixelType(train);
  if (type === "float32") {
    const problem = "pixels of float32, whose sums depend on the order of the images";
    throw new PixscaleError(name, problem, "measure all images at once");
  }
  const { shape } = train;
  const kind: TallyKind = {
    channels: shape.channels,
    levels: type === "uint8" ? 256 : 65536,
    classes,
    positions: byPosition ? shape : undefined,
    weight,
  };
  const { channels, levels, positions } = kind;
  const statistics = {
    data: name,
    reading: dataset.reading,
    channels,
    levels,
    classes,
    isLabelled: dataset.unlabelled !== true,
    classNames,
    positions,
    weight,
    splits: { train: countSplit(train, shard, kind), test: countSplit(test, shard, kind) },
  };
  return { shard, files: { train: train.count, test: test.count }, statistics };
}

function countSplit(split: ImageSplit, shard: Shard, kind: TallyKind): SplitTally {
  const { height, width, channels } = split.shape;
  const size = imageSize(split.shape);
  const tally = new SplitTally(kind);
  let index = 0;
  for (const { pixels, labels, count } of inPieces(split)) {
    for (let i = 0; i < count; i++, index++) {
      if (!inShard(index, shard)) continue;
      const values = pixels.subarray(i * size, (i + 1) * size) as Uint8Array | Uint16Array;
      tally.add({ height, width, channels, values, turned: false, ignored: NOTHING_CARRIED }, labels[i]);
    }
  }
  return tally;
}
