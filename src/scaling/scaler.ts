import { type ImageShape, imageSize, type Pixels, type Split } from "../data/dataset.ts";
import { PixscaleError } from "../errors.ts";
import { type AffineMap, byteTable, foldSteps, spreadMap } from "./affine-map.ts";
import { type Axis, groupCount } from "./axis.ts";
import { type FittedStep, fitSteps, isFeaturewise } from "./fitted-step.ts";
import { applyMap, applyMapFour, lookUp, lookUpFour } from "./pixel-loops.ts";
import { type ScalerJson, type ScalerParts, scalerFromJson, scalerToJson } from "./scaler-json.ts";
import type { ScalingStep } from "./spec.ts";
import { measure } from "./statistics.ts";

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
  readonly #map: AffineMap;
  /** Set if there is one group only. */
  readonly #table: Float32Array | undefined;
  /** The map spread over images of the size seen last. */
  #spread: AffineMap;

  private constructor(parts: ScalerParts, subject: string) {
    this.axis = parts.axis;
    this.shape = parts.shape;
    this.steps = parts.steps;
    this.#subject = subject;
    const groups = this.#isFitted() ? groupCount(parts.axis, parts.shape) : 1;
    this.#map = foldSteps(parts.steps, groups, subject);
    this.#table = groups === 1 ? byteTable(this.#map) : undefined;
    this.#spread = this.#map;
  }

  /**
   * Fits each step on `train` as the steps before it leave it. The images are read once, and only if a step needs them.
   *
   * @throws PixscaleError if a step needs images and there are none, if their statistics are not finite, or if the
   * factors leave the range of float32
   */
  static fit(steps: readonly ScalingStep[], train: Split, options: { axis?: Axis } = {}): Scaler {
    const { axis = "global" } = options;
    const measureTrain = () => {
      const moments = measure(train, axis);
      if (![...moments.mean, ...moments.std].every(Number.isFinite)) {
        throw new PixscaleError(
          "train",
          "has pixels that are not finite numbers",
          "remove NaN and infinite values from the data",
        );
      }
      return moments;
    };
    return new Scaler({ axis, shape: train.shape, steps: fitSteps(steps, measureTrain) }, "scaler");
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

  /** Whether any statistics were fitted; without them neither axis nor shape matters. */
  #isFitted(): boolean {
    return this.steps.some(isFeaturewise);
  }

  #requireShape(shape: ImageShape): void {
    const fits =
      !this.#isFitted() ||
      this.axis === "global" ||
      (shape.channels === this.shape.channels &&
        (this.axis === "channel" ||
          (shape.height === this.shape.height && shape.width === this.shape.width)));
    if (!fits) {
      throw new PixscaleError(
        this.#subject,
        `fitted with axis ${this.axis} on images of ${describe(this.shape)}, it cannot scale images of ${describe(shape)}`,
        `use images of ${describe(this.shape)}, or fit with axis global`,
      );
    }
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

function describe({ height, width, channels }: ImageShape): string {
  return `${height}×${width}×${channels}`;
}
