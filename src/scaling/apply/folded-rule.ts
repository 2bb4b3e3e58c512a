import type { Pixels } from "../../data/dataset.ts";
import { type AffineMap, byteTable, spreadMap } from "./affine-map.ts";
import { applyMap, applyMapFour, lookUp, lookUpFour } from "./pixel-loops.ts";

/** Steps that fold into one map, by the loops that are as fast as can be. */
export class FoldedRule {
  readonly #map: AffineMap;
  /** Set if there is one group only. */
  readonly #table: Float32Array | undefined;
  /** The map spread over images of the size seen last. */
  #spread: AffineMap;

  constructor(map: AffineMap) {
    this.#map = map;
    this.#table = map.shift.length === 1 ? byteTable(map) : undefined;
    this.#spread = map;
  }

  run(
    pixels: Pixels,
    size: number,
    order: Uint32Array,
    start: number,
    count: number,
    out: Float32Array,
  ): void {
    if (this.#table !== undefined && pixels instanceof Uint8Array) {
      scaleChosen(lookUp, lookUpFour, this.#table, pixels, size, order, start, count, out);
    } else {
      scaleChosen(applyMap, applyMapFour, this.#mapOver(size), pixels, size, order, start, count, out);
    }
  }

  #mapOver(size: number): AffineMap {
    if (this.#spread.shift.length !== size) {
      this.#spread = spreadMap(this.#map, size);
    }
    return this.#spread;
  }
}

type Loop<Rule, P extends Pixels, From> = (
  rule: Rule,
  pixels: P,
  from: From,
  out: Float32Array,
  to: number,
  size: number,
) => void;

/** Runs a loop over chosen images, by fours as far as they go. */
function scaleChosen<Rule, P extends Pixels>(
  one: Loop<Rule, P, number>,
  four: Loop<Rule, P, readonly [number, number, number, number]>,
  rule: Rule,
  pixels: P,
  size: number,
  order: Uint32Array,
  start: number,
  count: number,
  out: Float32Array,
): void {
  const byFours = count - (count % 4);
  for (let i = 0; i < byFours; i += 4) {
    const k = start + i;
    const from = [order[k] * size, order[k + 1] * size, order[k + 2] * size, order[k + 3] * size] as const;
    four(rule, pixels, from, out, i * size, size);
  }
  for (let i = byFours; i < count; i++) {
    one(rule, pixels, order[start + i] * size, out, i * size, size);
  }
}
