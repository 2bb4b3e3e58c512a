import type { Format } from "../format.ts";
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
