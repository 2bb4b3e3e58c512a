import { PixscaleError } from "../../errors.ts";

/** Rank 1 for labels; 3 or 4 for images. */
export type IdxDims =
  | readonly [count: number]
  | readonly [count: number, height: number, width: number]
  | readonly [count: number, height: number, width: number, channels: number];

/** The header of an IDX file. */
export interface IdxHeader {
  /** Every dimension is at least 1. */
  readonly dims: IdxDims;
  readonly headerBytes: number;
  /** Length of header and data. Rounded above 2^53, where no file is that long. */
  readonly totalBytes: number;
}

/** The content of an IDX file. `data` has as many values as the product of `dims`, in C order. */
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

/** Other formats, recognized by their first bytes. */
const FOREIGN: readonly { readonly start: string; readonly name: string; readonly remedy?: string }[] = [
  { start: "\x1f\x8b", name: "gzip data", remedy: "decompress it, or add .gz to its name" },
  { start: "\x89PNG", name: "a PNG image" },
  { start: "\xff\xd8\xff", name: "a JPEG image" },
  { start: "PK\x03\x04", name: "a zip archive", remedy: "unpack it first" },
  { start: "\x93NUM", name: "a NumPy .npy file" },
  { start: "vers", name: "perhaps a Git LFS pointer", remedy: "fetch the real file with git lfs pull" },
  { start: "<", name: "HTML or XML, perhaps an error page", remedy: "download the file again" },
];

const EXPECTED =
  "use an IDX file of unsigned bytes (0x00000803 or 0x00000804 for images, 0x00000801 for labels)";
const AGAIN = "download the file again";

/**
 * Reads the header of an IDX file of unsigned bytes, rank 1, 3 or 4. Yann LeCun's MNIST page defines the format.
 *
 * @param prefix the first `MAX_HEADER_BYTES` of the file or more; the whole file if it is shorter
 * @param file its name in errors
 * @throws PixscaleError if the bytes are not such a header
 */
export function parseIdxHeader(prefix: Uint8Array, file: string): IdxHeader {
  if (prefix.length === 0) throw new PixscaleError(file, "empty file", AGAIN);
  if (prefix.length < 4) throw cutHeader(file, 4, prefix.length);
  const view = new DataView(prefix.buffer, prefix.byteOffset, prefix.byteLength);
  const rank = checkMagic(view.getUint32(0), file);
  const headerBytes = 4 + 4 * rank;
  if (prefix.length < headerBytes) throw cutHeader(file, headerBytes, prefix.length);
  const at = (dimension: number) => view.getUint32(4 + 4 * dimension);
  const dims: IdxDims =
    rank === 1 ? [at(0)] : rank === 3 ? [at(0), at(1), at(2)] : [at(0), at(1), at(2), at(3)];
  if (dims.some((size) => size === 0)) {
    throw new PixscaleError(file, `no values (its dimensions are ${formatDims(dims)})`, AGAIN);
  }
  return { dims, headerBytes, totalBytes: headerBytes + dims.reduce((product, size) => product * size, 1) };
}

/**
 * Checks that a file is exactly as long as its header says.
 *
 * @param found length of the file in bytes, header included
 * @throws PixscaleError if it is shorter or longer
 */
export function checkIdxSize(header: IdxHeader, found: number, file: string): void {
  if (found === header.totalBytes) return;
  const problem =
    found < header.totalBytes ? "truncated file or wrong header" : "trailing bytes or wrong header";
  throw new PixscaleError(file, `${problem} (${describeSize(header)}, found ${found})`, AGAIN);
}

/** The size that a header implies: `60000 × 28 × 28 values: expected 47040016 bytes`. */
export function describeSize({ dims, totalBytes }: IdxHeader): string {
  return `${formatDims(dims)} values: expected ${totalBytes} bytes`;
}

/**
 * Reads a whole IDX file of unsigned bytes, rank 1, 3 or 4. The result shares the memory of `bytes`.
 *
 * @param file its name in errors
 * @throws PixscaleError if the bytes are not such a file
 */
export function parseIdx(bytes: Uint8Array, file: string): IdxArray {
  const header = parseIdxHeader(bytes, file);
  checkIdxSize(header, bytes.length, file);
  // Not subarray: that of a Buffer is a Buffer too, and its slice() does not copy.
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
    const found = foreign ? `${hex}: ${foreign.name}` : hex;
    const problem = `not an IDX file (it starts with ${found})`;
    throw new PixscaleError(file, problem, foreign?.remedy ?? EXPECTED);
  }
  if (dtype !== UNSIGNED_BYTE) {
    throw new PixscaleError(file, `${dtypeName} values, not unsigned bytes (magic number ${hex})`, EXPECTED);
  }
  if (rank !== 1 && rank !== 3 && rank !== 4) {
    throw new PixscaleError(file, `rank ${rank} (magic number ${hex})`, EXPECTED);
  }
  return rank;
}

function cutHeader(file: string, expected: number, found: number): PixscaleError {
  const problem = `truncated in its header (expected ${expected} bytes, found ${found})`;
  return new PixscaleError(file, problem, AGAIN);
}

function formatDims(dims: IdxDims): string {
  return dims.join(" × ");
}
