import { constants } from "node:buffer";
import type { Hash } from "node:crypto";
import { createHash } from "node:crypto";
import { type FileHandle, open, stat } from "node:fs/promises";
import { PixscaleError } from "../errors.ts";

/** A regular file that is open for reading. */
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
 * @throws PixscaleError if there is no such file, it is a folder or a device, or it may not be read
 */
export async function withFile<T>(path: string, use: (file: OpenFile) => Promise<T>): Promise<T> {
  let handle: FileHandle | undefined;
  try {
    // Before opening, because opening a named pipe would wait for its writer.
    const info = await stat(path);
    if (info.isDirectory()) throw new PixscaleError(path, "is a folder", "put a file there instead");
    if (!info.isFile())
      throw new PixscaleError(path, "is not a regular file", "copy its content to a file first");
    handle = await open(path);
    return await use({ path, size: info.size, handle });
  } catch (error) {
    throw fileError(path, error);
  } finally {
    await handle?.close();
  }
}

/** The first `length` bytes of a file, or all if it has fewer. */
export async function readStart(file: OpenFile, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(Math.min(length, file.size));
  await fill(file, bytes, 0);
  return bytes;
}

/**
 * Reads a whole file, in pieces that are read at the same time and, if there is a `sha256` to check, hashed while later
 * ones arrive.
 *
 * @param sha256 the sum the content must have, in hexadecimal
 * @throws PixscaleError if the content has another sum, or does not fit into memory
 */
export async function readAll(file: OpenFile, sha256: string | undefined): Promise<Uint8Array> {
  const bytes = allocate(file.path, file.size);
  const pieces: Promise<Uint8Array>[] = [];
  for (let start = 0; start < file.size; start += PIECE_BYTES) {
    pieces.push(fill(file, bytes.subarray(start, start + PIECE_BYTES), start));
  }
  if (sha256 === undefined) await Promise.all(pieces);
  else checkSum(file.path, await hashInOrder(createHash("sha256"), pieces), sha256);
  return bytes;
}

/** The whole content of a file. @throws PixscaleError as `withFile` does */
export function readBytes(path: string): Promise<Uint8Array> {
  return withFile(path, (file) => readAll(file, undefined));
}

/** A file system error in words that name the file; any other error as it is. */
export function fileError(path: string, error: unknown): unknown {
  if (!(error instanceof Error && "code" in error && "syscall" in error)) return error;
  switch (error.code) {
    case "ENOTDIR":
      return new PixscaleError(path, "is a file, or in one, but a folder is needed", "check the path", {
        cause: error,
      });
    case "ENOENT":
      return new PixscaleError(path, "does not exist", "check the path", { cause: error });
    case "EACCES":
    case "EPERM":
      return new PixscaleError(path, "may not be read", "give yourself permission to read it", {
        cause: error,
      });
    default:
      return new PixscaleError(path, `cannot be read (${error.code})`, "check the path and the disk", {
        cause: error,
      });
  }
}

/**
 * @throws PixscaleError if `size` bytes are more than one array, or this process, can hold
 */
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
  return new PixscaleError(path, `needs ${size} bytes of memory at once`, "use a smaller dataset", { cause });
}

async function fill(file: OpenFile, target: Uint8Array, start: number): Promise<Uint8Array> {
  for (let done = 0; done < target.length; ) {
    const { bytesRead } = await file.handle.read(target, done, target.length - done, start + done);
    if (bytesRead === 0) throw new PixscaleError(file.path, "shrank while it was read", "try again");
    done += bytesRead;
  }
  return target;
}

async function hashInOrder(hash: Hash, pieces: readonly Promise<Uint8Array>[]): Promise<string> {
  // A later piece may fail while an earlier one is awaited: this marks its failure as seen.
  void Promise.allSettled(pieces);
  for (const piece of pieces) hash.update(await piece);
  return hash.digest("hex");
}

function checkSum(path: string, found: string, expected: string): void {
  if (found === expected) return;
  throw new PixscaleError(
    path,
    `is not the known file (SHA-256 sum ${found}, expected ${expected})`,
    "install its package again",
  );
}
