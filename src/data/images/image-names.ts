import { realpath } from "node:fs/promises";
import { extname, join } from "node:path";
import { type FolderEntries, folderEntries } from "../../files/folder-entries.ts";
import { fileError } from "../../files/read.ts";

/** Endings of the files that are taken for images. Their content decides how they are decoded. */
const IMAGE_NAME = /\.(jpe?g|jpe|jfif|png|apng|webp|tiff?|avif|gif|bmp|dib|p[bgpn]m|tga)$/i;
/** Files that systems put beside images. */
const SYSTEM_FILE = /^(thumbs\.db|ehthumbs\.db|desktop\.ini|icon\r)$/i;
/** A list of the classes of validation images, as Tiny-ImageNet and ImageNet have one. */
const SPLIT_LIST = /^(val(idation)?[ _-]?(annotations|map|labels?|list)?|LOC_val_solution)\.(txt|csv|tsv)$/i;
/** The table of labels that Hugging Face's ImageFolder reads. */
const METADATA = /^metadata\.(csv|jsonl)$/i;
/** Folders that systems, archives and programs put beside images. Hidden folders never reach this. */
const SYSTEM_FOLDER =
  /^(__macosx|@eadir|__pycache__|node_modules|\$recycle\.bin|lost\+found|pixscale-runs)$/i;
/** Files in folders that pixscale writes: saved models and experiments. */
const OWN_FILES = ["model.json", "experiment.json"];

/** The files in a folder, at any depth. */
export interface FolderFiles {
  /** Paths of the images relative to the folder, sorted, with `/` on every system. */
  readonly images: readonly string[];
  /** How many other files there are, by their ending in lower case. Files of the system are not counted. */
  readonly ignored: ReadonlyMap<string, number>;
}

export function isImageName(name: string): boolean {
  return IMAGE_NAME.test(name);
}

export function isSplitList(name: string): boolean {
  return SPLIT_LIST.test(name);
}

export function isMetadata(name: string): boolean {
  return METADATA.test(name);
}

/** The subfolders that may hold images: neither those of the system nor those that pixscale wrote. */
export async function contentFolders({ path, folders }: FolderEntries): Promise<FolderEntries[]> {
  const content: FolderEntries[] = [];
  for (const name of folders) {
    if (SYSTEM_FOLDER.test(name)) continue;
    const entries = await folderEntries(join(path, name));
    const isOwn = OWN_FILES.some((file) => entries.files.includes(file)) && !entries.files.some(isImageName);
    if (!isOwn) content.push(entries);
  }
  return content;
}

/** Whether a folder holds an image, at any depth. */
export async function holdsImages(folder: FolderEntries): Promise<boolean> {
  return (await firstImage(folder, new Set())) !== undefined;
}

async function firstImage(folder: FolderEntries, seen: Set<string>): Promise<string | undefined> {
  const place = await placeOf(folder.path);
  if (seen.has(place)) return undefined;
  seen.add(place);
  const image = folder.files.find(isImageName);
  if (image !== undefined) return image;
  for (const inner of await contentFolders(folder)) {
    const found = await firstImage(inner, seen);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Lists the files in a folder, at any depth. @throws PixscaleError if a folder cannot be read */
export async function filesWithin(folder: string): Promise<FolderFiles> {
  const images: string[] = [];
  const ignored = new Map<string, number>();
  const seen = new Set<string>();
  const search = async (entries: FolderEntries, prefix: string): Promise<void> => {
    // A link may point to a folder that contains it.
    const place = await placeOf(entries.path);
    if (seen.has(place)) return;
    seen.add(place);
    // The same separator on every system, so the order and the split are the same too.
    images.push(...entries.files.filter(isImageName).map((name) => `${prefix}${name}`));
    countOthers(
      ignored,
      entries,
      entries.files.filter((name) => !isImageName(name)),
    );
    const inner = await contentFolders(entries);
    for (const each of inner) await search(each, `${prefix}${each.path.slice(entries.path.length + 1)}/`);
  };
  await search(await folderEntries(folder), "");
  return { images: images.sort(), ignored };
}

/** Counts the hidden images beside class folders or images, and the files given; not those of the system, nor lists of labels. */
export function countOthers(
  counts: Map<string, number>,
  { names }: FolderEntries,
  files: readonly string[],
): void {
  const kindOf = (name: string) => extname(name).toLowerCase() || "without an ending";
  const others = files.filter((name) => !SYSTEM_FILE.test(name) && !isSplitList(name)).map(kindOf);
  // macOS writes a file "._x" beside each file "x".
  const hidden = names.filter((name) => /^\.[^_]/.test(name) && isImageName(name));
  for (const kind of [...others, ...hidden.map((name) => `hidden ${kindOf(name)}`)]) {
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
}

/** Adds the counts of other files. */
export function addCounts(counts: Map<string, number>, others: ReadonlyMap<string, number>): void {
  for (const [kind, times] of others) counts.set(kind, (counts.get(kind) ?? 0) + times);
}

async function placeOf(folder: string): Promise<string> {
  return realpath(folder).catch((error) => {
    // In an archive, there are no links to folders.
    if (error.code === "ENOTDIR") return folder;
    throw fileError(folder, error);
  });
}
