import { checkShape } from "../data/check-dataset.ts";
import { type ImageShape, type ImageSplit, imageSize, type Pixels, type Split } from "../data/dataset.ts";
import { indexRange } from "../data/indexes.ts";
import { PixscaleError, setting, UsageError } from "../errors.ts";
import type { Axis } from "../statistics/axis.ts";
import type { Moments } from "../statistics/moments.ts";
import { defaultThreads } from "../threads.ts";
import { toInverseStages } from "./apply/inverse.ts";
import { makeRule } from "./apply/make-rule.ts";
import { Pipeline } from "./apply/pipeline.ts";
import type { Rule } from "./apply/rule.ts";
import { fitOnStatistics, fitSteps } from "./fit.ts";
import { fitInThread } from "./fit-in-thread.ts";
import { type Scaling, toSteps } from "./parse.ts";
import { type ScalerJson, type ScalerParts, scalerFromJson, scalerToJson } from "./scaler-json.ts";
import type { StatisticsOf } from "./statistics-after.ts";
import { axisOf, type FittedStep, groupsOf, hasFixedShape, isFeaturewise } from "./steps/step-kinds.ts";

/** How a scaling is fitted. */
export interface FitOptions {
  readonly axis?: Axis;
  /** Threads that whitening's fit may use; the result has the same bits for any number. One per core by default. */
  readonly threads?: number;
}

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
  static fit(scaling: Scaling, train: ImageSplit, options: FitOptions = {}): Scaler {
    const { axis = "global", threads = defaultThreads() } = options;
    const steps = fitSteps(toSteps(scaling), train, axis, threads);
    return new Scaler({ axis, shape: train.shape, steps }, "scaler");
  }

  /**
   * The same without blocking this thread for long: whitening is fitted in a thread of its own.
   *
   * @throws what `Scaler.fit` throws
   */
  static async fitAsync(scaling: Scaling, train: ImageSplit, options: FitOptions = {}): Promise<Scaler> {
    const { axis = "global", threads = defaultThreads() } = options;
    const fitted = await fitInThread(toSteps(scaling), train, axis, threads);
    return new Scaler({ axis, shape: train.shape, steps: fitted }, "scaler");
  }

  /**
   * The same from the statistics of the training images: the images need not be in memory.
   *
   * @param shape of the images
   * @param given the statistics along `axis`, or a function that computes them along an axis, as steps may have axes of their own
   * @throws PixscaleError if there is not one mean and deviation for each group; what `fitOnStatistics` throws; PixscaleError if the factors leave the range of float32
   */
  static fitOnStatistics(
    scaling: Scaling,
    shape: ImageShape,
    axis: Axis,
    given: GivenStatistics | StatisticsOf,
  ): Scaler {
    checkShape(shape, "shape");
    const statistics = typeof given === "function" ? given : statisticsAlong(axis, given);
    const steps = fitOnStatistics(toSteps(scaling), shape, axis, statistics);
    return new Scaler({ axis, shape, steps }, "scaler");
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

  /**
   * The same into new memory.
   *
   * @returns `count × height × width × channels` values, NHWC
   * @throws PixscaleError as `apply` does
   */
  transform({ pixels, shape }: Pick<Split, "pixels" | "shape">): Float32Array {
    const out = new Float32Array(pixels.length);
    this.apply(pixels, shape, out);
    return out;
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

/** Means and deviations of training images, one per group of the axis; `minmax` needs their range too. */
export type GivenStatistics = Pick<Moments, "mean" | "std"> & Partial<Pick<Moments, "min" | "max">>;

/** @throws (when another axis is asked for) UsageError */
function statisticsAlong(axis: Axis, { mean, std, min, max }: GivenStatistics): StatisticsOf {
  const unknown = mean.map(() => Number.NaN);
  return (along) => {
    if (along === axis) return { mean, std, min: min ?? unknown, max: max ?? unknown };
    const problem = `a step has the axis ${along}, and the statistics are those of axis ${axis}`;
    throw new UsageError(setting("axis"), problem, "give a function of the axis");
  };
}

function describe({ height, width, channels }: ImageShape): string {
  return `${height}×${width}×${channels}`;
}
