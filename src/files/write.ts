import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
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
  const all = [...files].map(([path, content]) => ({ path, content, ...placesOf(path) }));
  try {
    for (const { path, content, temporary } of all) writing(path, () => writeFileSync(temporary, content));
    for (const { path, target, temporary } of all) writing(path, () => renameSync(temporary, target));
  } finally {
    for (const { temporary } of all) removeTemporary(temporary);
  }
}

/**
 * Writes one file from a stream, so that it is never seen half-written: neither on an error nor when the process is ended by a
 * signal does anything stay behind.
 *
 * @throws PixscaleError if it cannot be written, and whatever the stream fails with
 */
export async function writeStream(
  path: string,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  checkWritableFile(path);
  const { target, temporary } = placesOf(path);
  const remove = () => removeTemporary(temporary);
  process.once("exit", remove);
  try {
    await writeFile(temporary, chunks);
    renameSync(temporary, target);
  } catch (cause) {
    throw isSystemError(cause) ? writeError(path, cause) : cause;
  } finally {
    process.removeListener("exit", remove);
    remove();
  }
}

/** Where a file goes in the end, and before that beside it, so that it can take its place in one step. */
function placesOf(path: string): { readonly target: string; readonly temporary: string } {
  const target = linkedFile(path);
  return { target, temporary: `${target}.${process.pid}.tmp` };
}

function removeTemporary(temporary: string): void {
  try {
    rmSync(temporary, { force: true });
  } catch {
    // Its name was too long, so it is not there.
  }
}

/** A link to a file stays a link: the file that it leads to is replaced. */
function linkedFile(path: string): string {
  return existsSync(path) ? realpathSync(path) : path;
}

/**
 * Makes a folder if it is not there, and checks that files can be written into it: before hours of work, not after.
 *
 * @throws PixscaleError naming the folder
 */
export function makeWritableFolder(folder: string): void {
  writing(folder, () => {
    makeFolder(resolve(folder));
    accessSync(folder, constants.W_OK | constants.X_OK);
  });
}

/** As `mkdir -p`; Node's own `recursive` never returns where the system refuses folders with ENOENT, as in /proc. */
function makeFolder(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  if (folder !== dirname(folder)) makeFolder(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another process may have made it just now.
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
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
    accessSync(dirname(linkedFile(path)), constants.W_OK | constants.X_OK);
  });
}

/** Runs `action`, and turns what the file system says of a failed write into an error that names `path`. */
export function writing<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    if (cause instanceof PixscaleError) throw cause;
    throw writeError(path, cause);
  }
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && "syscall" in error;
}

function writeError(path: string, cause: unknown): PixscaleError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const [problem, remedy] = WRITE_ERRORS[code] ?? [
    `cannot be written (${code || String(cause)})`,
    "choose another place",
  ];
  return new PixscaleError(path, problem, remedy, { cause });
}

const WRITE_ERRORS: Readonly<Record<string, readonly [problem: string, remedy: string]>> = {
  EACCES: ["may not be written", "give yourself permission, or choose another place"],
  EPERM: ["may not be written", "give yourself permission, or choose another place"],
  EROFS: ["is on a read-only disk", "choose another place"],
  ENOSPC: ["does not fit on the disk", "free some space, or choose another place"],
  EDQUOT: ["does not fit into the disk quota", "free some space, or choose another place"],
  ENAMETOOLONG: ["has too long a name", "choose a shorter one"],
  ENOENT: ["is in a folder that does not exist", "make the folder first"],
  ENOTDIR: ["has a file where a folder is needed", "choose another place"],
  EEXIST: ["is a file, but a folder is needed", "choose another place"],
};
