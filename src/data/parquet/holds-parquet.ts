import { opendir } from "node:fs/promises";
import { join } from "node:path";
import type { FolderEntries } from "../../files/folder-entries.ts";
import { fileError } from "../../files/read.ts";

const PARQUET = /\.parquet$/i;
/** Folders within a folder, and entries of each, that are looked at: those of images may have millions. */
const MAX_ENTRIES = 64;

export function isParquet(name: string): boolean {
  return PARQUET.test(name);
}

/** Whether a folder has Parquet files within some folders of depth. Only the first entries of each inner folder are looked at. */
export async function holdsParquet(
  { path, files, folders }: Pick<FolderEntries, "path" | "files" | "folders">,
  depth: number,
): Promise<boolean> {
  if (files.some(isParquet)) return true;
  if (depth === 0) return false;
  for (const name of folders.slice(0, MAX_ENTRIES)) {
    if (await holdsParquet(await firstEntries(join(path, name)), depth - 1)) return true;
  }
  return false;
}

async function firstEntries(path: string): Promise<Pick<FolderEntries, "path" | "files" | "folders">> {
  const files: string[] = [];
  const folders: string[] = [];
  try {
    for await (const entry of await opendir(path)) {
      if (entry.isDirectory() && !entry.name.startsWith(".")) folders.push(entry.name);
      else files.push(entry.name);
      if (files.length + folders.length === MAX_ENTRIES) break;
    }
  } catch (error) {
    throw fileError(path, error);
  }
  return { path, files, folders };
}
