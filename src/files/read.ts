import { constants } from "node:buffer";
import type { Hash } from "node:crypto";
import { createHash } from "node:crypto";
import { closeSync, openSync, readFileSync, readSync, type Stats, statSync } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { PixscaleError } from "../errors.ts";

/** A regular file, open for reading. */
export interface OpenFile {
  readonly path: string;
  /** Length in bytes. */
  readonly size: number;
  readonly handle: FileHandle;
}

const PIECE_BYTES = 2 << 20;

/**
 * Opens a regular file, hands it to `use` and closes it.
 *
 * @throws PixscaleError if there is no such file, it is a folder or a device, or it cannot be read
 */
export async function withFile<T>(path: string, use: (file: OpenFile) => Promise<T>): Promise<T> {
  let handle: FileHandle | undefined;
  try {
    const info = await stat(path);
    requireFile(path, info);
    handle = await open(path);
    return await use({ path, size: info.size, handle });
  } catch (error) {
    throw fileError(path, error);
  } finally {
    await handle?.close();
  }
}

/**
 * To be called before a file is opened: opening a named pipe would wait for its writer, and so would the end of the process.
 *
 * @throws PixscaleError if it is a folder, a pipe, a socket or a device
 */
export function requireFile(path: string, info: Stats): void {
  if (info.isDirectory()) throw new PixscaleError(path, "a folder, not a file", "choose a file");
  if (info.isFile()) return;
  throw new PixscaleError(path, "not a regular file", "copy its content to a file first");
}

/** The whole content of a file, for code that no signal handler may interrupt. @throws PixscaleError as `withFile` does */
export function readBytesSync(path: string): Buffer {
  try {
    requireFile(path, statSync(path));
    return readFileSync(path);
  } catch (error) {
    throw fileError(path, error);
  }
}

/**
 * The whole content of a file, in `room` if it is long enough: memory that was used before is faster than new one.
 *
 * @throws PixscaleError as `withFile` does
 */
export function readIntoSync(path: string, room: Uint8Array): Uint8Array {
  let handle: number | undefined;
  try {
    const info = statSync(path);
    requireFile(path, info);
    // Some files that a system makes up say so, and have a content.
    if (info.size === 0) return readFileSync(path);
    handle = openSync(path, "r");
    const bytes = room.length < info.size ? allocate(path, info.size) : room.subarray(0, info.size);
    let done = 0;
    for (let read = -1; done < bytes.length && read !== 0; done += read) {
      read = readSync(handle, bytes, done, bytes.length - done, null);
    }
    return bytes.subarray(0, done);
  } catch (error) {
    throw fileError(path, error);
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

/** The first `length` bytes of a file, or all if it has fewer. */
export async function readStart(file: OpenFile, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(Math.min(length, file.size));
  await fill(file, bytes, 0);
  return bytes;
}

/** The bytes from `start` (included) to `end` (excluded). @throws PixscaleError if the file has fewer */
export async function readPart(file: OpenFile, start: number, end: number): Promise<Uint8Array> {
  if (start < 0 || end < start || end > file.size) {
    const problem = `bytes ${start} to ${end} are missing (it has ${file.size})`;
    throw new PixscaleError(file.path, problem, "download the file again");
  }
  return fill(file, allocate(file.path, end - start), start);
}

/**
 * Reads a whole file in concurrent pieces. To check a `sha256`, it hashes each piece while later ones arrive.
 *
 * @param sha256 the expected hash of the content, in hexadecimal
 * @throws PixscaleError if the hash differs, or the content does not fit into memory
 */
export async function readAll(file: OpenFile, sha256?: string): Promise<Uint8Array> {
  const bytes = allocate(file.path, file.size);
  const pieces: Promise<Uint8Array>[] = [];
  for (let start = 0; start < file.size; start += PIECE_BYTES) {
    pieces.push(fill(file, bytes.subarray(start, start + PIECE_BYTES), start));
  }
  if (sha256 === undefined) await Promise.all(pieces);
  else checkHash(file.path, await hashInOrder(createHash("sha256"), pieces), sha256);
  return bytes;
}

/** The whole content of a file. @throws PixscaleError as `withFile` does */
export function readBytes(path: string): Promise<Uint8Array> {
  return withFile(path, (file) => readAll(file));
}

const READ_ERRORS: Readonly<Record<string, readonly [problem: string, remedy: string]>> = {
  ENOENT: ["no such file or folder", "check the path"],
  ENOTDIR: ["part of this path is a file", "check the path"],
  EACCES: ["permission denied", "make it readable"],
  EPERM: ["permission denied", "make it readable"],
  EIO: ["the disk failed to read it (EIO)", "check the disk, or copy the data elsewhere"],
  EMFILE: ["too many open files (EMFILE)", "raise the limit with ulimit -n"],
  ENFILE: ["too many open files on this machine (ENFILE)", "close other programs"],
};

/** Turns an error of the file system into one that names `path`; returns any other error unchanged. */
export function fileError(path: string, cause: unknown): unknown {
  if (!(cause instanceof Error && "code" in cause && "syscall" in cause)) return cause;
  // What Node makes of bytes that are no UTF-8.
  if (cause.code === "ENOENT" && path.includes("\ufffd")) {
    const problem = "its name is not valid UTF-8, so it cannot be opened";
    return new PixscaleError(path, problem, "rename it, for example with convmv", { cause });
  }
  const [problem, remedy] = READ_ERRORS[String(cause.code)] ?? [
    `cannot be read (${cause.code})`,
    "check the path and the disk",
  ];
  return new PixscaleError(path, problem, remedy, { cause });
}

/** Whether an error is `fileError`'s: the file may be whole, but the system did not hand it over. */
export function isReadError(error: unknown): boolean {
  return error instanceof PixscaleError && error.cause instanceof Error && "syscall" in error.cause;
}

/** @throws PixscaleError if `size` bytes are more than one array can hold */
export function checkFits(path: string, size: number): void {
  if (size > constants.MAX_LENGTH) throw tooLarge(path, size);
}

function allocate(path: string, size: number): Uint8Array {
  checkFits(path, size);
  try {
    return new Uint8Array(size);
  } catch (cause) {
    throw tooLarge(path, size, cause);
  }
}

function tooLarge(path: string, size: number, cause?: unknown): PixscaleError {
  return new PixscaleError(path, `needs ${size} bytes of memory`, "use a smaller dataset", { cause });
}

async function fill(file: OpenFile, target: Uint8Array, start: number): Promise<Uint8Array> {
  for (let done = 0; done < target.length; ) {
    const { bytesRead } = await file.handle.read(target, done, target.length - done, start + done);
    if (bytesRead === 0) throw new PixscaleError(file.path, "became shorter while being read", "try again");
    done += bytesRead;
  }
  return target;
}

async function hashInOrder(hash: Hash, pieces: readonly Promise<Uint8Array>[]): Promise<string> {
  // A later piece may fail while an earlier one is awaited; this marks its rejection as handled.
  void Promise.allSettled(pieces);
  for (const piece of pieces) hash.update(await piece);
  return hash.digest("hex");
}

function checkHash(path: string, found: string, expected: string): void {
  if (found === expected) return;
  const problem = `not the known file (its SHA-256 is ${found}, expected ${expected})`;
  throw new PixscaleError(path, problem, "reinstall the package it belongs to");
}
