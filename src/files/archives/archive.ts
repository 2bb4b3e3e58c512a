import { stat } from "node:fs/promises";
import { dirname, relative, sep } from "node:path";
import { listTar, readTarMember } from "./tar.ts";
import { listZip, readMember } from "./zip.ts";

const ZIP = /\.zip$/i;
const TAR = /\.(tar|tar\.gz|tgz)$/i;

/** A file in an archive. */
export interface ArchiveFile {
  /** Its path in the archive, with `/`. */
  readonly name: string;
  read(): Promise<Uint8Array>;
}

/** Names in a folder of an archive. */
export interface ArchiveFolder {
  readonly folders: ReadonlySet<string>;
  readonly files: ReadonlyMap<string, ArchiveFile>;
}

export function isArchiveName(path: string): boolean {
  return ZIP.test(path) || TAR.test(path);
}

/** By path, as many files of each are read. */
const opened = new Map<string, Promise<readonly ArchiveFile[]>>();
const folders = new Map<string, Promise<ReadonlyMap<string, ArchiveFolder>>>();

/**
 * The files of a zip or tar archive, in its order. It is listed once.
 *
 * @throws PixscaleError if it cannot be read, or is damaged
 */
export function archiveFiles(path: string): Promise<readonly ArchiveFile[]> {
  const known = opened.get(path) ?? list(path);
  opened.set(path, known);
  return known;
}

async function list(path: string): Promise<readonly ArchiveFile[]> {
  if (TAR.test(path)) {
    return (await listTar(path)).map((member) => ({ name: member.name, read: () => readTarMember(member) }));
  }
  return (await listZip(path)).map((member) => ({
    name: member.name,
    async read() {
      const chunks: Uint8Array[] = [];
      for await (const chunk of readMember(member)) chunks.push(chunk);
      return Buffer.concat(chunks);
    },
  }));
}

/**
 * The folder at a path that goes through an archive, such as `data.zip/train`.
 *
 * @returns undefined if it does not
 * @throws PixscaleError as `archiveFiles` does
 */
export async function archiveFolder(path: string): Promise<ArchiveFolder | undefined> {
  const place = await through(path);
  if (place === undefined) return undefined;
  const known = folders.get(place.archive) ?? foldersOf(place.archive);
  folders.set(place.archive, known);
  return (await known).get(place.within);
}

/** The same for a file. */
export async function archiveFile(path: string): Promise<ArchiveFile | undefined> {
  const folder = await archiveFolder(dirname(path));
  return folder?.files.get(path.slice(dirname(path).length + 1));
}

async function foldersOf(archive: string): Promise<ReadonlyMap<string, ArchiveFolder>> {
  const found = new Map<
    string,
    { readonly folders: Set<string>; readonly files: Map<string, ArchiveFile> }
  >();
  const folder = (path: string) => {
    const known = found.get(path) ?? { folders: new Set<string>(), files: new Map<string, ArchiveFile>() };
    found.set(path, known);
    return known;
  };
  folder("");
  for (const file of await archiveFiles(archive)) {
    const parts = file.name.split("/").filter((part) => part !== "" && part !== ".");
    const name = parts.pop();
    if (name === undefined || parts.includes("..")) continue;
    for (let depth = 0; depth < parts.length; depth++) {
      folder(parts.slice(0, depth).join("/")).folders.add(parts[depth]);
    }
    folder(parts.join("/")).files.set(name, file);
  }
  return found;
}

/** The archive that a path goes through, and the rest of the path with `/`. */
async function through(
  path: string,
): Promise<{ readonly archive: string; readonly within: string } | undefined> {
  for (let archive = path; archive !== dirname(archive); archive = dirname(archive)) {
    const info = await stat(archive).catch(() => undefined);
    if (info === undefined) continue;
    if (!info.isFile() || !isArchiveName(archive)) return undefined;
    return { archive, within: relative(archive, path).split(sep).join("/") };
  }
  return undefined;
}
