import { oneLine, PixscaleError } from "../errors.ts";

/** Turns an error of zlib into one that names `path`; returns any other error unchanged. */
export function gzipError(path: string, error: unknown): unknown {
  if (!(error instanceof Error && "code" in error && String(error.code).startsWith("Z_"))) return error;
  const problem = error.code === "Z_BUF_ERROR" ? "truncated gzip data" : "damaged gzip data";
  return new PixscaleError(path, `${problem} (${oneLine(error.message)})`, "download the file again", {
    cause: error,
  });
}

/** What gzip may become: so many bytes, or so many times its own. Deflate can hold a thousand times as much. */
const [MOST_BYTES, MOST_TIMES] = [256 * 2 ** 20, 100];

/**
 * Passes decompressed bytes on, as long as they are not out of proportion: a file of some megabytes could fill a disk.
 *
 * @param path the compressed file, for the error
 * @param size its bytes
 * @throws PixscaleError if there are too many
 */
export async function* inProportion(
  chunks: AsyncIterable<Buffer>,
  path: string,
  size: number,
): AsyncGenerator<Buffer> {
  const most = Math.max(MOST_BYTES, MOST_TIMES * size);
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > most) {
      const problem = `decompresses to more than ${MOST_TIMES} times its size`;
      throw new PixscaleError(
        path,
        problem,
        "if that is right, decompress it with gunzip and use the result",
      );
    }
    yield chunk;
  }
}
