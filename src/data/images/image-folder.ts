import { isArchiveName } from "../../files/archives/archive.ts";
import { folderEntries } from "../../files/folder-entries.ts";
import type { DataOptions, Format, Place } from "../format.ts";
import type { ImageSet } from "./image-files.ts";
import { isImageName } from "./image-names.ts";
import { understandFolder } from "./layout.ts";
import { openImages } from "./open-images.ts";

/** Folders of images; `understandFolder` says which. */
export const imagesFormat: Format = {
  name: "images",
  description: "a folder of images, with a subfolder for each class",
  isFolder: true,
  recognizes: ({ folders, files }) => folders.length > 0 || files.some(isImageName),
  findImages: understandFolder,
  open: async (place, options) => openImages(await understandFolder(place, options), place.path, options),
};

/** A folder of images in an archive, which is not unpacked. */
export const archiveFormat: Format = {
  name: "archive",
  description: "a .zip, .tar or .tar.gz file of a folder of images",
  isFolder: false,
  recognizes: ({ path }) => isArchiveName(path),
  findImages: findInArchive,
  open: async (place, options) => openImages(await findInArchive(place, options), place.path, options),
};

async function findInArchive({ path }: Place, options: DataOptions): Promise<ImageSet> {
  return understandFolder(await folderEntries(path), options);
}
