import { readFile, stat } from "node:fs/promises";
import { archiveFile } from "./archives/archive.ts";
import { fileError, requireFile } from "./read.ts";

/**
 * The whole content of a file, perhaps one in an archive, such as `data.zip/cat/1.jpg`.
 *
 * @throws PixscaleError if it cannot be read
 */
export async function readPath(path: string): Promise<Uint8Array> {
  try {
    requireFile(path, await stat(path));
    return await readFile(path);
  } catch (error) {
    const inside = (error as NodeJS.ErrnoException).code === "ENOTDIR" ? await archiveFile(path) : undefined;
    if (inside === undefined) throw fileError(path, error);
    return inside.read();
  }
}
