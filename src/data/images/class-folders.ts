import { basename, join } from "node:path";
import { PixscaleError } from "../../errors.ts";
import type { FolderEntries } from "../../files/folder-entries.ts";
import { MAX_CLASSES } from "../dataset.ts";
import type { ImageFiles } from "./image-files.ts";
import { addCounts, contentFolders, filesWithin, holdsImages } from "./image-names.ts";

/** The subfolders that hold images, at any depth, sorted by code point as in Keras and torchvision. */
export async function foldersWithImages(folder: FolderEntries): Promise<FolderEntries[]> {
  const found: FolderEntries[] = [];
  for (const inner of await contentFolders(folder)) if (await holdsImages(inner)) found.push(inner);
  return found;
}

/** Counts the files in subfolders without images, which are no classes. */
export async function countWithoutImages(
  folder: FolderEntries,
  inner: readonly FolderEntries[],
  ignored: Map<string, number>,
): Promise<void> {
  for (const { path } of await contentFolders(folder)) {
    if (inner.every((each) => each.path !== path)) addCounts(ignored, (await filesWithin(path)).ignored);
  }
}

/** The names of class folders. @throws PixscaleError if they are too many */
export function classNamesOf(folder: FolderEntries, inner: readonly FolderEntries[]): string[] {
  if (inner.length <= MAX_CLASSES) return inner.map(({ path }) => basename(path));
  throw new PixscaleError(folder.path, `${inner.length} classes`, `use at most ${MAX_CLASSES}`);
}

/**
 * The images of a folder with one subfolder per class.
 *
 * @param classNames of the training images; a class may have none here
 * @param ignored counts the other files
 * @throws PixscaleError if there are no images, or, during a pass, if images were added or removed
 */
export async function classFiles(
  folder: FolderEntries,
  classNames: readonly string[],
  ignored: Map<string, number>,
): Promise<ImageFiles> {
  const classes = [...classNames.entries()].filter(([, name]) => folder.folders.includes(name));
  let count = 0;
  for (const [, name] of classes) {
    const files = await filesWithin(join(folder.path, name));
    count += files.images.length;
    addCounts(ignored, files.ignored);
  }
  return {
    count,
    async *[Symbol.asyncIterator]() {
      let listed = 0;
      for (const [label, name] of classes) {
        const within = join(folder.path, name);
        const { images } = await filesWithin(within);
        listed += images.length;
        if (listed > count) throw changed(folder.path);
        for (const file of images) yield { path: join(within, file), label };
      }
      if (listed < count) throw changed(folder.path);
    },
  };
}

/** With other images, the split would no longer fit. */
function changed(folder: string): PixscaleError {
  const problem = "images were added or removed during reading";
  return new PixscaleError(folder, problem, "try again when nothing changes the folder");
}
