import { promisify } from "node:util";
import { createGunzip, gunzip } from "node:zlib";
import { PixscaleError } from "../../errors.ts";
import { gzipError } from "../../files/gzip.ts";
import { checkFits, readAll, readStart, withFile } from "../../files/read.ts";
import {
  checkIdxSize,
  describeSize,
  type IdxArray,
  MAX_HEADER_BYTES,
  parseIdx,
  parseIdxHeader,
} from "./idx.ts";

/** The largest expansion of deflate: two bits, a length and a distance, for 258 bytes. */
const MAX_INFLATION = 1032;
/** Up to this size, a file is inflated into one piece of memory, so no pieces are joined. */
const MAX_CHUNK_BYTES = 64 << 20;

const gunzipAsync = promisify(gunzip);

/**
 * Reads an IDX file, and decompresses it if its name ends in `.gz`. It allocates no more memory than the header says and
 * the length of the file makes possible.
 *
 * @param sha256 if given, the expected hash of the file, in hexadecimal
 * @throws PixscaleError if the file cannot be read, is damaged, or is not IDX (see `parseIdx`)
 */
export function readIdxFile(path: string, sha256?: string): Promise<IdxArray> {
  return withFile(path, async (file) => {
    if (path.endsWith(".gz")) return parseIdx(await inflateIdx(await readAll(file, sha256), path), path);
    const header = parseIdxHeader(await readStart(file, MAX_HEADER_BYTES), path);
    checkIdxSize(header, file.size, path);
    return parseIdx(await readAll(file, sha256), path);
  });
}

async function inflateIdx(compressed: Uint8Array, path: string): Promise<Uint8Array> {
  if (compressed.length === 0) throw new PixscaleError(path, "empty file", "download the file again");
  if (compressed[0] !== 0x1f || compressed[1] !== 0x8b) {
    throw new PixscaleError(path, "not gzip data", "remove .gz from its name, or download the file again");
  }
  try {
    const header = parseIdxHeader(await inflateStart(compressed, MAX_HEADER_BYTES), path);
    const limit = compressed.length * MAX_INFLATION;
    if (header.totalBytes > limit) {
      const possible = `${compressed.length} bytes of gzip hold at most ${limit}`;
      const problem = `truncated file or wrong header (${describeSize(header)}, but ${possible})`;
      throw new PixscaleError(path, problem, "download the file again");
    }
    checkFits(path, header.totalBytes);
    // zlib needs a chunk of at least 64 bytes, and allocates another one when the first is full.
    const chunkSize = Math.min(header.totalBytes + 64, MAX_CHUNK_BYTES);
    const options = { maxOutputLength: header.totalBytes, chunkSize };
    return await gunzipAsync(compressed, options).catch((error) => {
      if (error.code !== "ERR_BUFFER_TOO_LARGE") throw error;
      const problem = `decompresses to more than its header says (${describeSize(header)})`;
      throw new PixscaleError(path, problem, "download the file again", { cause: error });
    });
  } catch (error) {
    throw gzipError(path, error);
  }
}

/** The first `length` decompressed bytes, or all if there are fewer. */
async function inflateStart(compressed: Uint8Array, length: number): Promise<Uint8Array> {
  const stream = createGunzip({ chunkSize: 64 });
  stream.end(compressed);
  const chunks: Uint8Array[] = [];
  let found = 0;
  for await (const chunk of stream) {
    chunks.push(chunk);
    found += chunk.length;
    if (found >= length) break;
  }
  return Buffer.concat(chunks).subarray(0, length);
}
