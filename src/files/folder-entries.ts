import type { Dirent, Stats } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { archiveFolder } from "./archives/archive.ts";
import { fileError } from "./read.ts";

/** A folder and its contents. */
export interface FolderEntries {
  readonly path: string;
  /** All names, in no order. */
  readonly names: readonly string[];
  /** Names of the folders that are not hidden, sorted. Links are followed. */
  readonly folders: readonly string[];
  /** The same for regular files; pipes, devices and dangling links are left out. */
  readonly files: readonly string[];
}

/** Lists a folder, perhaps one in an archive, such as `data.zip/train`. @throws PixscaleError if it cannot be read */
export async function folderEntries(path: string): Promise<FolderEntries> {
  let entries: Dirent[];
  try {
    entries = await readdir(path, { withFileTypes: true });
  } catch (error) {
    const inside =
      (error as NodeJS.ErrnoException).code === "ENOTDIR" ? await archiveFolder(path) : undefined;
    if (inside === undefined) throw fileError(path, error);
    const visible = (names: Iterable<string>) => [...names].filter((name) => !name.startsWith(".")).sort();
    const names = [...inside.folders, ...inside.files.keys()];
    return { path, names, folders: visible(inside.folders), files: visible(inside.files.keys()) };
  }
  const folders: string[] = [];
  const files: string[] = [];
  for (const entry of entries) {
    if (entry.name.startsWith(".")) continue;
    const target = await follow(path, entry);
    if (target?.isDirectory()) folders.push(entry.name);
    else if (target?.isFile()) files.push(entry.name);
  }
  return { path, names: entries.map(({ name }) => name), folders: folders.sort(), files: files.sort() };
}

async function follow(within: string, entry: Dirent): Promise<Dirent | Stats | undefined> {
  return entry.isSymbolicLink() ? stat(join(within, entry.name)).catch(() => undefined) : entry;
}
