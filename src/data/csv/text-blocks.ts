import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";
import { PixscaleError } from "../../errors.ts";
import { gzipError, inProportion } from "../../files/gzip.ts";
import { refuseLfsPointer } from "../../files/lfs.ts";
import { fileError, withFile } from "../../files/read.ts";

const BLOCK_BYTES = 4 << 20;
/** A line may hold an image of 4096 × 4096 × 3 values of up to five characters. */
const MAX_LINE_BYTES = 256 << 20;

/**
 * The text of a file, decompressed if its name ends in `.gz`, in blocks of a few megabytes of whole lines.
 *
 * @throws PixscaleError if it cannot be read, is damaged, or is no text in lines
 */
export async function* textBlocks(path: string): AsyncGenerator<Buffer> {
  let rest: Buffer[] = [];
  let length = 0;
  for await (const chunk of bytesOfFile(path)) {
    rest.push(chunk);
    length += chunk.length;
    if (length > MAX_LINE_BYTES)
      throw new PixscaleError(path, "a line too long for a table", "check the file");
    if (length < BLOCK_BYTES) continue;
    const all = Buffer.concat(rest);
    const end = all.lastIndexOf(0x0a) + 1;
    rest = [all.subarray(end)];
    length = all.length - end;
    if (end > 0) yield all.subarray(0, end);
  }
  if (length > 0) yield Buffer.concat(rest);
}

async function* bytesOfFile(path: string): AsyncGenerator<Buffer> {
  // A stream would wait for the writer of a named pipe.
  const size = await withFile(path, async (file) => file.size);
  const file = createReadStream(path, { highWaterMark: Math.min(BLOCK_BYTES, size + 1) });
  if (!path.toLowerCase().endsWith(".gz")) {
    yield* withoutMark(
      path,
      failing(file, (error) => fileError(path, error)),
    );
    return;
  }
  const unzipped = createGunzip({ chunkSize: 1 << 20 });
  file.on("error", (error) => unzipped.destroy(error));
  try {
    yield* withoutMark(
      path,
      inProportion(
        failing(file.pipe(unzipped), (error) => gzipError(path, fileError(path, error))),
        path,
        size,
      ),
    );
  } finally {
    file.destroy();
  }
}

async function* failing(
  chunks: AsyncIterable<Buffer>,
  toError: (error: unknown) => unknown,
): AsyncGenerator<Buffer> {
  const iterator = chunks[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await iterator.next().catch((error: unknown) => {
        throw toError(error);
      });
      if (done) return;
      yield value;
    }
  } finally {
    await iterator.return?.();
  }
}

/** Without the byte order mark of UTF-8. @throws PixscaleError if there is that of UTF-16, or a zero byte at the start */
async function* withoutMark(path: string, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let isFirst = true;
  for await (const chunk of chunks) {
    if (isFirst) refuseLfsPointer(path, chunk);
    if (isFirst && chunk.subarray(0, 1024).includes(0)) {
      throw new PixscaleError(path, "not UTF-8 text", "save it as UTF-8");
    }
    const hasMark = isFirst && chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf;
    isFirst = false;
    yield hasMark ? chunk.subarray(3) : chunk;
  }
}
