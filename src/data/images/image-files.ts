import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { PixscaleError, setting, UsageError } from "../../errors.ts";
import { type FolderEntries, folderEntries } from "../../files/folder-entries.ts";
import { fileError } from "../../files/read.ts";
import { RandomStream, shuffledIndices } from "../../random.ts";
import { inShard, type Shard } from "../../shard.ts";
import type { ImageOptions } from "../format.ts";

/** An image file and its class. */
export interface ImageFile {
  readonly path: string;
  readonly label: number;
}

/** Images, ordered by name. Each pass lists them again, so only one class's names are in memory. */
export interface ImageFiles extends AsyncIterable<ImageFile> {
  readonly count: number;
}

/** The images of a folder and its class names. */
export interface ImageFolder {
  readonly classNames: readonly string[];
  readonly train: ImageFiles;
  readonly test: ImageFiles;
}

/** Formats that are not supported are among them, so that their images are reported, not passed over. */
const IMAGE_NAME =
  /\.(jpe?g|jpe|jfif|png|apng|webp|tiff?|avif|gif|bmp|dib|pbm|pgm|ppm|pnm|tga|hei[cf]|jp2|j2k|jxl)$/i;
/** Possible names of the folder of test images; the first that exists counts. */
const TEST_FOLDERS = ["test", "val", "valid", "validation"];
const MAX_CLASSES = 65536;

/**
 * Finds the images of a folder, ordered by name. Classes are numbered in the order of their names, as in Keras and
 * torchvision.
 *
 * @throws PixscaleError if there are no classes or no images, or a class has test images only
 * @throws UsageError if the test split would leave no image in one of the splits
 */
export async function listImages(folder: FolderEntries, options: ImageOptions): Promise<ImageFolder> {
  const { path, folders } = folder;
  const testName = TEST_FOLDERS.find((name) => folders.includes(name));
  if (!folders.includes("train") || testName === undefined) {
    const classNames = classesIn(folder);
    return { classNames, ...cut(await filesOf(folder, classNames), path, options) };
  }
  const [train, test] = [await folderEntries(join(path, "train")), await folderEntries(join(path, testName))];
  const classNames = classesIn(train);
  const extra = classesIn(test).find((name) => !classNames.includes(name));
  if (extra !== undefined) {
    const remedy = "add some to the training images, or remove this class";
    throw new PixscaleError(join(test.path, extra), "a class without training images", remedy);
  }
  return {
    classNames,
    train: await filesOf(train, classNames),
    test: await filesOf(test, classNames),
  };
}

/** Draws the test images; both splits keep the order of names. */
function cut(files: ImageFiles, folder: string, { testSplit = 0.2, splitSeed = 0 }: ImageOptions) {
  if (files.count === 1) {
    throw new UsageError(folder, "only 1 image found", "add images for training and testing");
  }
  const count = Math.round(files.count * testSplit);
  if (count === 0 || count === files.count) {
    const left = `${files.count - count} for training and ${count} for testing`;
    const problem = `${testSplit} of ${files.count} images leaves ${left}`;
    throw new UsageError(setting("testSplit"), problem, "choose a fraction that leaves images for both");
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

function classesIn({ path, folders }: FolderEntries): readonly string[] {
  if (folders.length === 0) {
    throw new PixscaleError(path, "no subfolders", "put the images of each class in a subfolder of its own");
  }
  if (folders.length > MAX_CLASSES) {
    throw new PixscaleError(path, `${folders.length} classes`, `use at most ${MAX_CLASSES}`);
  }
  return folders;
}

/** @throws PixscaleError if there are no images */
async function filesOf(
  { path: folder, folders }: FolderEntries,
  classNames: readonly string[],
): Promise<ImageFiles> {
  // A class may have no test images.
  const classes = [...classNames.entries()].filter(([, name]) => folders.includes(name));
  let count = 0;
  for (const [, name] of classes) count += (await imageNames(join(folder, name))).length;
  if (count === 0) {
    const problem = "no images (jpg, png, webp, tiff, avif, gif, bmp, ppm, tga) in its subfolders";
    const remedy = `put the images of each class in a subfolder, or choose another ${setting("format")}`;
    throw new PixscaleError(folder, problem, remedy);
  }
  return {
    count,
    async *[Symbol.asyncIterator]() {
      let listed = 0;
      for (const [label, name] of classes) {
        const within = join(folder, name);
        const names = await imageNames(within);
        listed += names.length;
        if (listed > count) throw changed(folder);
        for (const file of names) yield { path: join(within, file), label };
      }
      if (listed < count) throw changed(folder);
    },
  };
}

/** With other images, the split would no longer fit. */
function changed(folder: string): PixscaleError {
  const problem = "images were added or removed during reading";
  return new PixscaleError(folder, problem, "try again when nothing changes the folder");
}

/** The names of all images in a folder, at any depth, sorted. */
async function imageNames(folder: string): Promise<string[]> {
  const names: string[] = [];
  const seen = new Set<string>();
  const search = async (within: string): Promise<void> => {
    // A link may point to a folder that contains it.
    const place = await realpath(join(folder, within)).catch((error) => {
      throw fileError(join(folder, within), error);
    });
    if (seen.has(place)) return;
    seen.add(place);
    const { folders, files } = await folderEntries(place);
    // The same separator on every system, so the order and the split are the same too.
    for (const name of files) if (IMAGE_NAME.test(name)) names.push(`${within}${name}`);
    for (const name of folders) await search(`${within}${name}/`);
  };
  await search("");
  return names.sort();
}
