import { createHash, randomBytes } from "node:crypto";
import { createReadStream, createWriteStream, existsSync, renameSync, rmSync } from "node:fs";
import { stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { oneLine, PixscaleError } from "../../errors.ts";
import { inProportion } from "../gzip.ts";
import { type OpenFile, readPart, withFile } from "../read.ts";

/** A file in a tar archive. */
export interface TarMember {
  /** Its path in the archive, with `/`. */
  readonly name: string;
  readonly size: number;
  /** The uncompressed archive, and where the content starts in it. */
  readonly archive: string;
  readonly start: number;
}

const BLOCK = 512;
/** Fields of a header (POSIX ustar): offset and length. */
const NAME = [0, 100] as const;
const SIZE = [124, 12] as const;
const CHECKSUM = [148, 8] as const;
const MAGIC = [257, 5] as const;
const PREFIX = [345, 155] as const;
/** Types of members. */
const FILES = ["0", "\0", "7"];
const GNU_LONG_NAME = "L";
const PAX = "x";
/** Names are no longer. */
const MAX_EXTENSION_BYTES = 1 << 20;

/**
 * Lists the files of a tar archive, perhaps gzipped. Links, devices and folders are left out. A gzipped archive is decompressed to a
 * temporary file, as its files are read in the order of their names.
 *
 * @throws PixscaleError if it cannot be read, or is damaged
 */
export async function listTar(path: string): Promise<readonly TarMember[]> {
  const archive = /gz$/i.test(path) ? await decompressed(path) : path;
  return withFile(archive, (file) => listPlain(file, path));
}

/** The content of a file in an archive. @throws PixscaleError if the archive has become shorter */
export function readTarMember({ archive, start, size }: TarMember): Promise<Uint8Array> {
  return withFile(archive, (file) => readPart(file, start, start + size));
}

async function listPlain(file: OpenFile, path: string): Promise<readonly TarMember[]> {
  const members: TarMember[] = [];
  /** What extensions say of the next member. */
  let next: { readonly name?: string; readonly size?: number } = {};
  for (let at = 0; at + BLOCK <= file.size; ) {
    const header = Buffer.from(await readPart(file, at, at + BLOCK));
    // Two blocks of zeros end an archive.
    if (header.every((byte) => byte === 0)) break;
    requireHeader(header, path, at);
    const type = String.fromCharCode(header[156]);
    const size = next.size ?? sizeOf(header, path);
    const start = at + BLOCK;
    if (start + size > file.size) throw damaged(path, "cut off");
    at = start + BLOCK * Math.ceil(size / BLOCK);
    if (type === GNU_LONG_NAME || type === PAX) {
      if (size > MAX_EXTENSION_BYTES) throw damaged(path, "a name of megabytes");
      const content = Buffer.from(await readPart(file, start, start + size)).toString("utf8");
      next = { ...next, ...(type === PAX ? readPax(content) : { name: content.replace(/\0.*$/s, "") }) };
      continue;
    }
    const name = (next.name ?? nameOf(header)).replace(/^(\.?\/)+/, "");
    if (FILES.includes(type) && name !== "") members.push({ name, size, archive: file.path, start });
    next = {};
  }
  return members;
}

function requireHeader(header: Buffer, path: string, at: number): void {
  const sum = header.reduce(
    (total, byte, i) => total + (i >= CHECKSUM[0] && i < CHECKSUM[0] + CHECKSUM[1] ? 32 : byte),
    0,
  );
  if (Number.parseInt(text(header, CHECKSUM), 8) === sum) return;
  throw at === 0
    ? new PixscaleError(path, "not a tar archive", "check the file")
    : damaged(path, `a wrong header at byte ${at}`);
}

function sizeOf(header: Buffer, path: string): number {
  const [start, length] = SIZE;
  // GNU tar writes large sizes as binary numbers.
  if (header[start] === 0x80) return Number(header.readBigUInt64BE(start + length - 8));
  const size = Number.parseInt(text(header, SIZE) || "0", 8);
  if (Number.isSafeInteger(size) && size >= 0) return size;
  throw damaged(path, "a wrong size");
}

function nameOf(header: Buffer): string {
  const prefix = text(header, MAGIC) === "ustar" ? text(header, PREFIX) : "";
  return prefix === "" ? text(header, NAME) : `${prefix}/${text(header, NAME)}`;
}

/** Text up to the first zero. */
function text(header: Buffer, [start, length]: readonly [number, number]): string {
  const bytes = header.subarray(start, start + length);
  const end = bytes.indexOf(0);
  return bytes.toString("utf8", 0, end < 0 ? length : end).trim();
}

/** Records such as `30 path=a/long/name`. */
function readPax(content: string): { readonly name?: string; readonly size?: number } {
  const name = /(?:^|\n)\d+ path=([^\n]*)\n/.exec(content)?.[1];
  const size = /(?:^|\n)\d+ size=(\d+)\n/.exec(content)?.[1];
  return { ...(name !== undefined && { name }), ...(size !== undefined && { size: Number(size) }) };
}

/** A temporary file with the content of a gzipped one, which other processes of this program find too. */
async function decompressed(path: string): Promise<string> {
  const { size, mtimeNs } = await stat(path, { bigint: true });
  const key = createHash("sha256").update(`${path}\n${size}\n${mtimeNs}`).digest("hex").slice(0, 32);
  const place = join(tmpdir(), `pixscale-${key}.tar`);
  if (existsSync(place)) return place;
  const unfinished = `${place}.${randomBytes(6).toString("hex")}`;
  const remove = () => {
    rmSync(unfinished, { force: true });
    rmSync(place, { force: true });
  };
  process.once("exit", remove);
  try {
    const content = (chunks: AsyncIterable<Buffer>) => inProportion(chunks, path, Number(size));
    await pipeline(createReadStream(path), createGunzip(), content, createWriteStream(unfinished));
    renameSync(unfinished, place);
    return place;
  } catch (cause) {
    process.removeListener("exit", remove);
    rmSync(unfinished, { force: true });
    if (cause instanceof PixscaleError) throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code?.startsWith("Z_")) throw damaged(path, oneLine(message));
    const problem = `cannot be decompressed to ${tmpdir()} (${code ?? oneLine(message)})`;
    throw new PixscaleError(path, problem, "decompress it with gunzip, and use the .tar file", { cause });
  }
}

function damaged(path: string, problem: string): PixscaleError {
  return new PixscaleError(path, `damaged tar archive: ${problem}`, "download it again");
}
