import type { Dirent, Stats } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileError } from "./read.ts";

/** What a folder holds. */
export interface FolderEntries {
  /** All names, in no order. */
  readonly names: readonly string[];
  /** Names of folders that are not hidden, sorted. Links count as what they lead to. */
  readonly folders: readonly string[];
  /** The same of regular files: no pipes, devices and links to nowhere. */
  readonly files: readonly string[];
}

/** @throws PixscaleError if the folder cannot be read */
export async function folderEntries(folder: string): Promise<FolderEntries> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error) => {
    throw fileError(folder, error);
  });
  const folders: string[] = [];
  const files: string[] = [];
  for (const entry of entries) {
    if (entry.name.startsWith(".")) continue;
    const target = await follow(folder, entry);
    if (target?.isDirectory()) folders.push(entry.name);
    else if (target?.isFile()) files.push(entry.name);
  }
  return { names: entries.map(({ name }) => name), folders: folders.sort(), files: files.sort() };
}

async function follow(within: string, entry: Dirent): Promise<Dirent | Stats | undefined> {
  return entry.isSymbolicLink() ? stat(join(within, entry.name)).catch(() => undefined) : entry;
}
