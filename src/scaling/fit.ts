import { checkSplit } from "../data/check-dataset.ts";
import type { ImageShape, ImageSplit } from "../data/dataset.ts";
import { indexRange } from "../data/indexes.ts";
import { inPieces } from "../data/stored-split.ts";
import { PixscaleError, setting, UsageError } from "../errors.ts";
import { AXES, type Axis, groupCount } from "../statistics/axis.ts";
import { measure } from "../statistics/measure.ts";
import type { Moments } from "../statistics/moments.ts";
import { RunningMoments } from "../statistics/running-moments.ts";
import { foldAffine } from "./apply/fold.ts";
import { blockImages, Pipeline, toStages } from "./apply/pipeline.ts";
import { quantilesOf, type ScaledImages } from "./fit-quantiles.ts";
import { notFinite } from "./not-finite.ts";
import { perAxis, type StatisticsOf, statisticsAfter } from "./statistics-after.ts";
import type { AffineKind, FitImages, Quantiles, Statistics } from "./steps/step-kind.ts";
import {
  axisOf,
  type FittedStep,
  FROM_STATISTICS,
  fitsOnStatistics,
  isAffine,
  isSamplewise,
  kindOf,
  type ScalingStep,
} from "./steps/step-kinds.ts";

/**
 * Fits each step on `train` as the steps before it leave it. The images are only read if a step needs them, and only once if
 * all steps are affine.
 *
 * @param threads that a long fit may use, including this one; the result has the same bits for any number
 * @throws UsageError if an axis does not go with a step; PixscaleError if a step needs images and there are none, if their
 * statistics are not finite, or if images are too large to be whitened
 */
export function fitSteps(
  steps: readonly ScalingStep[],
  train: ImageSplit,
  axis: Axis,
  threads: number,
): FittedStep[] {
  requireAxis(axis);
  checkSplit(train, "train");
  if (steps.some((step) => isSamplewise(step) && axisOf(step, axis) === "pixel")) {
    throw new UsageError(setting("axis"), "samplewise steps have no axis pixel", "use global or channel");
  }
  const fitted: FittedStep[] = [];
  let statistics = perAxis((along) => usable(measure(train, along)));
  for (const step of steps) {
    const kind = kindOf(step);
    const before = statistics;
    const own = axisOf(step, axis) ?? axis;
    if (kind.form === "affine") {
      const until = [...fitted];
      const quantiles: Quantiles = (fractions) =>
        quantilesOf(scaledImages(until, train, axis), own, fractions);
      const affine = kind.fit(step, () => before(own), train.shape, quantiles);
      fitted.push(affine);
      statistics = perAxis((along) => statisticsAfter(kind, affine, before, along, train.shape));
    } else {
      fitted.push(
        kind.fit(
          step,
          imagesAfter(fitted, train, { own, axis, threads }, () => before(own)),
        ),
      );
      const until = [...fitted];
      statistics = perAxis((along) => usable(measureAfter(until, train, along)));
    }
  }
  return fitted;
}

/**
 * The same from the statistics of the training images alone.
 *
 * @param statistics of the training images along an axis
 * @throws UsageError on a step that needs the images
 */
export function fitOnStatistics(
  steps: readonly ScalingStep[],
  shape: ImageShape,
  axis: Axis,
  statistics: StatisticsOf,
): FittedStep[] {
  requireAffine(steps);
  requireAxis(axis);
  let left = perAxis((along) => usable(checked(statistics(along), groupCount(along, shape), along)));
  return steps.map((step) => {
    const kind = kindOf(step) as AffineKind<ScalingStep, FittedStep>;
    const before = left;
    const fitted = kind.fit(step, () => before(axisOf(step, axis) ?? axis), shape, needsImages(step));
    left = perAxis((along) => statisticsAfter(kind, fitted, before, along, shape));
    return fitted;
  });
}

function needsImages(step: ScalingStep): Quantiles {
  return () => {
    throw new RangeError(`"${step.kind}" needs the images`);
  };
}

/** @throws UsageError unless it is an axis */
export function requireAxis(axis: unknown): void {
  if (AXES.some((each) => each === axis)) return;
  throw new UsageError(setting("axis"), `"${axis}" is not an axis`, `use ${AXES.join(", ")}`);
}

/** @throws PixscaleError if there is not one mean, deviation and range for each group */
function checked(statistics: Statistics, groups: number, axis: Axis): Statistics {
  for (const name of ["mean", "std", "min", "max"] as const) {
    const values = statistics[name];
    if (values.length !== groups) {
      const problem = `has ${values.length} values, but axis ${axis} needs ${groups} here`;
      throw new PixscaleError(`statistics.${name}`, problem, "give one for each group");
    }
  }
  const negative = statistics.std.find((value) => value < 0);
  if (negative === undefined) return statistics;
  throw new PixscaleError(
    "statistics.std",
    `holds ${negative}, and no deviation is below 0`,
    "check the numbers",
  );
}

/** @throws UsageError on a step that needs the images to be fitted or applied */
export function requireAffine(steps: readonly ScalingStep[]): void {
  const other = steps.find((step) => !fitsOnStatistics(step));
  if (other === undefined) return;
  const problem = `"${other.kind}" needs the images, and only their statistics are known`;
  throw new UsageError(setting("scaling"), problem, `use ${FROM_STATISTICS.join(", ")}`);
}

/**
 * Statistics to fit on. The deviation of a group whose values are all the same is exactly 0; with floats the mean is rounded, and a
 * little remains.
 */
function usable({ mean, std, min, max }: Statistics): Statistics {
  if ([...mean, ...std].every(Number.isFinite)) {
    return { mean, std: std.map((value, group) => (min[group] === max[group] ? 0 : value)), min, max };
  }
  throw notFinite("train");
}

/** The training images as fitted steps leave them, for the step after those; `own` is its axis, `axis` the scaling's. */
function imagesAfter(
  fitted: readonly FittedStep[],
  train: ImageSplit,
  { own, axis, threads }: { own: Axis; axis: Axis; threads: number },
  statistics: () => Statistics,
): FitImages {
  const until = [...fitted];
  const centred = (mean: Float64Array): FittedStep[] => [...fitted, { kind: "center", mean }];
  return {
    train,
    axis: own,
    threads,
    statistics,
    quantiles: (fractions) => quantilesOf(scaledImages(until, train, axis), own, fractions),
    centredMap(mean) {
      const steps = centred(mean);
      return steps.every(isAffine) ? foldAffine(steps, "scaler") : undefined;
    },
    forEachCentredBlock: (mean, take) => forEachBlock(centred(mean), train, axis, take),
  };
}

function scaledImages(steps: readonly FittedStep[], train: ImageSplit, axis: Axis): ScaledImages {
  return {
    train,
    map: steps.every(isAffine) ? foldAffine(steps, "scaler") : undefined,
    forEachBlock: (take) => forEachBlock(steps, train, axis, take),
  };
}

/** The statistics of the images after some steps. */
function measureAfter(steps: readonly FittedStep[], train: ImageSplit, axis: Axis): Moments {
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
