import { PixscaleError } from "../../errors.ts";

/** The types of numbers that are read, little-endian; see `numpy.lib.format`. */
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
 * @param subject what errors call the file
 * @throws PixscaleError if the bytes are no such file, or its numbers are of a type or order that is not read
 */
export function parseNpy(bytes: Uint8Array, subject: string): NpyArray {
  const refuse = (problem: string, remedy = "save it again with numpy.save"): never => {
    throw new PixscaleError(subject, problem, remedy);
  };
  if (!MAGIC.every((byte, i) => bytes[i] === byte)) return refuse("is not a NumPy .npy file");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 8) return refuse("is truncated in its header");
  const version = bytes[6];
  const lengthBytes = version === 1 ? 2 : 4;
  if (![1, 2, 3].includes(version)) return refuse(`has the unknown .npy version ${version}`);
  if (bytes.length < 8 + lengthBytes) return refuse("is truncated in its header");
  const start = 8 + lengthBytes + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (bytes.length < start) return refuse("is truncated in its header");
  const header = new TextDecoder("latin1").decode(bytes.subarray(8 + lengthBytes, start));
  const descr = /'descr': *'([^']*)'/.exec(header)?.[1];
  const fortran = /'fortran_order': *(True|False)/.exec(header)?.[1];
  const shapeText = /'shape': *\(((?:\d+, *)*\d*)\)/.exec(header)?.[1];
  if (descr === undefined || fortran === undefined || shapeText === undefined) {
    return refuse("has a header that does not tell type, order and shape");
  }
  const dtype = (Object.keys(DTYPES) as NpyDtype[]).find((known) => known === descr);
  if (dtype === undefined) {
    return refuse(`has numbers of type ${descr}`, 'save it as uint8 or float32, such as x.astype("float32")');
  }
  const shape = shapeText
    .split(",")
    .filter((part) => part.trim() !== "")
    .map(Number);
  const count = shape.reduce((product, size) => product * size, 1);
  if (fortran === "True" && shape.length > 1) {
    return refuse("is in Fortran order", "save numpy.ascontiguousarray of it");
  }
  const expected = start + count * DTYPES[dtype].BYTES_PER_ELEMENT;
  if (bytes.length !== expected) {
    return refuse(
      `should have ${expected} bytes (${shape.join(" × ")} values of ${descr}), and has ${bytes.length}`,
    );
  }
  // A typed array must begin at a multiple of its elements' size.
  const data = bytes.slice(start);
  return { shape, dtype, data: new DTYPES[dtype](data.buffer, data.byteOffset, count) };
}

/**
 * The header of an .npy file of version 1.0, in C order: magic string, version, length, and a dict padded with spaces so
 * that the numbers begin at a multiple of 64 (`numpy.lib.format`).
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
