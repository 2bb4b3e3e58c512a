import { inShard, type Shard } from "../../shard.ts";

/** An image file and its class. */
export interface ImageFile {
  readonly path: string;
  readonly label: number;
}

/** Images, ordered by name. Each pass may list them again, so that only one class's names are in memory. */
export interface ImageFiles extends AsyncIterable<ImageFile> {
  readonly count: number;
}

export const NO_IMAGES: ImageFiles = { count: 0, async *[Symbol.asyncIterator]() {} };

/** The images whose index, in order, is picked. @param count how many are */
export function pickFiles(
  files: ImageFiles,
  count: number,
  isPicked: (index: number) => boolean,
): ImageFiles {
  return {
    count,
    async *[Symbol.asyncIterator]() {
      let index = 0;
      for await (const file of files) if (isPicked(index++)) yield file;
    },
  };
}

/** The images that belong to a shard. */
export function shardOfFiles(files: ImageFiles, shard: Shard): ImageFiles {
  const { part, of } = shard;
  return pickFiles(files, Math.ceil((files.count - part + 1) / of), (index) => inShard(index, shard));
}
