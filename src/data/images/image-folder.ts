import { isArchiveName } from "../../files/archives/archive.ts";
import { folderEntries } from "../../files/folder-entries.ts";
import type { Format } from "../format.ts";
import { isImageName } from "./image-names.ts";
import { understandFolder } from "./layout.ts";
import { findingImages } from "./open-images.ts";

/** Folders of images; `understandFolder` says which. */
export const imagesFormat: Format = {
  name: "images",
  description: "a folder of images, with a subfolder for each class",
  isFolder: true,
  recognizes: ({ folders, files }) => folders.length > 0 || files.some(isImageName),
  ...findingImages(understandFolder),
};

/** A folder of images in an archive, which is not unpacked. */
export const archiveFormat: Format = {
  name: "archive",
  description: "a .zip, .tar or .tar.gz file of a folder of images",
  isFolder: false,
  recognizes: ({ path }) => isArchiveName(path),
  ...findingImages(async ({ path }, options) => understandFolder(await folderEntries(path), options)),
};
