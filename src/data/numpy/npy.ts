import { PixscaleError } from "../../errors.ts";
import { elementType } from "../arrays/element-type.ts";
import type { NamedArray } from "../arrays/named-array.ts";

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const ALIGNMENT = 64;
/** Magic, version and the longest length of the dict. */
const PREFIX_BYTES = 12;
/** NumPy writes a few hundred; structured types may have more. */
const MAX_DICT_BYTES = 10_000;

/** The types of arrays that are written. */
export type NpyDtype = "|u1" | "<u2" | "<i8" | "<f4" | "<f8";

/** The header of an .npy file. */
export interface NpyHeader extends Pick<NamedArray, "shape" | "type" | "isFortran"> {
  /** Where the elements start. */
  readonly start: number;
}

/**
 * Reads the header of an .npy file (format versions 1 to 3, see `numpy.lib.format`).
 *
 * @param bytes its beginning, or all of it
 * @param subject its name in errors
 * @returns how many bytes are needed, if these are too few
 * @throws PixscaleError if the bytes are no such file
 */
export function parseNpyHeader(bytes: Uint8Array, subject: string): NpyHeader | number {
  if (!MAGIC.every((byte, i) => i >= bytes.length || bytes[i] === byte)) {
    throw damaged(subject, "not a NumPy .npy file");
  }
  if (bytes.length < PREFIX_BYTES) return PREFIX_BYTES;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = bytes[6];
  if (![1, 2, 3].includes(version)) throw damaged(subject, `unknown .npy version ${version}`);
  const dictStart = 8 + (version === 1 ? 2 : 4);
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > MAX_DICT_BYTES) throw damaged(subject, `a header of ${length} bytes`);
  const start = dictStart + length;
  if (bytes.length < start) return start;
  return { ...parseDict(new TextDecoder("latin1").decode(bytes.subarray(dictStart, start)), subject), start };
}

function parseDict(dict: string, subject: string): Omit<NpyHeader, "start"> {
  const descr = /'descr': *('[^']*'|\[)/.exec(dict)?.[1];
  const fortran = /'fortran_order': *(True|False)/.exec(dict)?.[1];
  // Python 2 on Windows wrote (60000L, 28L, 28L).
  const shapeText = /'shape': *\(((?:\d+L?, *)*(?:\d+L?)?)\)/.exec(dict)?.[1];
  if (descr === undefined || fortran === undefined || shapeText === undefined) {
    throw damaged(subject, "no simple type, order and shape in its header");
  }
  const shape = shapeText
    .split(",")
    .filter((part) => part.trim() !== "")
    .map((part) => Number(part.replace("L", "")));
  const type = elementType(descr === "[" ? "structured" : descr.slice(1, -1));
  return { shape, type, isFortran: fortran === "True" && shape.length > 1 };
}

/**
 * An array in an .npy file or a member of an archive.
 *
 * @param open goes through the bytes of the file, anew each time
 * @throws PixscaleError if it is no .npy file
 */
export async function npyArray(
  name: string,
  subject: string,
  open: () => AsyncIterable<Uint8Array>,
): Promise<NamedArray> {
  const { start, ...header } = await readHeader(subject, open());
  return {
    name,
    subject,
    ...header,
    async *read() {
      let skip = start;
      for await (const chunk of open()) {
        if (skip < chunk.length) yield chunk.subarray(skip);
        skip = Math.max(0, skip - chunk.length);
      }
    },
  };
}

async function readHeader(subject: string, chunks: AsyncIterable<Uint8Array>): Promise<NpyHeader> {
  let bytes: Uint8Array = new Uint8Array(0);
  let needed = PREFIX_BYTES;
  for await (const chunk of chunks) {
    bytes = Buffer.concat([bytes, chunk]);
    if (bytes.length < needed) continue;
    const header = parseNpyHeader(bytes, subject);
    if (typeof header !== "number") return header;
    needed = header;
  }
  const header = parseNpyHeader(bytes, subject);
  if (bytes.length === 0) throw damaged(subject, "not a NumPy .npy file");
  if (typeof header === "number") throw damaged(subject, "truncated in its header");
  return header;
}

function damaged(subject: string, problem: string): PixscaleError {
  return new PixscaleError(subject, problem, "save it again with numpy.save");
}

/**
 * The header of an .npy file of version 1.0, in C order: magic string, version, length, and a dict padded with spaces, so
 * the numbers start at a multiple of 64 bytes (`numpy.lib.format`).
 */
export function npyHeader(dtype: NpyDtype, shape: readonly number[]): Uint8Array {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const dict = `{'descr': '${dtype}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const length = Math.ceil((10 + dict.length + 1) / ALIGNMENT) * ALIGNMENT - 10;
  const header = Buffer.alloc(10 + length, " ");
  header.set([...MAGIC, 1, 0]);
  header.writeUInt16LE(length, 8);
  header.write(dict, 10, "latin1");
  header[header.length - 1] = 0x0a;
  return header;
}
