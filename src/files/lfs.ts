import { PixscaleError } from "../errors.ts";

const POINTER = "version https://git-lfs";

/**
 * Refuses what Git leaves in place of a large file that was not downloaded (https://git-lfs.com).
 *
 * @param start of the file's content
 * @throws PixscaleError if it is such a pointer
 */
export function refuseLfsPointer(path: string, start: Uint8Array): void {
  if (Buffer.from(start.subarray(0, POINTER.length)).toString("latin1") !== POINTER) return;
  throw new PixscaleError(path, "a pointer of Git LFS, not the file itself", "run git lfs pull");
}
