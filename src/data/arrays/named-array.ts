import { oneLine, PixscaleError } from "../../errors.ts";
import { checkFits } from "../../files/read.ts";
import type { ElementType } from "./element-type.ts";

/** Arrays that errors and notes list. */
const MAX_LISTED = 8;

/** An array in a file, of which only the type and the shape have been read. */
export interface NamedArray {
  /** Its name, after those of its file and groups if there are several: `kmnist-train-imgs/arr_0`. */
  readonly name: string;
  /** Its file and name in errors. */
  readonly subject: string;
  readonly shape: readonly number[];
  readonly type: ElementType;
  /** Whether the first dimension varies fastest, as in Fortran and MATLAB, instead of the last. */
  readonly isFortran: boolean;
  /**
   * Its bytes in the order in which they are stored. Each call goes through them again.
   *
   * @throws PixscaleError if they are damaged
   */
  read(): AsyncIterable<Uint8Array>;
}

/** An array as errors and notes list it: `x_train uint8 (60000, 28, 28)`. */
export function describeArray({ name, type, shape }: NamedArray): string {
  return `${oneLine(name)} ${oneLine(type.name)} ${dimsText(shape)}`;
}

/** Several of them; of many, the first. */
export function describeArrays(arrays: readonly NamedArray[]): string {
  const listed = arrays.slice(0, MAX_LISTED).map(describeArray).join(", ");
  return arrays.length > MAX_LISTED ? `${listed} and ${arrays.length - MAX_LISTED} more` : listed;
}

/** Dimensions as NumPy writes them. */
export function dimsText(dims: readonly number[]): string {
  return `(${dims.join(", ")}${dims.length === 1 ? "," : ""})`;
}

/** Number of elements. */
export function elementCount({ shape }: Pick<NamedArray, "shape">): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** All bytes of an array. @throws PixscaleError if they are damaged, are more or fewer, or do not fit into memory */
export async function readWhole(array: NamedArray): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of readRows(array, elementCount(array) * array.type.size)) pieces.push(piece);
  return pieces[0] ?? new Uint8Array(0);
}

/**
 * The bytes of an array in pieces of one length, but for the last.
 *
 * @param pieceBytes length of a piece: a divisor of the array's bytes, or a multiple of one
 * @throws PixscaleError if the bytes are damaged, or are more or fewer than the shape says
 */
export async function* readRows(array: NamedArray, pieceBytes: number): AsyncGenerator<Uint8Array> {
  let left = elementCount(array) * array.type.size;
  // Nothing is allocated before it is there: a damaged header may promise any size.
  let parts: Uint8Array[] = [];
  let filled = 0;
  for await (const chunk of array.read()) {
    if (chunk.length > left) throw wrongLength(array);
    left -= chunk.length;
    for (let from = 0; from < chunk.length; ) {
      const part = chunk.subarray(from, from + pieceBytes - filled);
      parts.push(part);
      filled += part.length;
      from += part.length;
      if (filled < pieceBytes) break;
      yield joined(array, parts, filled);
      parts = [];
      filled = 0;
    }
  }
  if (left > 0) throw wrongLength(array);
  if (filled > 0) yield joined(array, parts, filled);
}

function joined({ subject }: NamedArray, parts: readonly Uint8Array[], length: number): Uint8Array {
  checkFits(subject, length);
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function wrongLength({ subject, shape, type }: NamedArray): PixscaleError {
  const problem = `not the ${elementCount({ shape }) * type.size} bytes of ${dimsText(shape)} values of type ${type.name}`;
  return new PixscaleError(subject, problem, "save or download it again");
}
