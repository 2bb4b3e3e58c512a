import { oneLine, PixscaleError } from "../../errors.ts";
import { refuseLfsPointer } from "../../files/lfs.ts";
import { callFunction, isKnownName, setState } from "./numpy-pickles.ts";
import {
  asText,
  ForeignPickle,
  isDict,
  isFunction,
  isTuple,
  type PythonDict,
  type PythonValue,
} from "./python-values.ts";

/**
 * Reads a pickle of protocol 2 to 5 (https://docs.python.org/3/library/pickletools.html) that holds plain values and NumPy arrays. It runs
 * nothing: a pickle that names any other function or class is refused with that name. Bytes and arrays share the memory of `file`.
 *
 * @param path the file, for the error
 * @throws PixscaleError naming what it does not read, or if the pickle is damaged
 */
export function unpickle(file: Uint8Array, path: string): PythonValue {
  refuseLfsPointer(path, file);
  const machine = new PickleMachine(file);
  try {
    return machine.run();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const isForeign = error instanceof ForeignPickle;
    const problem = isForeign ? error.message : `not a readable pickle (${oneLine(error.message)})`;
    const remedy = isForeign
      ? "use a file of plain values and arrays, or save these with numpy.savez"
      : "download the file again";
    throw new PixscaleError(path, problem, remedy, { cause: error });
  }
}

type Handler = (machine: PickleMachine) => void;

/** Ends the run. */
const STOP = 0x2e;

/** The stack machine that a pickle is a program of. */
class PickleMachine {
  readonly #file: Buffer;
  #at = 0;
  #stack: PythonValue[] = [];
  /** The stacks below the marks. */
  readonly #marked: PythonValue[][] = [];
  readonly #memo = new Map<number, PythonValue>();

  constructor(file: Uint8Array) {
    this.#file = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  }

  /** @throws Error if the pickle is damaged */
  run(): PythonValue {
    if (this.#file[0] !== 0x80) throw new Error("it does not begin with a protocol of 2 or more");
    for (;;) {
      const opcode = this.byte();
      if (opcode === STOP) return this.pop();
      const handler = HANDLERS[opcode];
      if (handler === undefined) {
        throw new ForeignPickle(
          `the pickle opcode 0x${opcode.toString(16).padStart(2, "0")}, which is not read`,
        );
      }
      handler(this);
    }
  }

  take(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#file.length) throw new Error("it ends early");
    const bytes = this.#file.subarray(this.#at, end);
    this.#at = end;
    return bytes;
  }

  /** The text up to the end of the line. */
  line(): string {
    const end = this.#file.indexOf(0x0a, this.#at);
    if (end < 0) throw new Error("it ends early");
    const text = this.#file.toString("utf8", this.#at, end);
    this.#at = end + 1;
    return text;
  }

  byte(): number {
    return this.take(1)[0];
  }

  uint32(): number {
    return this.take(4).readUInt32LE();
  }

  /** @throws Error if it is more than any file has */
  uint64(): number {
    const length = this.take(8).readBigUInt64LE();
    if (length > BigInt(this.#file.length)) throw new Error("it ends early");
    return Number(length);
  }

  push(value: PythonValue): void {
    this.#stack.push(value);
  }

  pop(): PythonValue {
    const value = this.#stack.pop();
    if (value === undefined) throw new Error("its stack is empty");
    return value;
  }

  top(): PythonValue | undefined {
    return this.#stack.at(-1);
  }

  mark(): void {
    this.#marked.push(this.#stack);
    this.#stack = [];
  }

  /** The values above the last mark. */
  popMark(): PythonValue[] {
    const below = this.#marked.pop();
    if (below === undefined) throw new Error("it has no mark");
    const above = this.#stack;
    this.#stack = below;
    return above;
  }

  remember(index: number): void {
    const value = this.top();
    if (value === undefined) throw new Error("its stack is empty");
    this.#memo.set(index, value);
  }

  memoize(): void {
    this.remember(this.#memo.size);
  }

  recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) throw new Error("it recalls what it has not stored");
    this.push(value);
  }
}

/** A little-endian integer in two's complement. @throws ForeignPickle if it has more than 64 bits */
function long(bytes: Buffer): number | bigint {
  if (bytes.length > 8) throw new ForeignPickle(`an integer of ${8 * bytes.length} bits, which is not read`);
  let value = 0n;
  for (const [i, byte] of bytes.entries()) value |= BigInt(byte) << BigInt(8 * i);
  value = BigInt.asIntN(8 * bytes.length, value);
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function pushName(machine: PickleMachine, module: string, name: string): void {
  const full = `${module}.${name}`;
  if (!isKnownName(full)) {
    throw new ForeignPickle(`it names ${oneLine(JSON.stringify(full.slice(0, 100)))}, which is not run`);
  }
  machine.push({ kind: "function", name: full });
}

function append(list: PythonValue | undefined, items: readonly PythonValue[]): void {
  if (!Array.isArray(list)) throw new Error("it appends to what is no list");
  for (const item of items) list.push(item);
}

function setItems(dict: PythonValue | undefined, items: readonly PythonValue[]): void {
  if (!isDict(dict) || items.length % 2 !== 0) throw new Error("it sets items of what is no dict");
  for (let i = 0; i < items.length; i += 2) {
    const key = typeof items[i] === "number" ? (items[i] as number) : asText(items[i]);
    if (key === undefined) throw new ForeignPickle("a dict whose keys are neither text nor numbers");
    dict.set(key, items[i + 1]);
  }
}

function pushTuple(machine: PickleMachine, items: readonly PythonValue[]): void {
  machine.push({ kind: "tuple", items });
}

function popSeveral(machine: PickleMachine, count: number): PythonValue[] {
  return Array.from({ length: count }, () => machine.pop()).reverse();
}

/** By opcode, under the names of pickletools. */
const HANDLERS: Readonly<Record<number, Handler>> = {
  // PROTO
  128: (machine) => {
    const version = machine.byte();
    if (version < 2 || version > 5) throw new ForeignPickle(`pickle protocol ${version}, which is not read`);
  },
  // FRAME
  149: (machine) => {
    machine.take(8);
  },
  // MARK, POP, POP_MARK, DUP
  40: (machine) => machine.mark(),
  48: (machine) => {
    machine.pop();
  },
  49: (machine) => {
    machine.popMark();
  },
  50: (machine) => {
    const value = machine.pop();
    machine.push(value);
    machine.push(value);
  },
  // NONE, NEWTRUE, NEWFALSE
  78: (machine) => machine.push(null),
  136: (machine) => machine.push(true),
  137: (machine) => machine.push(false),
  // BININT, BININT1, BININT2, LONG1, LONG4, BINFLOAT
  74: (machine) => machine.push(machine.take(4).readInt32LE()),
  75: (machine) => machine.push(machine.byte()),
  77: (machine) => machine.push(machine.take(2).readUInt16LE()),
  138: (machine) => machine.push(long(machine.take(machine.byte()))),
  139: (machine) => machine.push(long(machine.take(machine.uint32()))),
  71: (machine) => machine.push(machine.take(8).readDoubleBE()),
  // BINSTRING, SHORT_BINSTRING: the `str` of Python 2
  84: (machine) => machine.push(machine.take(machine.uint32())),
  85: (machine) => machine.push(machine.take(machine.byte())),
  // BINBYTES, SHORT_BINBYTES, BINBYTES8, BYTEARRAY8
  66: (machine) => machine.push(machine.take(machine.uint32())),
  67: (machine) => machine.push(machine.take(machine.byte())),
  142: (machine) => machine.push(machine.take(machine.uint64())),
  150: (machine) => machine.push(machine.take(machine.uint64())),
  // BINUNICODE, SHORT_BINUNICODE, BINUNICODE8
  88: (machine) => machine.push(machine.take(machine.uint32()).toString("utf8")),
  140: (machine) => machine.push(machine.take(machine.byte()).toString("utf8")),
  141: (machine) => machine.push(machine.take(machine.uint64()).toString("utf8")),
  // EMPTY_TUPLE, TUPLE, TUPLE1, TUPLE2, TUPLE3
  41: (machine) => pushTuple(machine, []),
  116: (machine) => pushTuple(machine, machine.popMark()),
  133: (machine) => pushTuple(machine, popSeveral(machine, 1)),
  134: (machine) => pushTuple(machine, popSeveral(machine, 2)),
  135: (machine) => pushTuple(machine, popSeveral(machine, 3)),
  // EMPTY_LIST, APPEND, APPENDS
  93: (machine) => machine.push([]),
  97: (machine) => {
    const item = machine.pop();
    append(machine.top(), [item]);
  },
  101: (machine) => {
    const items = machine.popMark();
    append(machine.top(), items);
  },
  // EMPTY_DICT, SETITEM, SETITEMS
  125: (machine) => machine.push(new Map() as PythonDict),
  115: (machine) => {
    const item = popSeveral(machine, 2);
    setItems(machine.top(), item);
  },
  117: (machine) => {
    const items = machine.popMark();
    setItems(machine.top(), items);
  },
  // BINPUT, LONG_BINPUT, MEMOIZE, BINGET, LONG_BINGET
  113: (machine) => machine.remember(machine.byte()),
  114: (machine) => machine.remember(machine.uint32()),
  148: (machine) => machine.memoize(),
  104: (machine) => machine.recall(machine.byte()),
  106: (machine) => machine.recall(machine.uint32()),
  // GLOBAL, STACK_GLOBAL
  99: (machine) => pushName(machine, machine.line(), machine.line()),
  147: (machine) => {
    const [module, name] = popSeveral(machine, 2);
    if (typeof module !== "string" || typeof name !== "string") throw new Error("a name that is no text");
    pushName(machine, module, name);
  },
  // REDUCE, BUILD
  82: (machine) => {
    const [name, args] = popSeveral(machine, 2);
    if (!isFunction(name) || !isTuple(args)) throw new Error("a call of what is no function");
    machine.push(callFunction(name.name, args));
  },
  98: (machine) => {
    const state = machine.pop();
    setState(machine.top(), state);
  },
};
