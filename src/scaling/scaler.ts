import { type ImageShape, type ImageSplit, imageSize, type Pixels, type Split } from "../data/dataset.ts";
import { indexRange } from "../data/indexes.ts";
import { PixscaleError } from "../errors.ts";
import type { Axis } from "../statistics/axis.ts";
import { toInverseStages } from "./apply/inverse.ts";
import { makeRule } from "./apply/make-rule.ts";
import { Pipeline } from "./apply/pipeline.ts";
import type { Rule } from "./apply/rule.ts";
import { fitOnStatistics, fitSteps } from "./fit.ts";
import { fitInThread } from "./fit-in-thread.ts";
import { type ScalerJson, type ScalerParts, scalerFromJson, scalerToJson } from "./scaler-json.ts";
import type { StatisticsOf } from "./statistics-after.ts";
import {
  axisOf,
  type FittedStep,
  groupsOf,
  hasFixedShape,
  isFeaturewise,
  type ScalingStep,
} from "./steps/step-kinds.ts";

/** Changes whole images, from pixels to float32. */
export type ImageScaling = Pick<Scaler, "apply" | "applyTo">;

/**
 * A fitted scaling. Immutable: the scaled image depends on nothing but the image and the scaler's JSON. Arithmetic is in double
 * precision, rounded once to float32, and bytes give the same output as the same values in floats.
 */
export class Scaler {
  readonly axis: Axis;
  /** Shape of the images it was fitted on. */
  readonly shape: ImageShape;
  readonly steps: readonly FittedStep[];
  readonly #subject: string;
  readonly #rule: Rule;

  private constructor(parts: ScalerParts, subject: string) {
    this.axis = parts.axis;
    this.shape = parts.shape;
    this.steps = parts.steps;
    this.#subject = subject;
    this.#rule = makeRule(parts.steps, parts, subject);
  }

  /**
   * Fits each step on `train` as the steps before it leave it.
   *
   * @throws what `fitSteps` throws; PixscaleError if the factors leave the range of float32
   */
  static fit(steps: readonly ScalingStep[], train: ImageSplit, options: { axis?: Axis } = {}): Scaler {
    const { axis = "global" } = options;
    return new Scaler({ axis, shape: train.shape, steps: fitSteps(steps, train, axis) }, "scaler");
  }

  /**
   * The same without blocking this thread for long: whitening is fitted in a thread of its own.
   *
   * @throws what `Scaler.fit` throws
   */
  static async fitAsync(
    steps: readonly ScalingStep[],
    train: ImageSplit,
    options: { axis?: Axis } = {},
  ): Promise<Scaler> {
    const { axis = "global" } = options;
    return new Scaler({ axis, shape: train.shape, steps: await fitInThread(steps, train, axis) }, "scaler");
  }

  /**
   * The same from the statistics of the training images: the images need not be in memory.
   *
   * @param shape of the images
   * @param statistics of the images along an axis: the one given, or that of a step
   * @throws what `fitOnStatistics` throws; PixscaleError if the factors leave the range of float32
   */
  static fitOnStatistics(
    steps: readonly ScalingStep[],
    shape: ImageShape,
    axis: Axis,
    statistics: StatisticsOf,
  ): Scaler {
    return new Scaler({ axis, shape, steps: fitOnStatistics(steps, shape, axis, statistics) }, "scaler");
  }

  /**
   * Reads what `toJSON` wrote.
   *
   * @param subject the file the JSON came from; errors begin with it
   * @throws PixscaleError if the JSON is not a scaler
   */
  static fromJSON(json: unknown, subject: string): Scaler {
    return new Scaler(scalerFromJson(json, subject), subject);
  }

  /**
   * Lets threads share the work where that pays. The results keep their bits.
   *
   * @param threads including the calling one
   * @returns a function that ends the others
   */
  async useThreads(threads: number): Promise<() => Promise<void>> {
    return (await this.#rule.useThreads?.(threads)) ?? (async () => {});
  }

  toJSON(): ScalerJson {
    return scalerToJson(this);
  }

  /**
   * Scales whole images that lie one after the other.
   *
   * @param pixels `count × height × width × channels` values, NHWC
   * @param out receives as many values, from its beginning
   * @throws PixscaleError if the scaler was fitted on images of another shape and depends on it; RangeError if the
   * pixels are not whole images or `out` is too small
   */
  apply(pixels: Pixels, shape: ImageShape, out: Float32Array): void {
    this.#applyAll(this.#rule, pixels, shape, out);
  }

  #applyAll(rule: Rule, pixels: Pixels, shape: ImageShape, out: Float32Array): void {
    const size = imageSize(shape);
    if (pixels.length % size !== 0) {
      throw new RangeError(`${pixels.length} values are not whole images of ${size}`);
    }
    const count = pixels.length / size;
    this.#applySome(rule, { pixels, shape, count }, indexRange(0, count), out);
  }

  /**
   * Scales some images of a split.
   *
   * @param indexes which images, in which order
   * @param out receives them, from its beginning
   * @throws PixscaleError as `apply` does; RangeError if an index is not an image of the split or `out` is too small
   */
  applyTo(split: Pick<Split, "pixels" | "shape" | "count">, indexes: Uint32Array, out: Float32Array): void {
    this.#applySome(this.#rule, split, indexes, out);
  }

  /**
   * The way back: it turns scaled images into what they were, up to the rounding of float32. Steps such as `clip` and the samplewise ones
   * cannot be undone.
   *
   * @returns functions that take scaled images as `apply` and `applyTo` take pixels
   * @throws PixscaleError naming the step that cannot be undone
   */
  inverse(): ImageScaling {
    const rule = new Pipeline(toInverseStages(this.steps, this.#subject));
    return {
      apply: (pixels, shape, out) => this.#applyAll(rule, pixels, shape, out),
      applyTo: (split, indexes, out) => this.#applySome(rule, split, indexes, out),
    };
  }

  #applySome(
    rule: Rule,
    split: Pick<Split, "pixels" | "shape" | "count">,
    indexes: Uint32Array,
    out: Float32Array,
  ): void {
    const { pixels, shape, count } = split;
    this.#requireShape(shape);
    if (out.length < indexes.length * imageSize(shape)) {
      throw new RangeError(`${indexes.length} images do not fit into ${out.length} values`);
    }
    for (const index of indexes) {
      if (index >= count) throw new RangeError(`the split has ${count} images, and no image ${index}`);
    }
    rule.apply(pixels, shape, indexes, out);
  }

  /** Without numbers for each channel or pixel neither axis nor shape matters. */
  #requireShape(shape: ImageShape): void {
    const axes = this.steps.filter(isFeaturewise).map((step) => axisOf(step, this.axis));
    const perChannel = axes.includes("channel") || this.steps.some((step) => groupsOf(step) > 1);
    const fixed = axes.includes("pixel") || this.steps.some(hasFixedShape);
    const sameChannels = shape.channels === this.shape.channels;
    const sameShape = sameChannels && shape.height === this.shape.height && shape.width === this.shape.width;
    if (fixed ? sameShape : !perChannel || sameChannels) return;
    const widest = axes.includes("pixel") ? "pixel" : perChannel ? "channel" : this.axis;
    const remedy = `use images of ${describe(this.shape)}`;
    throw new PixscaleError(
      this.#subject,
      `fitted with axis ${widest} on images of ${describe(this.shape)}, it cannot scale images of ${describe(shape)}`,
      this.steps.some(hasFixedShape) ? remedy : `${remedy}, or fit with axis global`,
    );
  }
}

function describe({ height, width, channels }: ImageShape): string {
  return `${height}×${width}×${channels}`;
}
