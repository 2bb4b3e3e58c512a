import type { Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileError } from "./file.ts";

/**
 * The names of a folder's subfolders that are not hidden, links to folders included, sorted.
 *
 * @throws PixscaleError if the folder cannot be read
 */
export async function subfolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error) => {
    throw fileError(folder, error);
  });
  const names: string[] = [];
  for (const entry of entries) {
    if (!entry.name.startsWith(".") && (await isFolder(folder, entry))) names.push(entry.name);
  }
  return names.sort();
}

async function isFolder(within: string, entry: Dirent): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  // A link that leads nowhere is none.
  const target = await stat(join(within, entry.name)).catch(() => undefined);
  return target?.isDirectory() ?? false;
}
