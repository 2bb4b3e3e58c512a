import { type ImageShape, imageSize, type Pixels } from "../../data/dataset.ts";
import { type AffineMap, byteTable, spreadMap } from "./affine-map.ts";
import { applyMap, applyMapFour, type FourStarts, lookUp, lookUpFour } from "./pixel-loops.ts";
import type { Rule } from "./rule.ts";

/** Values of an image that a map is spread over. */
const MOST_SPREAD = 2 ** 20;

/** Affine steps, folded into one map, by the fastest loops. */
export class FoldedRule implements Rule {
  readonly #map: AffineMap;
  /** Set if there is only one group. */
  readonly #table: Float32Array | undefined;
  /** The map spread over images of the size seen last. */
  #spread: AffineMap;

  constructor(map: AffineMap) {
    this.#map = map;
    this.#table = map.shift.length === 1 ? byteTable(map) : undefined;
    this.#spread = map;
  }

  apply(pixels: Pixels, shape: ImageShape, indexes: Uint32Array, out: Float32Array): void {
    const size = imageSize(shape);
    if (this.#table !== undefined && pixels instanceof Uint8Array) {
      scaleImages(lookUp, lookUpFour, this.#table, pixels, size, indexes, out);
    } else if (size > MOST_SPREAD && this.#map.shift.length < MOST_SPREAD) {
      this.#applyInParts(pixels, size, indexes, out);
    } else {
      scaleImages(applyMap, applyMapFour, this.#mapOver(size), pixels, size, indexes, out);
    }
  }

  /** A map spread over a large image would take more memory than the image: one over a part of it is used again and again. */
  #applyInParts(pixels: Pixels, size: number, indexes: Uint32Array, out: Float32Array): void {
    const groups = this.#map.shift.length;
    const most = groups * Math.floor(MOST_SPREAD / groups);
    const map = this.#mapOver(most);
    for (const [i, index] of indexes.entries()) {
      for (let at = 0; at < size; at += most) {
        applyMap(map, pixels, index * size + at, out, i * size + at, Math.min(most, size - at));
      }
    }
  }

  #mapOver(size: number): AffineMap {
    if (this.#spread.shift.length !== size) this.#spread = spreadMap(this.#map, size);
    return this.#spread;
  }
}

type Loop<What, P extends Pixels, From> = (
  what: What,
  pixels: P,
  from: From,
  out: Float32Array,
  to: number,
  size: number,
) => void;

/** Runs a loop over the chosen images, four at once as far as they go. */
function scaleImages<What, P extends Pixels>(
  one: Loop<What, P, number>,
  four: Loop<What, P, FourStarts>,
  what: What,
  pixels: P,
  size: number,
  indexes: Uint32Array,
  out: Float32Array,
): void {
  const fours = indexes.length - (indexes.length % 4);
  for (let i = 0; i < fours; i += 4) {
    const from = [
      indexes[i] * size,
      indexes[i + 1] * size,
      indexes[i + 2] * size,
      indexes[i + 3] * size,
    ] as const;
    four(what, pixels, from, out, i * size, size);
  }
  for (let i = fours; i < indexes.length; i++) one(what, pixels, indexes[i] * size, out, i * size, size);
}
