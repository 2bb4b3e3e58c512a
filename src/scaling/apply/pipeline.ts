import { type ImageShape, imageSize, type Pixels } from "../../data/dataset.ts";
import type { Stage } from "../steps/step-kind.ts";
import { type FittedAffine, type FittedStep, isAffine, kindOf } from "../steps/step-kinds.ts";
import { applyInPlace } from "./affine-map.ts";
import { type Fitted, foldAffine } from "./fold.ts";
import type { Rule } from "./rule.ts";

/** Values worked on at a time, so that they stay in cache between stages. */
const BLOCK_VALUES = 65536;

/** Images worked on at a time. */
export function blockImages(shape: ImageShape): number {
  return Math.max(1, Math.floor(BLOCK_VALUES / imageSize(shape)));
}

/** Applies stages one after the other, in double precision except where a stage says otherwise. */
export class Pipeline implements Rule {
  readonly #stages: readonly Stage[];
  #scratch = new Float64Array(0);

  constructor(stages: readonly Stage[]) {
    this.#stages = stages;
  }

  apply(pixels: Pixels, shape: ImageShape, indexes: Uint32Array, out: Float32Array): void {
    const size = imageSize(shape);
    this.forEachBlock(pixels, shape, indexes, (images, first) => out.set(images, first * size));
  }

  /**
   * Hands the chosen images, changed, to `take`, block by block.
   *
   * @param take gets whole images, in memory that is reused, and the place in `indexes` of the first
   */
  forEachBlock(
    pixels: Pixels,
    shape: ImageShape,
    indexes: Uint32Array,
    take: (images: Float64Array, first: number) => void,
  ): void {
    const size = imageSize(shape);
    const most = blockImages(shape);
    if (this.#scratch.length < most * size) this.#scratch = new Float64Array(most * size);
    for (let first = 0; first < indexes.length; first += most) {
      const images = this.#scratch.subarray(0, Math.min(most, indexes.length - first) * size);
      for (let to = 0, i = first; to < images.length; to += size, i++) {
        images.set(pixels.subarray(indexes[i] * size, (indexes[i] + 1) * size), to);
      }
      for (const stage of this.#stages) stage.apply(images, shape);
      take(images, first);
    }
  }
}

/**
 * The stages that fitted steps become: neighbouring affine steps fold into one.
 *
 * @param subject names the scaling in errors
 * @throws PixscaleError if factors leave the range of float32 or a step does not fit into memory
 */
export function toStages(steps: readonly FittedStep[], fitted: Fitted, subject: string): Stage[] {
  const stages: Stage[] = [];
  let pending: FittedAffine[] = [];
  const flush = () => {
    if (pending.length === 0) return;
    const map = foldAffine(pending, subject);
    stages.push({ apply: (images) => applyInPlace(map, images) });
    pending = [];
  };
  for (const step of steps) {
    const kind = kindOf(step);
    if (isAffine(step)) {
      pending.push(step);
    } else if (kind.form === "image") {
      if (!kind.absorbsAffine) flush();
      const before = pending;
      pending = [];
      const foldCentred = (mean: Float64Array) => foldAffine([...before, { kind: "center", mean }], subject);
      stages.push(kind.stage(step, { ...fitted, foldCentred }));
    }
  }
  flush();
  return stages;
}
