import type { Dirent, Stats } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
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

/** @throws PixscaleError if the folder cannot be read */
export async function folderEntries(path: string): Promise<FolderEntries> {
  const entries = await readdir(path, { withFileTypes: true }).catch((error) => {
    throw fileError(path, error);
  });
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
