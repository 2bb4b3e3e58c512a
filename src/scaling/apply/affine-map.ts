/**
 * `(x − shift) · scale` within each group. In this form, rather than `scale · x + offset`, a pixel that always has the
 * same value becomes (nearly) 0 however large the scale is.
 */
export interface AffineMap {
  readonly shift: Float64Array;
  readonly scale: Float64Array;
}

/** The map of one group. */
export interface GroupMap {
  readonly shift: number;
  readonly scale: number;
}

/** What a map of one group makes of each byte value. */
export function byteTable({ shift, scale }: AffineMap): Float32Array {
  return Float32Array.from({ length: 256 }, (_, value) => (value - shift[0]) * scale[0]);
}

/** The same map with one group for each of `size` values of an image; `size` is a multiple of the number of groups. */
export function spreadMap({ shift, scale }: AffineMap, size: number): AffineMap {
  const spread = { shift: new Float64Array(size), scale: new Float64Array(size) };
  for (let i = 0; i < size; i += shift.length) {
    spread.shift.set(shift, i);
    spread.scale.set(scale, i);
  }
  return spread;
}

/** Maps images in place; value `i` belongs to group `i mod groups`. */
export function applyInPlace({ shift, scale }: AffineMap, images: Float64Array): void {
  const groups = shift.length;
  for (let row = 0; row < images.length; row += groups) {
    for (let group = 0; group < groups; group++) {
      images[row + group] = (images[row + group] - shift[group]) * scale[group];
    }
  }
}
