/**
 * The inner loops of scaling. Each reads images of `size` values from `pixels`, and writes them to `out` at `to`.
 *
 * The loops that take four images at once are what makes scaling fast: they are unrolled, which saves V8 most of its
 * repeated length checks, the four images of a shuffled batch are fetched from memory side by side, and `shift` and
 * `scale` are loaded once for four values.
 */
import type { Pixels } from "../../data/dataset.ts";
import type { AffineMap } from "./affine-map.ts";

/** Where four images begin in `pixels`. */
export type FourStarts = readonly [number, number, number, number];

/** Looks every byte of an image up in a 256-entry table. */
export function lookUp(
  table: Float32Array,
  pixels: Uint8Array,
  from: number,
  out: Float32Array,
  to: number,
  size: number,
): void {
  for (let i = 0; i < size; i++) out[to + i] = table[pixels[from + i]];
}

/** `lookUp` for four images, written one after the other. */
export function lookUpFour(
  table: Float32Array,
  pixels: Uint8Array,
  from: FourStarts,
  out: Float32Array,
  to: number,
  size: number,
): void {
  const [first, second, third, fourth] = from;
  const to2 = to + size;
  const to3 = to2 + size;
  const to4 = to3 + size;
  const unrolled = size - (size % 4);
  for (let i = 0; i < unrolled; i += 4) {
    out[to + i] = table[pixels[first + i]];
    out[to + i + 1] = table[pixels[first + i + 1]];
    out[to + i + 2] = table[pixels[first + i + 2]];
    out[to + i + 3] = table[pixels[first + i + 3]];
    out[to2 + i] = table[pixels[second + i]];
    out[to2 + i + 1] = table[pixels[second + i + 1]];
    out[to2 + i + 2] = table[pixels[second + i + 2]];
    out[to2 + i + 3] = table[pixels[second + i + 3]];
    out[to3 + i] = table[pixels[third + i]];
    out[to3 + i + 1] = table[pixels[third + i + 1]];
    out[to3 + i + 2] = table[pixels[third + i + 2]];
    out[to3 + i + 3] = table[pixels[third + i + 3]];
    out[to4 + i] = table[pixels[fourth + i]];
    out[to4 + i + 1] = table[pixels[fourth + i + 1]];
    out[to4 + i + 2] = table[pixels[fourth + i + 2]];
    out[to4 + i + 3] = table[pixels[fourth + i + 3]];
  }
  for (let i = unrolled; i < size; i++) {
    out[to + i] = table[pixels[first + i]];
    out[to2 + i] = table[pixels[second + i]];
    out[to3 + i] = table[pixels[third + i]];
    out[to4 + i] = table[pixels[fourth + i]];
  }
}

/** Applies a map with one group a pixel position, in double precision. */
export function applyMap(
  map: AffineMap,
  pixels: Pixels,
  from: number,
  out: Float32Array,
  to: number,
  size: number,
): void {
  const { shift, scale } = map;
  for (let i = 0; i < size; i++) out[to + i] = (pixels[from + i] - shift[i]) * scale[i];
}

/** `applyMap` for four images, written one after the other. */
export function applyMapFour(
  map: AffineMap,
  pixels: Pixels,
  from: FourStarts,
  out: Float32Array,
  to: number,
  size: number,
): void {
  const { shift, scale } = map;
  const [first, second, third, fourth] = from;
  const to2 = to + size;
  const to3 = to2 + size;
  const to4 = to3 + size;
  const unrolled = size - (size % 2);
  for (let i = 0; i < unrolled; i += 2) {
    const shiftA = shift[i];
    const scaleA = scale[i];
    const shiftB = shift[i + 1];
    const scaleB = scale[i + 1];
    out[to + i] = (pixels[first + i] - shiftA) * scaleA;
    out[to + i + 1] = (pixels[first + i + 1] - shiftB) * scaleB;
    out[to2 + i] = (pixels[second + i] - shiftA) * scaleA;
    out[to2 + i + 1] = (pixels[second + i + 1] - shiftB) * scaleB;
    out[to3 + i] = (pixels[third + i] - shiftA) * scaleA;
    out[to3 + i + 1] = (pixels[third + i + 1] - shiftB) * scaleB;
    out[to4 + i] = (pixels[fourth + i] - shiftA) * scaleA;
    out[to4 + i + 1] = (pixels[fourth + i + 1] - shiftB) * scaleB;
  }
  for (let i = unrolled; i < size; i++) {
    out[to + i] = (pixels[first + i] - shift[i]) * scale[i];
    out[to2 + i] = (pixels[second + i] - shift[i]) * scale[i];
    out[to3 + i] = (pixels[third + i] - shift[i]) * scale[i];
    out[to4 + i] = (pixels[fourth + i] - shift[i]) * scale[i];
  }
}
