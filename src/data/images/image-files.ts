import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { PixscaleError, UsageError } from "../../errors.ts";
import { folderEntries } from "../../files/folder-entries.ts";
import { fileError } from "../../files/read.ts";
import { RandomStream, shuffledIndices } from "../../random.ts";
import { inShard, type Shard } from "../../shard.ts";
import type { ImageOptions } from "../format.ts";

/** An image to be read. */
export interface ImageFile {
  readonly path: string;
  readonly label: number;
}

/** Images in the order of their names. They are found again at each pass, so that the names of one class at most are in memory. */
export interface ImageFiles extends AsyncIterable<ImageFile> {
  readonly count: number;
}

/** The images of a folder, and their classes by name. */
export interface ImageFolder {
  readonly classNames: readonly string[];
  readonly train: ImageFiles;
  readonly test: ImageFiles;
}

const IMAGE_NAME = /\.(jpe?g|png|webp|tiff?|avif|gif)$/i;
/** Names of the folder of test images, the first that is there. */
const TEST_FOLDERS = ["test", "val", "valid", "validation"];
const MAX_CLASSES = 65536;

/**
 * Finds the images of a folder, in the order of their names. Classes are numbered in the order of their names, as Keras and
 * torchvision do.
 *
 * @throws PixscaleError if there are no classes or no images, or the test images have a class that the others have not
 */
export async function listImages(folder: string, options: ImageOptions): Promise<ImageFolder> {
  const { folders } = await folderEntries(folder);
  const test = TEST_FOLDERS.find((name) => folders.includes(name));
  if (folders.includes("train") && test !== undefined) {
    const classNames = await classesIn(join(folder, "train"));
    for (const name of await classesIn(join(folder, test))) {
      if (classNames.includes(name)) continue;
      const problem = "is a class that the training images do not have";
      throw new PixscaleError(
        join(folder, test, name),
        problem,
        "add it to the training images, or remove it",
      );
    }
    return {
      classNames,
      train: await filesOf(join(folder, "train"), classNames),
      test: await filesOf(join(folder, test), classNames),
    };
  }
  const classNames = await classesIn(folder);
  return { classNames, ...cut(await filesOf(folder, classNames), options) };
}

/** Draws the test images; both parts keep the order of names. */
function cut(files: ImageFiles, { testSplit = 0.2, splitSeed = 0 }: ImageOptions) {
  const count = Math.round(files.count * testSplit);
  if (count === 0 || count === files.count) {
    const problem = `of ${files.count} images it leaves ${files.count - count} to train and ${count} to test`;
    throw new UsageError("--test-split", problem, "choose a part that leaves images on both sides");
  }
  const isTest = new Uint8Array(files.count);
  const order = shuffledIndices(files.count, new RandomStream(splitSeed, "split"));
  for (const index of order.subarray(0, count)) isTest[index] = 1;
  return {
    train: pick(files, files.count - count, (index) => isTest[index] === 0),
    test: pick(files, count, (index) => isTest[index] === 1),
  };
}

function pick(files: ImageFiles, count: number, isPicked: (index: number) => boolean): ImageFiles {
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
  return pick(files, Math.ceil((files.count - part + 1) / of), (index) => inShard(index, shard));
}

async function classesIn(folder: string): Promise<readonly string[]> {
  const { folders: names } = await folderEntries(folder);
  if (names.length === 0) {
    throw new PixscaleError(folder, "has no subfolder", "put the images of each class into one of its own");
  }
  if (names.length > MAX_CLASSES) {
    throw new PixscaleError(folder, `has ${names.length} classes`, `use at most ${MAX_CLASSES}`);
  }
  return names;
}

/** @throws PixscaleError if there are none */
async function filesOf(folder: string, classNames: readonly string[]): Promise<ImageFiles> {
  // A class of the training images may have no test images.
  const { folders } = await folderEntries(folder);
  const classes = [...classNames.entries()].filter(([, name]) => folders.includes(name));
  let found = 0;
  for (const [, name] of classes) found += (await imageNames(join(folder, name))).length;
  if (found === 0) {
    const problem = "has no images (jpg, png, webp, tiff, avif, gif) in its subfolders";
    const remedy = "put the images of each class into a subfolder, or force another --format";
    throw new PixscaleError(folder, problem, remedy);
  }
  return {
    count: found,
    async *[Symbol.asyncIterator]() {
      let again = 0;
      for (const [label, name] of classes) {
        const within = join(folder, name);
        const names = await imageNames(within);
        again += names.length;
        if (again > found) throw changed(folder);
        for (const file of names) yield { path: join(within, file), label };
      }
      if (again < found) throw changed(folder);
    },
  };
}

/** Otherwise the names would not fit the split any more. */
function changed(folder: string): PixscaleError {
  return new PixscaleError(
    folder,
    "got or lost images while they were read",
    "try again when nobody changes it",
  );
}

/** The names of all images within a folder, at any depth, sorted. */
async function imageNames(folder: string): Promise<string[]> {
  const names: string[] = [];
  const seen = new Set<string>();
  const search = async (within: string): Promise<void> => {
    // A link may lead back to a folder that it is in.
    const place = await realpath(join(folder, within)).catch((error) => {
      throw fileError(join(folder, within), error);
    });
    if (seen.has(place)) return;
    seen.add(place);
    const { folders, files } = await folderEntries(place);
    // With the same separator everywhere, so that the order, and with it the split, is the same.
    for (const name of files) if (IMAGE_NAME.test(name)) names.push(`${within}${name}`);
    for (const name of folders) await search(`${within}${name}/`);
  };
  await search("");
  return names.sort();
}
