import type { ImageShape } from "../data/dataset.ts";
import { decimal } from "../scaling/number.ts";

/** A statistic that may be tiny: decimals where they are significant, else the exponent form. */
export function statistic(value: number): string {
  return value !== 0 && Math.abs(value) < 5e-4 ? value.toExponential(1) : decimal(value);
}

/** 0.9871 → "98.71 %". */
export function percent(part: number): string {
  return `${(part * 100).toFixed(2)} %`;
}

/** A shape as NumPy writes it. */
export function shapeText(count: number, { height, width, channels }: ImageShape): string {
  return `(${count}, ${height}, ${width}, ${channels})`;
}

/** Milliseconds for people: "840 ms", "12.3 s", "3 min 05 s". */
export function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (milliseconds < 999.5) return `${milliseconds.toFixed(0)} ms`;
  if (milliseconds < 59_950) return `${(milliseconds / 1000).toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
}

/** 60000 → "60,000". */
export function thousands(value: number): string {
  return value.toLocaleString("en-US");
}

/** The smallest of one or more values; there may be too many for the arguments of Math.min. */
export function smallest(values: Float64Array): number {
  return values.reduce((a, b) => Math.min(a, b));
}

/** The largest of one or more values. */
export function largest(values: Float64Array): number {
  return values.reduce((a, b) => Math.max(a, b));
}
