import { checkSplit } from "../data/check-dataset.ts";
import { formatShape, type ImageShape, type PixelType, pixelType, type Split } from "../data/dataset.ts";
import { PixscaleError } from "../errors.ts";
import { AXES, type Axis, groupCount } from "../statistics/axis.ts";
import type { IntegerPixels } from "../statistics/channel-sums.ts";
import type { Moments } from "../statistics/moments.ts";
import { PixelTally } from "../statistics/pixel-tally.ts";
import { RunningMoments } from "../statistics/running-moments.ts";
import { requireAffine, requireAxis } from "./fit.ts";
import { type Scaling, toSteps } from "./parse.ts";
import { Scaler } from "./scaler.ts";
import type { ScalingStep } from "./steps/step-kinds.ts";

/** Statistics of images that come in pieces. */
interface PieceMoments {
  add(pixels: Split["pixels"]): void;
  moments(axis: Axis): Moments;
}

/**
 * Fits a scaling on images that come in pieces and need not be in memory together, as scikit-learn's `partial_fit`. For steps that need
 * nothing but means, deviations and ranges. Bytes and 16-bit numbers give the bits of `Scaler.fit`; floats differ from it by rounding.
 */
export class IncrementalFit {
  readonly #steps: readonly ScalingStep[];
  readonly #axis: Axis;
  #first: { readonly shape: ImageShape; readonly type: PixelType; readonly seen: PieceMoments } | undefined;

  /** @throws UsageError on an unknown step or axis, or a step that needs all images at once */
  constructor(scaling: Scaling, { axis = "global" }: { axis?: Axis } = {}) {
    this.#steps = toSteps(scaling);
    this.#axis = axis;
    requireAxis(axis);
    requireAffine(this.#steps);
  }

  /**
   * Adds images.
   *
   * @returns itself
   * @throws PixscaleError if they have another shape or type than those before, or contradict their count
   */
  partialFit(images: Split): this {
    checkSplit(images, "images");
    const { shape, pixels } = images;
    const type = pixelType(images);
    this.#first ??= { shape, type, seen: momentsFor(type, shape) };
    const { shape: before, type: typeBefore, seen } = this.#first;
    if (formatShape(shape) !== formatShape(before) || type !== typeBefore) {
      const problem = `are ${type} of ${formatShape(shape)}, but those before were ${typeBefore} of ${formatShape(before)}`;
      throw new PixscaleError("images", problem, "give images of one kind");
    }
    seen.add(pixels);
    return this;
  }

  /**
   * The scaler fitted on all images so far. More may be added afterwards.
   *
   * @throws PixscaleError if there are none yet, or as `Scaler.fitOnStatistics`
   */
  scaler(): Scaler {
    if (this.#first === undefined) {
      throw new PixscaleError("images", "none were given to fit on", "call partialFit first");
    }
    const { shape, seen } = this.#first;
    return Scaler.fitOnStatistics(this.#steps, shape, this.#axis, (along) => seen.moments(along));
  }
}

function momentsFor(type: PixelType, shape: ImageShape): PieceMoments {
  if (type !== "float32") {
    const tally = new PixelTally(shape.channels, type === "uint8" ? 256 : 65536, shape);
    return { add: (pixels) => tally.add(pixels as IntegerPixels), moments: (axis) => tally.moments(axis) };
  }
  const running = new Map(AXES.map((axis) => [axis, new RunningMoments(groupCount(axis, shape))]));
  return {
    add(pixels) {
      for (const each of running.values()) each.add(pixels as Float32Array);
    },
    moments: (axis) => (running.get(axis) as RunningMoments).moments(),
  };
}
