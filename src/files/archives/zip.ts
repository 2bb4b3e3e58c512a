import { once } from "node:events";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream";
import { crc32, createInflateRaw } from "node:zlib";
import type { Entry, ZipFile } from "yauzl";
import { oneLine, PixscaleError } from "../../errors.ts";
import { readPart, withFile } from "../read.ts";

/** A file in a zip archive. */
export interface ZipMember {
  /** The archive. */
  readonly archive: string;
  /** Its path in the archive, with `/`. */
  readonly name: string;
  /** Bytes when decompressed. */
  readonly size: number;
  readonly compressedSize: number;
  readonly isCompressed: boolean;
  readonly crc32: number;
  /** Where its local header starts. */
  readonly headerOffset: number;
}

/** Length of a local header without its name and extra field, and where it has their lengths. */
const LOCAL_HEADER = { bytes: 30, nameLength: 26, extraLength: 28 } as const;
const STORED = 0;
const DEFLATED = 8;
const IS_ENCRYPTED = 1;

/**
 * Lists the files of a zip archive.
 *
 * @throws PixscaleError if the archive cannot be read or is damaged
 */
export function listZip(archive: string): Promise<readonly ZipMember[]> {
  return withFile(archive, async ({ handle }) => {
    try {
      const zip = await open(handle.fd);
      const members: ZipMember[] = [];
      for await (const entry of entries(zip)) {
        if (!entry.fileName.endsWith("/")) members.push(toMember(archive, entry));
      }
      requireApart(members);
      return members;
    } catch (cause) {
      throw unreadable(archive, cause);
    }
  });
}

/** Files that share bytes inflate a small archive to terabytes. @throws Error if some do */
function requireApart(members: readonly ZipMember[]): void {
  const ordered = [...members].sort((a, b) => a.headerOffset - b.headerOffset);
  for (const [i, { name, headerOffset, compressedSize }] of ordered.entries()) {
    const next = ordered[i + 1];
    if (next === undefined || headerOffset + LOCAL_HEADER.bytes + compressedSize <= next.headerOffset)
      continue;
    throw new Error(`"${name}" and "${next.name}" overlap`);
  }
}

function toMember(archive: string, entry: Entry): ZipMember {
  const { fileName: name, compressionMethod: method } = entry;
  if ((entry.generalPurposeBitFlag & IS_ENCRYPTED) !== 0) throw new Error(`"${name}" is encrypted`);
  if (method !== STORED && method !== DEFLATED) throw new Error(`"${name}" has compression method ${method}`);
  return {
    archive,
    name,
    size: entry.uncompressedSize,
    compressedSize: entry.compressedSize,
    isCompressed: method === DEFLATED,
    crc32: entry.crc32,
    headerOffset: entry.relativeOffsetOfLocalHeader,
  };
}

async function open(fd: number): Promise<ZipFile> {
  const { fromFd } = await import("yauzl");
  return new Promise((resolve, reject) => {
    // The caller opened the file and closes it.
    fromFd(fd, { lazyEntries: true, autoClose: false }, (error, zip) =>
      error ? reject(error) : resolve(zip),
    );
  });
}

async function* entries(zip: ZipFile): AsyncGenerator<Entry> {
  for (let left = zip.entryCount; left > 0; left--) {
    // Rejects if an error comes first.
    const entry = once(zip, "entry");
    zip.readEntry();
    yield (await entry)[0];
  }
}

/**
 * Goes through the content of a file in an archive. (yauzl's own streams fail when they are left early.)
 *
 * @throws PixscaleError if the archive cannot be read or is damaged; its checksum is looked at in the end
 */
export async function* readMember(member: ZipMember): AsyncGenerator<Uint8Array> {
  const { archive, compressedSize, size } = member;
  try {
    const start = await dataStart(member);
    let checksum = 0;
    let length = 0;
    if (compressedSize > 0) {
      const stored = createReadStream(archive, { start, end: start + compressedSize - 1 });
      // Errors of either stream come out of the iteration.
      const content = member.isCompressed ? pipeline(stored, createInflateRaw(), () => {}) : stored;
      for await (const chunk of content as AsyncIterable<Buffer>) {
        checksum = crc32(chunk, checksum);
        length += chunk.length;
        if (length > size) break;
        yield chunk;
      }
    }
    if (length !== size) throw new Error(`"${member.name}" does not have its ${size} bytes`);
    if (checksum !== member.crc32) throw new Error(`"${member.name}" has a wrong checksum`);
  } catch (cause) {
    throw unreadable(archive, cause);
  }
}

function dataStart({ archive, name, headerOffset: start, compressedSize }: ZipMember): Promise<number> {
  return withFile(archive, async (file) => {
    const header = Buffer.from(await readPart(file, start, start + LOCAL_HEADER.bytes));
    const isHeader = header.toString("latin1", 0, 4) === "PK\x03\x04";
    const lengths =
      header.readUInt16LE(LOCAL_HEADER.nameLength) + header.readUInt16LE(LOCAL_HEADER.extraLength);
    const end = start + LOCAL_HEADER.bytes + lengths;
    if (isHeader && end + compressedSize <= file.size) return end;
    throw new Error(`"${name}" is not where the directory says`);
  });
}

function unreadable(path: string, cause: unknown): unknown {
  if (cause instanceof PixscaleError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  const problem = `not a readable zip archive (${oneLine(reason)})`;
  return new PixscaleError(path, problem, "save or download it again", { cause });
}
