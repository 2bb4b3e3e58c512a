import { once } from "node:events";
import { crc32 } from "node:zlib";
import { type Entry, fromFd, type ZipFile } from "yauzl";
import { oneLine, PixscaleError } from "../../errors.ts";
import { checkFits, withFile } from "../../files/read.ts";

/**
 * Reads some files of a zip archive.
 *
 * @param names the files to read; the result omits those that the archive lacks
 * @throws PixscaleError if the archive cannot be read or is damaged
 */
export function readZip(path: string, names: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
  return withFile(path, async ({ handle }) => {
    try {
      const zip = await open(handle.fd);
      const files = new Map<string, Uint8Array>();
      for await (const entry of entries(zip)) {
        if (names.includes(entry.fileName)) files.set(entry.fileName, await readEntry(zip, entry, path));
      }
      return files;
    } catch (cause) {
      if (cause instanceof PixscaleError) throw cause;
      const reason = cause instanceof Error ? cause.message : String(cause);
      const problem = `not a readable zip archive (${oneLine(reason)})`;
      throw new PixscaleError(path, problem, "save or download it again", { cause });
    }
  });
}

function open(fd: number): Promise<ZipFile> {
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

async function readEntry(zip: ZipFile, entry: Entry, path: string): Promise<Uint8Array> {
  checkFits(path, entry.uncompressedSize);
  const stream = await new Promise<NodeJS.ReadableStream>((resolve, reject) => {
    zip.openReadStream(entry, (error, opened) => (error ? reject(error) : resolve(opened)));
  });
  const bytes = new Uint8Array(entry.uncompressedSize);
  let at = 0;
  let checksum = 0;
  for await (const chunk of stream) {
    bytes.set(chunk as Buffer, at);
    at += chunk.length;
    checksum = crc32(chunk, checksum);
  }
  if (checksum !== entry.crc32) throw new Error(`"${entry.fileName}" has a wrong checksum`);
  return bytes;
}
