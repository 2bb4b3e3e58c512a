import { type ImageShape, imageSize, type Pixels, type Split } from "../data/dataset.ts";
import { PixscaleError } from "../errors.ts";
import type { Axis } from "../statistics/axis.ts";
import type { Moments } from "../statistics/moments.ts";
import { FoldedRule } from "./apply/folded-rule.ts";
import { foldAffine, loneWhitening, Pipeline } from "./apply/pipeline.ts";
import { fitOnStatistics, fitSteps } from "./fit.ts";
import type { ScalingStep } from "./parse.ts";
import { type ScalerJson, type ScalerParts, scalerFromJson, scalerToJson } from "./scaler-json.ts";
import { type FittedStep, isAffine, isFeaturewise } from "./steps/fitted-step.ts";
import { Whitening } from "./whitening/whitening.ts";

/**
 * A fitted scaling. Immutable: what it makes of an image depends on nothing but its JSON. Arithmetic is in double
 * precision, rounded once to float32, and bytes give the same output as the same values in floats.
 */
export class Scaler {
  readonly axis: Axis;
  /** Shape of the images it was fitted on. */
  readonly shape: ImageShape;
  readonly steps: readonly FittedStep[];
  readonly #subject: string;
  readonly #rule: FoldedRule | Whitening | Pipeline;

  private constructor(parts: ScalerParts, subject: string) {
    this.axis = parts.axis;
    this.shape = parts.shape;
    this.steps = parts.steps;
    this.#subject = subject;
    this.#rule = fastestRule(parts, subject);
  }

  /**
   * Fits each step on `train` as the steps before it leave it.
   *
   * @throws what `fitSteps` does; PixscaleError if the factors leave the range of float32
   */
  static fit(steps: readonly ScalingStep[], train: Split, options: { axis?: Axis } = {}): Scaler {
    const { axis = "global" } = options;
    return new Scaler({ axis, shape: train.shape, steps: fitSteps(steps, train, axis) }, "scaler");
  }

  /**
   * The same from the statistics of the training images, measured along the axis: they need not be in memory.
   *
   * @param shape of the images
   * @throws what `fitOnStatistics` does; PixscaleError if the factors leave the range of float32
   */
  static fitOnStatistics(
    steps: readonly ScalingStep[],
    shape: ImageShape,
    axis: Axis,
    statistics: Pick<Moments, "mean" | "std">,
  ): Scaler {
    return new Scaler({ axis, shape, steps: fitOnStatistics(steps, statistics) }, "scaler");
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
   * Lets threads share what takes long, that is whitening; it changes no bit of the results.
   *
   * @param threads the calling one included
   * @returns what ends the others
   */
  async useThreads(threads: number): Promise<() => Promise<void>> {
    return this.#rule instanceof Whitening ? this.#rule.share(threads) : async () => {};
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
    const size = imageSize(shape);
    if (pixels.length % size !== 0) {
      throw new RangeError(`${pixels.length} values are not whole images of ${size}`);
    }
    const count = pixels.length / size;
    const order = Uint32Array.from({ length: count }, (_, image) => image);
    this.applyTo({ pixels, shape, count }, order, 0, count, out);
  }

  /**
   * Scales the images `order[start]` … `order[start + count − 1]` of a split.
   *
   * @param out receives `count` images, from its beginning
   * @throws PixscaleError as `apply` does; RangeError if an index is not an image of the split or `out` is too small
   */
  applyTo(
    split: Pick<Split, "pixels" | "shape" | "count">,
    order: Uint32Array,
    start: number,
    count: number,
    out: Float32Array,
  ): void {
    const { pixels, shape } = split;
    const size = imageSize(shape);
    this.#requireShape(shape);
    if (start < 0 || start + count > order.length || out.length < count * size) {
      throw new RangeError(
        `cannot scale images ${start} to ${start + count} of ${order.length} into ${out.length} values`,
      );
    }
    for (let i = start; i < start + count; i++) {
      if (order[i] >= split.count) {
        throw new RangeError(`the split has ${split.count} images, and no image ${order[i]}`);
      }
    }
    if (this.#rule instanceof Pipeline) {
      this.#rule.run(split, order, start, count, (images, first) => out.set(images, first * size));
    } else {
      this.#rule.run(pixels, size, order, start, count, out);
    }
  }

  /** Whether any statistics were fitted; without them neither axis nor shape matters. */
  #isFitted(): boolean {
    return this.steps.some(isFeaturewise);
  }

  #whitens(): boolean {
    return this.steps.some(({ kind }) => kind === "zca");
  }

  #requireShape(shape: ImageShape): void {
    const fits =
      !this.#isFitted() ||
      (this.axis === "global" && !this.#whitens()) ||
      (shape.channels === this.shape.channels &&
        ((this.axis === "channel" && !this.#whitens()) ||
          (shape.height === this.shape.height && shape.width === this.shape.width)));
    if (!fits) {
      throw new PixscaleError(
        this.#subject,
        `fitted with axis ${this.axis} on images of ${describe(this.shape)}, it cannot scale images of ${describe(shape)}`,
        `use images of ${describe(this.shape)}${this.#whitens() ? "" : ", or fit with axis global"}`,
      );
    }
  }
}

function fastestRule(
  { steps, axis, shape }: ScalerParts,
  subject: string,
): FoldedRule | Whitening | Pipeline {
  if (steps.every(isAffine)) return new FoldedRule(foldAffine(steps, axis, shape, subject));
  return loneWhitening(steps, axis, shape, subject) ?? new Pipeline(steps, axis, shape, subject);
}

function describe({ height, width, channels }: ImageShape): string {
  return `${height}×${width}×${channels}`;
}
