import { oneLine, PixscaleError } from "../../errors.ts";

/** The supported types of numbers, little-endian; see `numpy.lib.format`. */
const DTYPES = {
  "|u1": Uint8Array,
  "|i1": Int8Array,
  "<u2": Uint16Array,
  "<i2": Int16Array,
  "<u4": Uint32Array,
  "<i4": Int32Array,
  "<u8": BigUint64Array,
  "<i8": BigInt64Array,
  "<f4": Float32Array,
  "<f8": Float64Array,
} as const;

export type NpyDtype = keyof typeof DTYPES;

/** The content of an .npy file, in C order. */
export interface NpyArray {
  readonly shape: readonly number[];
  readonly dtype: NpyDtype;
  readonly data: InstanceType<(typeof DTYPES)[NpyDtype]>;
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const ALIGNMENT = 64;

/**
 * Reads an .npy file (format versions 1 to 3).
 *
 * @param subject its name in errors
 * @throws PixscaleError if the bytes are no such file, or the type or order of its numbers is not supported
 */
export function parseNpy(bytes: Uint8Array, subject: string): NpyArray {
  const { dict, start } = splitHeader(bytes, subject);
  const { shape, dtype } = parseDict(dict, subject);
  const count = shape.reduce((product, size) => product * size, 1);
  const expected = start + count * DTYPES[dtype].BYTES_PER_ELEMENT;
  if (bytes.length !== expected) {
    const values = `${shape.join(" × ")} values of type "${dtype}"`;
    throw damaged(subject, `${bytes.length} bytes instead of ${expected} (${values})`);
  }
  // Copied: a typed array must start at a multiple of its element size.
  const data = bytes.slice(start);
  return { shape, dtype, data: new DTYPES[dtype](data.buffer, data.byteOffset, count) };
}

/** The header's dict, and where the numbers start. */
function splitHeader(bytes: Uint8Array, subject: string): { dict: string; start: number } {
  if (!MAGIC.every((byte, i) => bytes[i] === byte)) throw damaged(subject, "not a NumPy .npy file");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 8) throw damaged(subject, "truncated in its header");
  const version = bytes[6];
  if (![1, 2, 3].includes(version)) throw damaged(subject, `unknown .npy version ${version}`);
  const dictStart = 8 + (version === 1 ? 2 : 4);
  if (bytes.length < dictStart) throw damaged(subject, "truncated in its header");
  const start = dictStart + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (bytes.length < start) throw damaged(subject, "truncated in its header");
  return { dict: new TextDecoder("latin1").decode(bytes.subarray(dictStart, start)), start };
}

function parseDict(dict: string, subject: string): Pick<NpyArray, "shape" | "dtype"> {
  const descr = /'descr': *'([^']*)'/.exec(dict)?.[1];
  const fortran = /'fortran_order': *(True|False)/.exec(dict)?.[1];
  const shapeText = /'shape': *\(((?:\d+, *)*\d*)\)/.exec(dict)?.[1];
  if (descr === undefined || fortran === undefined || shapeText === undefined) {
    throw damaged(subject, "no simple type, order and shape in its header");
  }
  const dtype = (Object.keys(DTYPES) as NpyDtype[]).find((known) => known === descr);
  if (dtype === undefined) throw unsupported(descr, subject);
  const shape = shapeText
    .split(",")
    .filter((part) => part.trim() !== "")
    .map(Number);
  if (fortran === "True" && shape.length > 1) {
    throw new PixscaleError(subject, "in Fortran order", "save numpy.ascontiguousarray(x)");
  }
  return { shape, dtype };
}

function unsupported(descr: string, subject: string): PixscaleError {
  const type = `type "${oneLine(descr)}"`;
  if (/^.[US]/.test(descr)) {
    const remedy = "save class numbers, such as numpy.unique(y, return_inverse=True)[1]";
    return new PixscaleError(subject, `strings (${type}) instead of numbers`, remedy);
  }
  if (descr === "|O") {
    const problem = `Python objects (${type}) instead of numbers`;
    return new PixscaleError(subject, problem, "save an array of numbers");
  }
  const remedy = 'save it as uint8 or float32, such as x.astype("float32")';
  return new PixscaleError(subject, `numbers of ${type}`, remedy);
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
