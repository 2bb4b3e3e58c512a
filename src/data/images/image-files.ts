import { readPath } from "../../files/read-path.ts";
import { inShard, type Shard } from "../../shard.ts";

/** An encoded image and its class. */
export interface ImageFile {
  /** The file, which may lie in an archive: `data.zip/cat/1.jpg`. With a content, its name in errors. */
  readonly path: string;
  readonly label: number;
  /** The content, if it is not the whole file at `path`. */
  readonly content?: Uint8Array;
}

/** The content of an image file. */
export async function imageBytes({ path, content }: ImageFile): Promise<Uint8Array> {
  return content ?? readPath(path);
}

/** Encoded images in order. Each pass may list them again, so that only one class's names, or a few contents, are in memory. */
export interface ImageFiles extends AsyncIterable<ImageFile> {
  readonly count: number;
}

/** Encoded images, in splits. */
export interface ImageSet {
  /** Undefined if the images have no labels. */
  readonly classNames: readonly string[] | undefined;
  readonly train: ImageFiles;
  readonly validation: ImageFiles;
  readonly test: ImageFiles;
  /** What was understood, one line each. */
  readonly notes: readonly string[];
  /** What was left out, one line each; an error with `strict`. */
  readonly leftOut: readonly string[];
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
