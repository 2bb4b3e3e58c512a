import type { SizeRange } from "../data/images/image-sizes.ts";
import { printable } from "../printable.ts";
import { decimal } from "../scaling/number.ts";
import type { SummaryShape } from "../statistics/summary.ts";

/** A statistic that may be tiny: decimals where they are significant, else the exponent form. */
export function statistic(value: number): string {
  return value !== 0 && Math.abs(value) < 5e-4 ? value.toExponential(1) : decimal(value);
}

/** 0.9871 → "98.71 %". */
export function percent(part: number): string {
  return `${(part * 100).toFixed(2)} %`;
}

/** A shape as NumPy writes it; ranges if the images have several sizes. */
export function shapeText(count: number, shape: SummaryShape, sizes?: SizeRange): string {
  const { height = "·", width = "·", channels } = shape;
  if (sizes === undefined) return `(${count}, ${height}, ${width}, ${channels})`;
  const range = (side: "height" | "width") => `${sizes.smallest[side]}…${sizes.largest[side]}`;
  return `(${count}, ${range("height")}, ${range("width")}, ${channels})`;
}

/** Longer names would push the rest of a table off the screen. */
const MAX_NAME = 24;

/** A name from the data for a table: no control characters, and not too long. */
export function nameText(name: string): string {
  return shortText(name, MAX_NAME);
}

/** A text without control characters, shortened in its middle to so many characters. */
export function shortText(text: string, most: number): string {
  const clean = printable(text);
  const letters = [...clean];
  if (letters.length <= most) return clean;
  const half = (most - 1) / 2;
  return `${letters.slice(0, Math.ceil(half)).join("")}…${letters.slice(letters.length - Math.floor(half)).join("")}`;
}

/** Milliseconds for people: "840 ms", "12.3 s", "3 min 05 s". */
export function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (milliseconds < 999.5) return `${milliseconds.toFixed(0)} ms`;
  if (milliseconds < 59_950) return `${(milliseconds / 1000).toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
}

/** A whole number with commas: 60000 → "60,000". */
export function thousands(value: number): string {
  // `toLocaleString` loads tables of all languages, which takes longer than any command's other output.
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** The smallest of one or more values; there may be too many for the arguments of Math.min. */
export function smallest(values: Float64Array): number {
  return values.reduce((a, b) => Math.min(a, b));
}

/** The largest of one or more values. */
export function largest(values: Float64Array): number {
  return values.reduce((a, b) => Math.max(a, b));
}

/** 1 → "1 image", 2000 → "2,000 images". */
export function formatCount(count: number, one: string, several = `${one}s`): string {
  return `${thousands(count)} ${count === 1 ? one : several}`;
}
