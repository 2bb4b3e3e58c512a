/** The type of an array's elements, as NumPy names it. */
export interface ElementType {
  readonly kind: "bool" | "uint" | "int" | "float" | "text" | "bytes" | "other";
  /** Bytes of an element. */
  readonly size: number;
  readonly isBigEndian: boolean;
  /** For people, such as "float32". */
  readonly name: string;
}

/** Numbers of any type; 64-bit integers are rounded to doubles. */
export type Numbers =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

const KINDS = { b: "bool", u: "uint", i: "int", f: "float", U: "text", S: "bytes" } as const;
const NAMES = {
  bool: "bool",
  uint: "uint",
  int: "int",
  float: "float",
  text: "str",
  bytes: "bytes",
} as const;
const SIZES: Readonly<Partial<Record<ElementType["kind"], readonly number[]>>> = {
  bool: [1],
  uint: [1, 2, 4, 8],
  int: [1, 2, 4, 8],
  float: [2, 4, 8],
};

/** The type that NumPy describes as `<f4` (`numpy.dtype.str`). Types of no use here have the kind `other`. */
export function elementType(description: string): ElementType {
  const [, order, letter, digits] = /^([<>|=]?)([a-zA-Z])(\d*)$/.exec(description) ?? [];
  const kind = letter in KINDS ? KINDS[letter as keyof typeof KINDS] : undefined;
  const size = Number(digits ?? 0) * (kind === "text" ? 4 : 1);
  if (kind === undefined || size === 0 || SIZES[kind]?.includes(size) === false) {
    return { kind: "other", size, isBigEndian: false, name: letter === "O" ? "object" : description };
  }
  const bits = kind === "text" || kind === "bytes" || kind === "bool" ? "" : 8 * size;
  return { kind, size, isBigEndian: order === ">" && size > 1, name: `${NAMES[kind]}${bits}` };
}

export function isNumeric({ kind }: ElementType): boolean {
  return kind === "bool" || kind === "uint" || kind === "int" || kind === "float";
}

/** Elements from their bytes. @throws RangeError if these are no whole elements */
export function decodeNumbers(bytes: Uint8Array, type: ElementType): Numbers {
  const { kind, size } = type;
  if (bytes.length % size !== 0) throw new RangeError(`${bytes.length} bytes are no whole ${type.name}`);
  if (kind === "bool") return bytes.map((value) => Number(value !== 0));
  // Copied where it is swapped, or does not lie at a multiple of its size.
  const isReady = !type.isBigEndian && bytes.byteOffset % size === 0 && bytes.buffer instanceof ArrayBuffer;
  const ready = type.isBigEndian ? swapped(bytes, size) : isReady ? bytes : bytes.slice();
  const { buffer, byteOffset } = ready as Uint8Array<ArrayBuffer>;
  const count = bytes.length / size;
  if (kind === "float") {
    if (size === 2) {
      const halves = new Uint16Array(buffer, byteOffset, count);
      // `Float32Array.from` with a function would take twenty times as long.
      const floats = new Float32Array(count);
      for (let i = 0; i < count; i++) floats[i] = fromHalf(halves[i]);
      return floats;
    }
    return new (size === 4 ? Float32Array : Float64Array)(buffer, byteOffset, count);
  }
  if (size === 8) {
    const integers = new (kind === "uint" ? BigUint64Array : BigInt64Array)(buffer, byteOffset, count);
    const numbers = new Float64Array(count);
    for (let i = 0; i < count; i++) numbers[i] = Number(integers[i]);
    return numbers;
  }
  const arrays =
    kind === "uint" ? [Uint8Array, Uint16Array, Uint32Array] : [Int8Array, Int16Array, Int32Array];
  return new arrays[Math.log2(size)](buffer, byteOffset, count);
}

/** Texts from their bytes: UTF-32 for NumPy's str, else UTF-8, both padded with zeros. */
export function decodeTexts(bytes: Uint8Array, { kind, size, isBigEndian }: ElementType): string[] {
  const texts: string[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length; at += size) {
    if (kind === "bytes") {
      texts.push(new TextDecoder().decode(bytes.subarray(at, at + size)).replace(/\0+$/, ""));
      continue;
    }
    const letters: string[] = [];
    for (let i = 0; i < size; i += 4) {
      const code = view.getUint32(at + i, !isBigEndian);
      letters.push(code <= 0x10ffff ? String.fromCodePoint(code) : "\ufffd");
    }
    texts.push(letters.join("").replace(/\0+$/, ""));
  }
  return texts;
}

function swapped(bytes: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const copy = Buffer.from(bytes.slice().buffer);
  if (size === 2) copy.swap16();
  else if (size === 4) copy.swap32();
  else copy.swap64();
  return copy;
}

/** IEEE 754 half precision: 1 sign, 5 exponent and 10 fraction bits. */
function fromHalf(bits: number): number {
  const sign = bits >> 15 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}
