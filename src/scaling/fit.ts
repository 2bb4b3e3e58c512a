import type { ImageSplit } from "../data/dataset.ts";
import { indexRange } from "../data/indexes.ts";
import { inPieces } from "../data/stored-split.ts";
import { PixscaleError, setting, UsageError } from "../errors.ts";
import { type Axis, groupCount } from "../statistics/axis.ts";
import { measure } from "../statistics/measure.ts";
import { RunningMoments } from "../statistics/running-moments.ts";
import { foldAffine } from "./apply/fold.ts";
import { blockImages, Pipeline, toStages } from "./apply/pipeline.ts";
import type { AffineKind, FitImages, Statistics } from "./steps/step-kind.ts";
import {
  AFFINE_NAMES,
  type FittedStep,
  isAffine,
  isSamplewise,
  kindOf,
  type ScalingStep,
} from "./steps/step-kinds.ts";

/**
 * Fits each step on `train` as the steps before it leave it. The images are only read if a step needs them, and only once if
 * all steps are affine.
 *
 * @throws UsageError if an axis does not go with a step; PixscaleError if a step needs images and there are none, if their
 * statistics are not finite, or if images are too large to be whitened
 */
export function fitSteps(steps: readonly ScalingStep[], train: ImageSplit, axis: Axis): FittedStep[] {
  if (axis === "pixel" && steps.some(isSamplewise)) {
    throw new UsageError(setting("axis"), "samplewise steps have no axis pixel", "use global or channel");
  }
  const fitted: FittedStep[] = [];
  let statistics = once(() => requireFinite(measure(train, axis)));
  for (const step of steps) {
    const kind = kindOf(step);
    const before = statistics;
    if (kind.form === "affine") {
      const affine = kind.fit(step, before);
      fitted.push(affine);
      statistics = once(() => kind.statisticsAfter(affine, before()));
    } else {
      fitted.push(kind.fit(step, imagesAfter(fitted, train, axis, before)));
      const until = [...fitted];
      statistics = once(() => requireFinite(measureAfter(until, train, axis)));
    }
  }
  return fitted;
}

/**
 * The same from the statistics of the training images alone, along the scaler's axis.
 *
 * @throws UsageError on a step that needs the images
 */
export function fitOnStatistics(steps: readonly ScalingStep[], statistics: Statistics): FittedStep[] {
  requireAffine(steps);
  let left = statistics;
  return steps.map((step) => {
    const kind = kindOf(step) as AffineKind<ScalingStep, FittedStep>;
    const fitted = kind.fit(step, () => left);
    left = kind.statisticsAfter(fitted, left);
    return fitted;
  });
}

/** @throws UsageError on a step that needs the images to be fitted or applied */
export function requireAffine(steps: readonly ScalingStep[]): void {
  const other = steps.find((step) => !isAffine(step));
  if (other === undefined) return;
  const problem = `"${other.kind}" needs the images, and only their statistics are known`;
  throw new UsageError(setting("scaling"), problem, `use ${AFFINE_NAMES.join(", ")}`);
}

function once<T>(compute: () => T): () => T {
  let result: { value: T } | undefined;
  return () => {
    result ??= { value: compute() };
    return result.value;
  };
}

function requireFinite(statistics: Statistics): Statistics {
  if ([...statistics.mean, ...statistics.std].every(Number.isFinite)) return statistics;
  const remedy = "remove NaN and infinite values from the data";
  throw new PixscaleError("train", "some pixels are not finite numbers", remedy);
}

/** The training images as fitted steps leave them, for the step after those. */
function imagesAfter(
  fitted: readonly FittedStep[],
  train: ImageSplit,
  axis: Axis,
  statistics: () => Statistics,
): FitImages {
  const centred = (mean: Float64Array): FittedStep[] => [...fitted, { kind: "center", mean }];
  return {
    train,
    axis,
    statistics,
    centredMap(mean) {
      const steps = centred(mean);
      return steps.every(isAffine) ? foldAffine(steps, { axis, shape: train.shape }, "scaler") : undefined;
    },
    forEachCentredBlock: (mean, take) => forEachBlock(centred(mean), train, axis, take),
  };
}

/** The statistics of the images after some steps. */
function measureAfter(steps: readonly FittedStep[], train: ImageSplit, axis: Axis): Statistics {
  const running = new RunningMoments(groupCount(axis, train.shape));
  forEachBlock(steps, train, axis, (images) => running.add(Float32Array.from(images)));
  return running.moments();
}

function forEachBlock(
  steps: readonly FittedStep[],
  train: ImageSplit,
  axis: Axis,
  take: (images: Float64Array) => void,
): void {
  const { shape } = train;
  const pipeline = new Pipeline(toStages(steps, { axis, shape }, "scaler"));
  for (const { pixels, count } of inPieces(train, blockImages(shape))) {
    pipeline.forEachBlock(pixels, shape, indexRange(0, count), take);
  }
}
