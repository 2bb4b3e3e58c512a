import { createReadStream } from "node:fs";
import { pipeline } from "node:stream";
import { createInflate } from "node:zlib";
import { oneLine, PixscaleError } from "../../errors.ts";
import { type OpenFile, readPart, withFile } from "../../files/read.ts";
import { type ElementType, elementType } from "../arrays/element-type.ts";
import type { NamedArray } from "../arrays/named-array.ts";

/** MATLAB's "MAT-File Format", version 5: a header, then elements of a tag and its data. */
const HEADER_BYTES = 128;
const COMPRESSED = 15;
const MATRIX = 14;
/** Enough for the flags, dimensions and name of an array. */
const START_BYTES = 4096;
/** Element types of numbers (miINT8 = 1, …), as NumPy writes them. */
const NUMBERS: Readonly<Record<number, string>> = {
  1: "i1",
  2: "u1",
  3: "i2",
  4: "u2",
  5: "i4",
  6: "u4",
  7: "f4",
  9: "f8",
  12: "i8",
  13: "u8",
};
/** Classes of arrays that hold numbers: double, single and the integers. */
const NUMERIC_CLASSES = [6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
const IS_COMPLEX = 0x08;

/** Whether a file begins as MATLAB's version 7.3, which is HDF5. */
export function isHdf5Mat(start: Uint8Array): boolean {
  return Buffer.from(start.buffer, start.byteOffset, start.length)
    .toString("latin1")
    .startsWith("MATLAB 7.3 MAT-file");
}

/**
 * The numeric arrays of a MAT-file of version 5 (`save -v7` or older), compressed or not.
 *
 * @param prefix of their names
 * @throws PixscaleError if it is no such file, or damaged
 */
export function matArrays(path: string, prefix: string): Promise<NamedArray[]> {
  return withFile(path, async (file) => {
    const isLittle = await readOrder(file);
    const arrays: NamedArray[] = [];
    for (let at = HEADER_BYTES; at < file.size; ) {
      const tag = view(await readPart(file, at, at + 8));
      const [kind, length] = [tag.getUint32(0, isLittle), tag.getUint32(4, isLittle)];
      const element = { path, start: at + 8, length, isCompressed: kind === COMPRESSED, isLittle };
      if (at + 8 + length > file.size) throw damaged(path, "cut off");
      if (kind === COMPRESSED || kind === MATRIX) {
        const found = await readArray(element, prefix);
        if (found !== undefined) arrays.push(found);
      }
      at += 8 + length;
    }
    return arrays;
  });
}

/** Where an element is. */
interface Element {
  readonly path: string;
  readonly start: number;
  readonly length: number;
  readonly isCompressed: boolean;
  readonly isLittle: boolean;
}

async function readOrder(file: OpenFile): Promise<boolean> {
  if (file.size < HEADER_BYTES + 8) throw notMat(file.path);
  const header = Buffer.from(await readPart(file, 0, HEADER_BYTES));
  const order = header.toString("latin1", 126, 128);
  const version = order === "IM" ? header.readUInt16LE(124) : header.readUInt16BE(124);
  if ((order !== "IM" && order !== "MI") || version !== 0x0100) throw notMat(file.path);
  return order === "IM";
}

/** Undefined for what is no array of real numbers, such as structures and text. */
async function readArray(element: Element, prefix: string): Promise<NamedArray | undefined> {
  const { path, isLittle } = element;
  const start = await readStart(element);
  const bytes = view(start);
  try {
    // A compressed element holds a whole one, with its tag.
    let at = element.isCompressed ? 8 : 0;
    if (element.isCompressed && bytes.getUint32(0, isLittle) !== MATRIX) return undefined;
    const next = () => {
      const word = bytes.getUint32(at, isLittle);
      // Up to 4 bytes of data may stand in the tag.
      const isSmall = word >>> 16 !== 0;
      const type = isSmall ? word & 0xffff : word;
      const length = isSmall ? word >>> 16 : bytes.getUint32(at + 4, isLittle);
      const data = at + (isSmall ? 4 : 8);
      at = isSmall ? at + 8 : data + 8 * Math.ceil(length / 8);
      return { type, length, data };
    };
    const word = bytes.getUint32(next().data, isLittle);
    // Objects, structures and the like have other parts.
    if (!NUMERIC_CLASSES.includes(word & 0xff) || ((word >> 8) & IS_COMPLEX) !== 0) return undefined;
    const dims = next();
    const name = next();
    const data = next();
    const description = NUMBERS[data.type];
    // Without a name, it is what objects refer to.
    if (description === undefined || name.length === 0) return undefined;
    const shape = Array.from({ length: dims.length / 4 }, (_, i) =>
      bytes.getInt32(dims.data + 4 * i, isLittle),
    );
    const type: ElementType = elementType(`${isLittle ? "<" : ">"}${description}`);
    const text = Buffer.from(start.buffer, start.byteOffset + name.data, name.length).toString("latin1");
    if (!/^\w{1,63}$/.test(text)) throw damaged(path, "an array without a name");
    if (shape.some((size) => size < 0)) throw damaged(path, `"${text}" has wrong dimensions`);
    return {
      name: `${prefix}${text}`,
      subject: `${path}/${text}`,
      shape,
      type,
      isFortran: true,
      read: () => readData(element, data.data, data.length),
    };
  } catch (cause) {
    throw cause instanceof RangeError ? damaged(path, "an array without its parts") : cause;
  }
}

async function readStart(element: Element): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of contentOf(element)) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= START_BYTES) break;
  }
  return new Uint8Array(Buffer.concat(chunks));
}

/** The bytes of an element from `skip` on. */
async function* readData(element: Element, skip: number, length: number): AsyncGenerator<Uint8Array> {
  let at = 0;
  for await (const chunk of contentOf(element)) {
    const part = chunk.subarray(Math.max(0, skip - at), Math.max(0, skip + length - at));
    if (part.length > 0) yield part;
    at += chunk.length;
  }
}

async function* contentOf({ path, start, length, isCompressed }: Element): AsyncGenerator<Uint8Array> {
  if (length === 0) return;
  const stored = createReadStream(path, { start, end: start + length - 1 });
  try {
    yield* isCompressed ? pipeline(stored, createInflate(), () => {}) : stored;
  } catch (cause) {
    throw damaged(path, `compressed data are damaged (${oneLine((cause as Error).message)})`, cause);
  }
}

function view({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

function notMat(path: string): PixscaleError {
  const problem = "not a MAT-file of version 5 or 7.3";
  return new PixscaleError(path, problem, "save it with save('data.mat', '-v7')");
}

function damaged(path: string, problem: string, cause?: unknown): PixscaleError {
  return new PixscaleError(path, `damaged MAT-file: ${problem}`, "save or download it again", { cause });
}
