/** Values of Python that a pickle may hold. `bytes` and the `str` of Python 2 are bytes, and so are the keys made of them, as text. */
export type PythonValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PythonTuple
  | PythonValue[]
  | PythonDict
  | NumpyArray
  | NumpyType
  | PythonFunction;

/** Unlike a list, it cannot be changed once it exists. */
export interface PythonTuple {
  readonly kind: "tuple";
  readonly items: readonly PythonValue[];
}

/** Keys that are neither text nor numbers are refused. */
export type PythonDict = Map<string | number, PythonValue>;

/** A `numpy.dtype`. */
export interface NumpyType {
  readonly kind: "dtype";
  /** Such as `u1`, without a byte order. */
  readonly code: string;
  isBigEndian: boolean;
}

/** A `numpy.ndarray`; without its state it is empty. */
export interface NumpyArray {
  readonly kind: "ndarray";
  shape: readonly number[];
  type: NumpyType | undefined;
  isFortran: boolean;
  bytes: Uint8Array;
}

/** A function or class by name, one of the few that arrays are made of. Nothing of Python is ever run. */
export interface PythonFunction {
  readonly kind: "function";
  readonly name: string;
}

export function isTuple(value: PythonValue | undefined): value is PythonTuple {
  return isObject(value) && "kind" in value && value.kind === "tuple";
}

export function isType(value: PythonValue | undefined): value is NumpyType {
  return isObject(value) && "kind" in value && value.kind === "dtype";
}

export function isArray(value: PythonValue | undefined): value is NumpyArray {
  return isObject(value) && "kind" in value && value.kind === "ndarray";
}

export function isFunction(value: PythonValue | undefined): value is PythonFunction {
  return isObject(value) && "kind" in value && value.kind === "function";
}

export function isDict(value: PythonValue | undefined): value is PythonDict {
  return value instanceof Map;
}

function isObject(value: PythonValue | undefined): value is Exclude<PythonValue, null> & object {
  return typeof value === "object" && value !== null;
}

/** Text of either Python: a `str` of Python 3, or bytes, of which each is a character. Undefined for anything else. */
export function asText(value: PythonValue | undefined): string | undefined {
  if (typeof value === "string") return value;
  if (!(value instanceof Uint8Array)) return undefined;
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("latin1");
}

/** A pickle that may be in order, but holds more than plain values and arrays. Its message is a problem. */
export class ForeignPickle extends Error {}
