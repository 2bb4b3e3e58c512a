import { PixscaleError } from "../../errors.ts";

/** One rank for labels (count), two for images (count, height, width and perhaps channels). */
export type IdxDims =
  | readonly [count: number]
  | readonly [count: number, height: number, width: number]
  | readonly [count: number, height: number, width: number, channels: number];

/** What the first bytes of an IDX file promise. */
export interface IdxHeader {
  /** Every dimension is at least 1. */
  readonly dims: IdxDims;
  readonly headerBytes: number;
  /** Header and data. Above 2^53 it is rounded, which is still more than any file has. */
  readonly totalBytes: number;
}

/** An IDX file's content: `data` has as many values as the product of `dims`, in C order. */
export interface IdxArray {
  readonly dims: IdxDims;
  readonly data: Uint8Array;
}

/** The longest header that `parseIdxHeader` accepts: magic number and four dimensions. */
export const MAX_HEADER_BYTES = 4 + 4 * 4;

const UNSIGNED_BYTE = 0x08;

const DTYPES: ReadonlyMap<number, string> = new Map([
  [UNSIGNED_BYTE, "uint8"],
  [0x09, "int8"],
  [0x0b, "int16"],
  [0x0c, "int32"],
  [0x0d, "float32"],
  [0x0e, "float64"],
]);

const FOREIGN: readonly { readonly start: string; readonly what: string; readonly remedy?: string }[] = [
  { start: "\x1f\x8b", what: "gzip data", remedy: "decompress it, or end its name in .gz" },
  { start: "\x89PNG", what: "a PNG image" },
  { start: "\xff\xd8\xff", what: "a JPEG image" },
  { start: "PK\x03\x04", what: "a zip archive", remedy: "unpack it first" },
  { start: "\x93NUM", what: "a NumPy .npy file" },
  { start: "vers", what: "perhaps a Git LFS pointer", remedy: "fetch the real file with git lfs pull" },
  { start: "<", what: "HTML or XML, perhaps an error page", remedy: "download the file again" },
];

const EXPECTED =
  "use an IDX file of unsigned bytes (0x00000803 or 0x00000804 for images, 0x00000801 for labels)";
const AGAIN = "download the file again";

/**
 * Reads the header of an IDX file: unsigned bytes of rank 1, 3 or 4.
 *
 * @param prefix the first bytes of the file, `MAX_HEADER_BYTES` or more unless the file is shorter
 * @param file what errors call the file
 * @throws PixscaleError if the bytes are not such a header
 */
export function parseIdxHeader(prefix: Uint8Array, file: string): IdxHeader {
  if (prefix.length === 0) throw new PixscaleError(file, "is empty", AGAIN);
  if (prefix.length < 4) throw cutHeader(file, 4, prefix.length);
  const view = new DataView(prefix.buffer, prefix.byteOffset, prefix.byteLength);
  const rank = checkMagic(view.getUint32(0), file);
  const headerBytes = 4 + 4 * rank;
  if (prefix.length < headerBytes) throw cutHeader(file, headerBytes, prefix.length);
  const at = (dimension: number) => view.getUint32(4 + 4 * dimension);
  const dims: IdxDims =
    rank === 1 ? [at(0)] : rank === 3 ? [at(0), at(1), at(2)] : [at(0), at(1), at(2), at(3)];
  if (dims.some((size) => size === 0)) {
    throw new PixscaleError(file, `holds no values (its dimensions are ${formatDims(dims)})`, AGAIN);
  }
  return { dims, headerBytes, totalBytes: headerBytes + dims.reduce((product, size) => product * size, 1) };
}

/**
 * Checks that a file is exactly as long as its header promises.
 *
 * @param found length of the file in bytes, header included
 * @throws PixscaleError if it is shorter or longer
 */
export function checkIdxSize(header: IdxHeader, found: number, file: string): void {
  if (found === header.totalBytes) return;
  const problem =
    found < header.totalBytes ? "is truncated or has a wrong header" : "has trailing bytes or a wrong header";
  throw new PixscaleError(file, `${problem} (${describeSize(header)}, found ${found})`, AGAIN);
}

/** The promise of a header in words: `60000 × 28 × 28 values: expected 47040016 bytes`. */
export function describeSize({ dims, totalBytes }: IdxHeader): string {
  return `${formatDims(dims)} values: expected ${totalBytes} bytes`;
}

/**
 * Reads a whole IDX file: unsigned bytes of rank 1, 3 or 4. The result shares the memory of `bytes`.
 *
 * @param file what errors call the file
 * @throws PixscaleError if the bytes are not such a file
 */
export function parseIdx(bytes: Uint8Array, file: string): IdxArray {
  const header = parseIdxHeader(bytes, file);
  checkIdxSize(header, bytes.length, file);
  // Not subarray: of a Buffer that is a Buffer again, whose slice() does not copy as a Uint8Array's does.
  const data = new Uint8Array(
    bytes.buffer,
    bytes.byteOffset + header.headerBytes,
    bytes.length - header.headerBytes,
  );
  return { dims: header.dims, data };
}

function checkMagic(magic: number, file: string): 1 | 3 | 4 {
  const [zeros, dtype, rank] = [magic >>> 16, (magic >>> 8) & 0xff, magic & 0xff];
  const hex = `0x${magic.toString(16).padStart(8, "0")}`;
  const dtypeName = DTYPES.get(dtype);
  if (zeros !== 0 || dtypeName === undefined) {
    const start = String.fromCharCode(magic >>> 24, (magic >>> 16) & 0xff, dtype, rank);
    const foreign = FOREIGN.find((format) => start.startsWith(format.start));
    const found = foreign ? `${hex}: ${foreign.what}` : hex;
    throw new PixscaleError(
      file,
      `is not an IDX file (it starts with ${found})`,
      foreign?.remedy ?? EXPECTED,
    );
  }
  if (dtype !== UNSIGNED_BYTE) {
    throw new PixscaleError(file, `holds ${dtypeName} values (magic number ${hex})`, EXPECTED);
  }
  if (rank !== 1 && rank !== 3 && rank !== 4) {
    throw new PixscaleError(file, `has rank ${rank} (magic number ${hex})`, EXPECTED);
  }
  return rank;
}

function cutHeader(file: string, expected: number, found: number): PixscaleError {
  return new PixscaleError(
    file,
    `is truncated in its header (expected ${expected} bytes, found ${found})`,
    AGAIN,
  );
}

function formatDims(dims: IdxDims): string {
  return dims.join(" × ");
}
