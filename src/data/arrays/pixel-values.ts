import { oneLine, PixscaleError } from "../../errors.ts";
import type { PixelType } from "../dataset.ts";
import { decodeNumbers, type ElementType, isNumeric, type Numbers } from "./element-type.ts";
import { describeArrays, type NamedArray, readRows } from "./named-array.ts";

/** Bytes looked at at a time; a multiple of every element's size. */
const PIECE_BYTES = 4 << 20;
/** Every whole number up to it is a float32. */
const EXACT = 2 ** 24;

/** How the pixels of some arrays become those of a dataset. */
export interface PixelValues {
  readonly type: PixelType;
  /** Said where values of another type are read as this one. */
  readonly note: string | undefined;
}

/**
 * The type that holds the pixels of all arrays exactly, but for float64, which is rounded to float32. Integers of more bits than they
 * need, or with a sign, are gone through to find their range.
 *
 * @param arrays of numbers
 * @throws PixscaleError if some are too large
 */
export async function pixelValues(arrays: readonly NamedArray[]): Promise<PixelValues> {
  const found: PixelType[] = [];
  const ranges: string[] = [];
  for (const array of arrays) {
    const simple = simpleType(array.type);
    if (simple !== undefined) {
      found.push(simple);
      continue;
    }
    const [low, high] = await rangeOf(array);
    const type = low >= 0 && high <= 255 ? "uint8" : low >= 0 && high <= 65535 ? "uint16" : "float32";
    if (type === "float32" && Math.max(-low, high) > EXACT) {
      const problem = `pixels from ${low} to ${high}, which float32 cannot hold exactly`;
      throw new PixscaleError(array.subject, problem, "divide them before saving");
    }
    found.push(type);
    ranges.push(`${array.name} holds ${array.type.name} values from ${low} to ${high}`);
  }
  const type = (["float32", "uint16", "uint8"] as const).find((each) => found.includes(each)) ?? "uint8";
  if (ranges.length > 0) return { type, note: `${ranges.join(", ")}; read as ${type}` };
  // Splits of different types often have different ranges too.
  const isMixed = found.some((each) => each !== type);
  return { type, note: isMixed ? `${describeArrays(arrays)} differ in type; read as ${type}` : undefined };
}

function simpleType({ kind, size }: ElementType): PixelType | undefined {
  if (kind === "float") return "float32";
  if (kind === "bool" || (kind === "uint" && size === 1)) return "uint8";
  return kind === "uint" && size === 2 ? "uint16" : undefined;
}

async function rangeOf(array: NamedArray): Promise<[low: number, high: number]> {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for await (const bytes of readRows(array, PIECE_BYTES)) {
    for (const value of decodeNumbers(bytes, array.type)) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return [low, high];
}

/** @throws PixscaleError if a finite value is too large for float32 */
export function requireFloat32(values: Numbers, subject: string): void {
  if (!(values instanceof Float64Array)) return;
  if (values.every((value) => !Number.isFinite(value) || Number.isFinite(Math.fround(value)))) return;
  throw new PixscaleError(subject, "pixels too large for float32", "divide them before saving");
}

/** @throws PixscaleError if an array has no numbers */
export function requireNumbers(array: NamedArray): void {
  if (isNumeric(array.type)) return;
  const problem = `pixels of type ${oneLine(array.type.name)}`;
  const remedy =
    array.type.name === "object"
      ? "save one array of numbers, such as numpy.stack(images)"
      : "save them as uint8, uint16, float32 or float64";
  throw new PixscaleError(array.subject, problem, remedy);
}
