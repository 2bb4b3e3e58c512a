import {
  asText,
  ForeignPickle,
  isArray,
  isTuple,
  isType,
  type NumpyArray,
  type NumpyType,
  type PythonTuple,
  type PythonValue,
} from "./python-values.ts";

/**
 * What the functions and classes do that pickles of bytes and arrays name: `numpy.ndarray.__reduce__`, `numpy.dtype.__reduce__` and, of
 * Python 3 in old protocols, `bytes`. All other names are refused.
 */

/** A function, from its arguments. @throws ForeignPickle if these are not what NumPy writes */
type Call = (args: readonly PythonValue[]) => PythonValue;

const RECONSTRUCT: Call = () => ({
  kind: "ndarray",
  shape: [0],
  type: undefined,
  isFortran: false,
  bytes: new Uint8Array(0),
});

/** Of protocol 5: `_frombuffer(buffer, dtype, shape, order)`. */
const FROM_BUFFER: Call = ([bytes, type, shape, order]) => {
  if (!(bytes instanceof Uint8Array) || !isType(type)) throw new ForeignPickle("an array without its values");
  return { kind: "ndarray", shape: dimensions(shape), type, isFortran: asText(order) === "F", bytes };
};

const DTYPE: Call = ([code]) => {
  const text = asText(code);
  if (text === undefined || !/^[|<>=]?[a-zA-Z]\d*$/.test(text))
    throw new ForeignPickle("an array of unknown type");
  return { kind: "dtype", code: text.replace(/^[|<>=]/, ""), isBigEndian: text.startsWith(">") };
};

const ENCODE: Call = ([text, encoding]) => {
  const name = asText(encoding);
  if (typeof text !== "string" || (name !== "latin1" && name !== "latin-1")) {
    throw new ForeignPickle("bytes in an unknown encoding");
  }
  return Buffer.from(text, "latin1");
};

const BYTES: Call = ([content = new Uint8Array(0)]) => {
  if (!(content instanceof Uint8Array)) throw new ForeignPickle("bytes made of something else");
  return content;
};

/** By module and name. NumPy 2 renamed `numpy.core` to `numpy._core`. */
const CALLS = new Map<string, Call>([
  ["numpy.core.multiarray._reconstruct", RECONSTRUCT],
  ["numpy._core.multiarray._reconstruct", RECONSTRUCT],
  ["numpy.core.numeric._frombuffer", FROM_BUFFER],
  ["numpy._core.numeric._frombuffer", FROM_BUFFER],
  ["numpy.dtype", DTYPE],
  ["_codecs.encode", ENCODE],
  ["__builtin__.bytes", BYTES],
  ["builtins.bytes", BYTES],
]);

/** Names that are only arguments. */
const NAMES = ["numpy.ndarray"];

/** Whether a pickle may name this. */
export function isKnownName(name: string): boolean {
  return CALLS.has(name) || NAMES.includes(name);
}

/** @throws ForeignPickle if it cannot be called so */
export function callFunction(name: string, args: PythonTuple): PythonValue {
  const call = CALLS.get(name);
  if (call === undefined) throw new ForeignPickle(`a call of ${name}`);
  return call(args.items);
}

/** `__setstate__` of an array or a type. @throws ForeignPickle for anything else */
export function setState(value: PythonValue | undefined, state: PythonValue | undefined): void {
  if (isTuple(state) && isArray(value)) setArrayState(value, state.items);
  else if (isTuple(state) && isType(value)) setTypeState(value, state.items);
  else throw new ForeignPickle("the state of an object that is no array");
}

/** Version, shape, type, order and values. */
function setArrayState(array: NumpyArray, [, shape, type, isFortran, bytes]: readonly PythonValue[]): void {
  if (!isType(type)) throw new ForeignPickle("an array of unknown type");
  if (!(bytes instanceof Uint8Array)) throw new ForeignPickle("an array of Python objects");
  Object.assign(array, { shape: dimensions(shape), type, isFortran: Boolean(isFortran), bytes });
}

/** Version and byte order, then what records have. */
function setTypeState(type: NumpyType, [, order, , names]: readonly PythonValue[]): void {
  if (names !== null && names !== undefined) throw new ForeignPickle("an array of records");
  type.isBigEndian = asText(order) === ">";
}

function dimensions(shape: PythonValue | undefined): number[] {
  const sizes = isTuple(shape) ? shape.items : [];
  if (!isTuple(shape) || !sizes.every((size) => Number.isSafeInteger(size) && Number(size) >= 0)) {
    throw new ForeignPickle("an array without a shape");
  }
  return sizes.map(Number);
}
