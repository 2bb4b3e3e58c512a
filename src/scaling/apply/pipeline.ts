import { type ImageShape, imageSize, type Split } from "../../data/dataset.ts";
import { type Axis, groupCount } from "../../statistics/axis.ts";
import type { AffineStep } from "../steps/affine-step.ts";
import { type FittedStep, isAffine, isFeaturewise } from "../steps/fitted-step.ts";
import { applySamplewise } from "../steps/samplewise.ts";
import type { ZcaStep } from "../steps/zca.ts";
import { Whitening } from "../whitening/whitening.ts";
import { type AffineMap, foldSteps } from "./affine-map.ts";

/** Changes whole images in place. */
type Stage = (images: Float64Array, shape: ImageShape) => void;

/** Values worked on at a time, so that they stay in cache between stages. */
const BLOCK_VALUES = 65536;

/** Applies steps of any kind one after the other, in double precision but for whitening. */
export class Pipeline {
  readonly #stages: readonly Stage[];
  #scratch = new Float64Array(0);

  /**
   * @param shape of the images the steps were fitted on
   * @param subject names the scaling in errors
   * @throws PixscaleError if factors leave the range of float32 or a whitening does not fit into memory
   */
  constructor(steps: readonly FittedStep[], axis: Axis, shape: ImageShape, subject: string) {
    this.#stages = makeStages(steps, axis, shape, subject);
  }

  /**
   * Hands the images `order[start]` … `order[start + count − 1]` of a split to `take`, changed, block by block.
   *
   * @param take gets whole images, in memory that is used again, and the index of the first from `start`
   */
  run(
    { pixels, shape }: Pick<Split, "pixels" | "shape">,
    order: Uint32Array,
    start: number,
    count: number,
    take: (images: Float64Array, first: number) => void,
  ): void {
    const size = imageSize(shape);
    const most = Math.max(1, Math.floor(BLOCK_VALUES / size));
    if (this.#scratch.length < most * size) this.#scratch = new Float64Array(most * size);
    for (let first = 0; first < count; first += most) {
      const images = this.#scratch.subarray(0, Math.min(most, count - first) * size);
      for (let to = 0, i = start + first; to < images.length; to += size, i++) {
        images.set(pixels.subarray(order[i] * size, (order[i] + 1) * size), to);
      }
      for (const stage of this.#stages) stage(images, shape);
      take(images, first);
    }
  }
}

/**
 * A whitening behind nothing but affine steps, which fold into it; undefined if the steps are others.
 *
 * @throws as the constructor of `Pipeline` does
 */
export function loneWhitening(
  steps: readonly FittedStep[],
  axis: Axis,
  shape: ImageShape,
  subject: string,
): Whitening | undefined {
  const before = steps.slice(0, -1);
  const last = steps.at(-1);
  if (last?.kind !== "zca" || !before.every(isAffine)) return undefined;
  return whiteningBehind(before, last, axis, shape, subject);
}

function whiteningBehind(
  affine: readonly AffineStep[],
  { mean, matrix }: ZcaStep,
  axis: Axis,
  shape: ImageShape,
  subject: string,
): Whitening {
  const map = foldAffine([...affine, { kind: "center", mean }], axis, shape, subject);
  return new Whitening(matrix, map, imageSize(shape));
}

/** The one map that affine steps fold into, with a group for each of their statistics. @throws as `foldSteps` does */
export function foldAffine(
  affine: readonly AffineStep[],
  axis: Axis,
  shape: ImageShape,
  subject: string,
): AffineMap {
  return foldSteps(affine, affine.some(isFeaturewise) ? groupCount(axis, shape) : 1, subject);
}

function makeStages(steps: readonly FittedStep[], axis: Axis, shape: ImageShape, subject: string): Stage[] {
  const stages: Stage[] = [];
  let pending: AffineStep[] = [];
  const flush = () => {
    if (pending.length === 0) return;
    const map = foldAffine(pending, axis, shape, subject);
    stages.push((images) => applyInPlace(map, images));
    pending = [];
  };
  for (const step of steps) {
    if (isAffine(step)) {
      pending.push(step);
    } else if (step.kind === "zca") {
      const whitening = whiteningBehind(pending, step, axis, shape, subject);
      stages.push((images) => whitening.apply(images));
      pending = [];
    } else {
      flush();
      stages.push((images, { channels, ...rest }) => {
        applySamplewise(step, axis === "channel" ? channels : 1, images, imageSize({ channels, ...rest }));
      });
    }
  }
  flush();
  return stages;
}

function applyInPlace({ shift, scale }: AffineMap, images: Float64Array): void {
  const groups = shift.length;
  for (let row = 0; row < images.length; row += groups) {
    for (let group = 0; group < groups; group++) {
      images[row + group] = (images[row + group] - shift[group]) * scale[group];
    }
  }
}
