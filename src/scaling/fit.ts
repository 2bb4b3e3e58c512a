import { type ImageShape, imageSize, type Split } from "../data/dataset.ts";
import { PixscaleError, UsageError } from "../errors.ts";
import { type Axis, groupCount } from "../statistics/axis.ts";
import { sumColumns } from "../statistics/byte-sums.ts";
import { measure } from "../statistics/measure.ts";
import { RunningMoments } from "../statistics/running-moments.ts";
import { SecondMoments } from "../statistics/second-moments.ts";
import { foldSteps, spreadMap } from "./apply/affine-map.ts";
import { Pipeline } from "./apply/pipeline.ts";
import type { ScalingStep } from "./parse.ts";
import { type AffineStep, fitAffine, type Statistics, statisticsAfter } from "./steps/affine-step.ts";
import { type FittedStep, isAffine, isSamplewise } from "./steps/fitted-step.ts";
import { requireWhitenable, zcaMatrix } from "./steps/zca.ts";

/**
 * Fits each step on `train` as the steps before it leave it. The images are only read if a step needs them, and only once if
 * all steps are affine.
 *
 * @throws UsageError if an axis does not go with a step; PixscaleError if a step needs images and there are none, if their
 * statistics are not finite, or if images are too large to be whitened
 */
export function fitSteps(steps: readonly ScalingStep[], train: Split, axis: Axis): FittedStep[] {
  if (axis === "pixel" && steps.some(isSamplewise)) {
    throw new UsageError("--axis", "a samplewise step has no statistic per pixel", "use global or channel");
  }
  const fitted: FittedStep[] = [];
  let statistics = once(() => requireFinite(measure(train, axis)));
  for (const step of steps) {
    const before = statistics;
    if (isAffine(step)) {
      const affine = fitAffine(step, before);
      fitted.push(affine);
      statistics = once(() => statisticsAfter(affine, before()));
      continue;
    }
    if (step.kind === "zca") {
      requireWhitenable(train.shape);
      const { mean } = before();
      const matrix = fitMatrix([...fitted, { kind: "center", mean }], train, axis, step.epsilon);
      fitted.push({ ...step, mean, matrix });
    } else {
      fitted.push(step);
    }
    const until = [...fitted];
    statistics = once(() => requireFinite(measureThrough(until, train, axis)));
  }
  return fitted;
}

/**
 * The same from the statistics of the training images alone, along the scaler's axis.
 *
 * @throws UsageError on a step that needs the images
 */
export function fitOnStatistics(steps: readonly ScalingStep[], statistics: Statistics): FittedStep[] {
  requireStatisticsOnly(steps);
  let left = statistics;
  return steps.filter(isAffine).map((step) => {
    const fitted = fitAffine(step, () => left);
    left = statisticsAfter(fitted, left);
    return fitted;
  });
}

/** @throws UsageError on a step that needs the images to be fitted or applied */
export function requireStatisticsOnly(steps: readonly ScalingStep[]): void {
  const other = steps.find((step) => !isAffine(step));
  if (other === undefined) return;
  const problem = `"${other.kind}" is not fitted on statistics`;
  throw new UsageError("--scaling", problem, "use normalize, center, standardize or unit-std");
}

function once<T>(compute: () => T): () => T {
  let result: { value: T } | undefined;
  return () => {
    result ??= { value: compute() };
    return result.value;
  };
}

function requireFinite(statistics: Statistics): Statistics {
  if (![...statistics.mean, ...statistics.std].every(Number.isFinite)) {
    const remedy = "remove NaN and infinite values from the data";
    throw new PixscaleError("train", "has pixels that are not finite numbers", remedy);
  }
  return statistics;
}

/** The statistics of what steps make of the images. */
function measureThrough(steps: readonly FittedStep[], train: Split, axis: Axis): Statistics {
  const running = new RunningMoments(groupCount(axis, train.shape));
  runAll(steps, train, axis, (images) => running.add(Float32Array.from(images)));
  return running.moments();
}

/** @param steps the last of them centres */
function fitMatrix(steps: readonly FittedStep[], train: Split, axis: Axis, epsilon: number): Float32Array {
  const size = imageSize(train.shape);
  const affine = steps.filter(isAffine);
  const moments =
    train.pixels instanceof Uint8Array && affine.length === steps.length
      ? byteMoments(affine, train.pixels, train.shape, axis)
      : runMoments(steps, train, axis);
  return zcaMatrix(moments, size, train.count, epsilon);
}

/**
 * Second moments of `scale·(x − shift)` from the exact ones of the bytes x:
 * Σ(x − a)(y − b) = Σxy − b·Σx − a·Σy + n·a·b.
 */
function byteMoments(
  steps: readonly AffineStep[],
  pixels: Uint8Array,
  shape: ImageShape,
  axis: Axis,
): Float64Array {
  const size = imageSize(shape);
  const count = pixels.length / size;
  const { shift, scale } = spreadMap(foldSteps(steps, groupCount(axis, shape), "scaler"), size);
  const sums = sumColumns(pixels, size).sum;
  const products = new SecondMoments(size);
  products.addBytes(pixels);
  const moments = products.matrix();
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      const centred = moments[i * size + j] - shift[j] * sums[i] - shift[i] * (sums[j] - count * shift[j]);
      moments[i * size + j] = centred * scale[i] * scale[j];
    }
  }
  return moments;
}

function runMoments(steps: readonly FittedStep[], train: Split, axis: Axis): Float64Array {
  const products = new SecondMoments(imageSize(train.shape));
  runAll(steps, train, axis, (images) => products.addDoubles(images));
  return products.matrix();
}

function runAll(
  steps: readonly FittedStep[],
  train: Split,
  axis: Axis,
  take: (images: Float64Array) => void,
): void {
  const order = Uint32Array.from({ length: train.count }, (_, image) => image);
  new Pipeline(steps, axis, train.shape, "scaler").run(train, order, 0, train.count, take);
}
