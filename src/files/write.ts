import { randomBytes } from "node:crypto";
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { oneLine, PixscaleError } from "../errors.ts";
import { FILES, type FileLayer } from "./file-layer.ts";

/** The content of a file. */
export type Content = string | Uint8Array;

/**
 * Writes files that nobody ever sees half-written: all are written to the disk under temporary names, then each is renamed. It is
 * synchronous, so no signal handler runs in between. A file that is replaced keeps its mode.
 *
 * @throws PixscaleError if a file cannot be written; then all are unchanged and no temporary file remains
 */
export function writeFiles(files: ReadonlyMap<string, Content>, layer: FileLayer = FILES): void {
  for (const path of files.keys()) checkWritableFile(path);
  const all = [...files].map(([path, content]) => ({ path, content, ...placesOf(path) }));
  try {
    for (const { path, content, target, temporary } of all) {
      const mode = statSync(target, { throwIfNoEntry: false })?.mode;
      writing(path, () => layer.create(temporary, content, mode));
    }
    for (const { path, target, temporary } of all) writing(path, () => layer.rename(temporary, target));
    for (const folder of new Set(all.map(({ target }) => dirname(target)))) {
      writing(folder, () => layer.syncFolder(folder));
    }
  } finally {
    for (const { temporary } of all) removeTemporary(temporary);
  }
}

/**
 * Writes one file from a stream; nobody ever sees it half-written. The temporary file is removed on an error and when a
 * signal handler exits the process.
 *
 * @throws PixscaleError if the file cannot be written; any error of the stream
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
    await writeFile(temporary, chunks, { flag: "wx", flush: true });
    renameSync(temporary, target);
  } catch (cause) {
    throw isSystemError(cause) ? writeError(path, cause) : cause;
  } finally {
    process.removeListener("exit", remove);
    remove();
  }
}

/** The final path of a file, and a temporary one beside it: renaming within a folder is atomic. */
function placesOf(path: string): { readonly target: string; readonly temporary: string } {
  const target = linkedFile(path);
  return { target, temporary: temporaryName(target) };
}

/** The process that writes a file under a temporary name; undefined for another name. */
export function writerOf(name: string): number | undefined {
  const pid = Number(/\.(\d+)-[0-9a-f]{12}\.tmp$/.exec(name)?.[1]);
  return pid > 0 ? pid : undefined;
}

/** A name that no other process has, in whatever container. */
export function temporaryName(path: string): string {
  return `${path}.${process.pid}-${randomBytes(6).toString("hex")}.tmp`;
}

function removeTemporary(temporary: string): void {
  try {
    rmSync(temporary, { force: true });
  } catch {
    // The name was too long for a file to exist.
  }
}

/** Follows links: a link stays, and the file it points to is replaced. */
function linkedFile(path: string): string {
  return existsSync(path) ? realpathSync(path) : path;
}

/**
 * Makes a folder unless it exists, and checks that files can be written to it: before hours of work, not after.
 *
 * @throws PixscaleError naming the folder
 */
export function makeWritableFolder(folder: string): void {
  writing(folder, () => {
    makeFolder(resolve(folder));
    accessSync(folder, constants.W_OK | constants.X_OK);
  });
}

/** `mkdir -p`. Node's `recursive` option never returns where the system refuses new folders with ENOENT, as in /proc. */
function makeFolder(folder: string, otherwise: "EEXIST" | "ENOTDIR" = "EEXIST"): void {
  const info = statSync(folder, { throwIfNoEntry: false });
  if (info?.isDirectory()) return;
  if (info !== undefined) throw systemError(otherwise);
  if (folder !== dirname(folder)) makeFolder(dirname(folder), "ENOTDIR");
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another process may just have made it.
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}

/**
 * Checks that a file can be written or replaced.
 *
 * @throws PixscaleError naming the file
 */
export function checkWritableFile(path: string): void {
  writing(path, () => {
    const info = statSync(path, { throwIfNoEntry: false });
    if (info !== undefined && !info.isFile()) {
      const problem = info.isDirectory() ? "a folder, not a file" : "not a regular file";
      throw new PixscaleError(path, problem, "choose another file");
    }
    const folder = dirname(linkedFile(path));
    // Newer versions of Node say nothing else about a file in a file.
    if (!statSync(folder).isDirectory()) throw systemError("ENOTDIR");
    accessSync(folder, constants.W_OK | constants.X_OK);
  });
}

/** Runs `action` and turns its file system errors into ones that name `path`. */
export function writing<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    if (cause instanceof PixscaleError) throw cause;
    throw writeError(path, cause);
  }
}

function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && "syscall" in error;
}

function writeError(path: string, cause: unknown): PixscaleError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const [problem, remedy] = WRITE_ERRORS[code] ?? [
    `cannot be written (${oneLine(code || String(cause))})`,
    "choose another place",
  ];
  return new PixscaleError(path, problem, remedy, { cause });
}

const WRITE_ERRORS: Readonly<Record<string, readonly [problem: string, remedy: string]>> = {
  EACCES: ["permission denied", "choose another place"],
  EPERM: ["permission denied", "choose another place"],
  EROFS: ["read-only disk", "choose another place"],
  ENOSPC: ["disk full", "free some space, or choose another place"],
  EDQUOT: ["disk quota exceeded", "free some space, or choose another place"],
  ENAMETOOLONG: ["name too long", "choose a shorter name"],
  ENOENT: ["its folder does not exist", "create the folder first"],
  ENOTDIR: ["part of this path is a file", "choose another place"],
  EEXIST: ["a file, not a folder", "choose another place"],
};
