import { accessSync, constants, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { PixscaleError } from "../errors.ts";

/** What goes into a file. */
export type Content = string | Uint8Array;

/**
 * Writes files so that none is ever seen half-written: all go to temporary names first, then each takes its place in one step.
 * Synchronous, so that no signal handler runs in between.
 *
 * @throws PixscaleError if something cannot be written; then no file has changed, and nothing is left behind
 */
export function writeFiles(files: ReadonlyMap<string, Content>): void {
  for (const path of files.keys()) checkWritableFile(path);
  const temporary = (path: string) => `${path}.${process.pid}.tmp`;
  try {
    for (const [path, content] of files) writing(path, () => writeFileSync(temporary(path), content));
    for (const path of files.keys()) writing(path, () => renameSync(temporary(path), path));
  } finally {
    for (const path of files.keys()) rmSync(temporary(path), { force: true });
  }
}

/**
 * Makes a folder if it is not there, and checks that files can be written into it: before hours of work, not after.
 *
 * @throws PixscaleError naming the folder
 */
export function makeWritableFolder(folder: string): void {
  writing(folder, () => {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK | constants.X_OK);
  });
}

/**
 * The same check for a file that is to be written or replaced.
 *
 * @throws PixscaleError naming the file
 */
export function checkWritableFile(path: string): void {
  writing(path, () => {
    const info = statSync(path, { throwIfNoEntry: false });
    if (info !== undefined && !info.isFile()) {
      const kind = info.isDirectory() ? "is a folder" : "is not a regular file";
      throw new PixscaleError(path, kind, "give the name of a new file, or of one to replace");
    }
    accessSync(dirname(path), constants.W_OK | constants.X_OK);
  });
}

/** Runs `action`, and turns what the file system says of a failed write into an error that names `path`. */
export function writing<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    if (cause instanceof PixscaleError) throw cause;
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
    const [problem, remedy] = WRITE_ERRORS[code] ?? [
      `cannot be written (${code || String(cause)})`,
      "choose another place",
    ];
    throw new PixscaleError(path, problem, remedy, { cause });
  }
}

const WRITE_ERRORS: Readonly<Record<string, readonly [problem: string, remedy: string]>> = {
  EACCES: ["may not be written", "give yourself permission, or choose another place"],
  EPERM: ["may not be written", "give yourself permission, or choose another place"],
  EROFS: ["is on a read-only disk", "choose another place"],
  ENOSPC: ["does not fit on the disk", "free some space, or choose another place"],
  EDQUOT: ["does not fit into the disk quota", "free some space, or choose another place"],
  ENOENT: ["is in a folder that does not exist", "make the folder first"],
  ENOTDIR: ["has a file where a folder is needed", "choose another place"],
  EEXIST: ["is a file, but a folder is needed", "choose another place"],
};
