/** pixscale as a library: the parts that the command line is built from. */
export {
  type Dataset,
  type ImageShape,
  type ImageSplit,
  imageSize,
  type Labels,
  type Pixels,
  SPLITS,
  type Split,
  type SplitName,
  type StoredPixels,
  type StoredSplit,
} from "./data/dataset.ts";
export { datasetFingerprint } from "./data/fingerprint.ts";
export { type DataOptions, FORMATS, type FormatName, type ReadObserver } from "./data/format.ts";
export {
  type ArrayDataset,
  type ArraySplit,
  datasetFromArrays,
  type ImageArray,
  splitFromArrays,
} from "./data/from-arrays.ts";
export {
  ALPHAS,
  COLORS,
  DEPTHS,
  EXIF,
  FITS,
  ICC,
  type ImageOptions,
  INTERPOLATIONS,
  LABEL_SOURCES,
  LAYOUTS,
  PIPELINES,
  type PipelineName,
} from "./data/images/image-options.ts";
export { type Reading, resolveReading } from "./data/images/reading.ts";
export { loadDataset, openDataset } from "./data/load.ts";
export { DATASET_NAMES } from "./data/named/names.ts";
export { type ExitStatus, PixscaleError, UsageError } from "./errors.ts";
export {
  type AccuracySummary,
  type ComparedRun,
  type ComparedVariant,
  type Comparison,
  type ComparisonOptions,
  compareRuns,
  DEFAULT_MARGIN,
  type VariantComparison,
} from "./experiment/comparison.ts";
export { type CompareOptions, compare } from "./experiment/experiment.ts";
export type { Failure, Failures } from "./experiment/failures.ts";
export type { DivergedRun, FinishedRun, TrainedRun } from "./experiment/finished-run.ts";
export type { ExperimentIdentity } from "./experiment/identity.ts";
export type { Forecast } from "./experiment/inference/forecast.ts";
export type { InferenceRule } from "./experiment/inference/pair-intervals.ts";
export type { Interval } from "./experiment/inference/sample.ts";
export type { NoVerdict, Verdict } from "./experiment/inference/verdict.ts";
export type { MeanCurvePoint } from "./experiment/learning-curve.ts";
export type { LearningRateResult } from "./experiment/learning-rates.ts";
export {
  type Dimensions,
  type ExperimentPlan,
  experimentPlan,
  type PlanChoices,
  type PlannedRun,
  type SharedSettings,
  type Variant,
} from "./experiment/plan.ts";
export type { ExperimentObserver } from "./experiment/scheduler.ts";
export type { Speed, SpeedMeasure } from "./experiment/speed.ts";
export type { Layer, LayerWeights, Model } from "./model/layers.ts";
export type { LayerNetwork, ModelFiles, Network } from "./model/network.ts";
export { referenceCnn } from "./model/reference-cnn.ts";
export { decodeModel, type ModelDescription } from "./model/tfjs/decode.ts";
export { type EncodedModel, encodeModel } from "./model/tfjs/encode.ts";
export type { Json } from "./model/tfjs/fields.ts";
export { initialWeights, weightsFingerprint } from "./model/weights.ts";
export { type Batch, type BatchOptions, batches, batchStream, type EpochOrder } from "./scaling/batches.ts";
export { IncrementalFit } from "./scaling/incremental-fit.ts";
export { formatScaling, parseScaling, type Scaling } from "./scaling/parse.ts";
export { type FitOptions, type GivenStatistics, type ImageScaling, Scaler } from "./scaling/scaler.ts";
export type { ScalerJson } from "./scaling/scaler-json.ts";
export type { StatisticsOf } from "./scaling/statistics-after.ts";
export type { Statistics } from "./scaling/steps/step-kind.ts";
export type { FittedStep, ScalingStep } from "./scaling/steps/step-kinds.ts";
export type { Shard } from "./shard.ts";
export { AXES, type Axis } from "./statistics/axis.ts";
export { measure } from "./statistics/measure.ts";
export type { Moments } from "./statistics/moments.ts";
export { RunningMoments } from "./statistics/running-moments.ts";
export { defaultThreads } from "./threads.ts";
export type {
  Backend,
  BackendOptions,
  BackendSettings,
  BackendState,
  TensorValues,
} from "./training/backends/backend.ts";
export { createBackend } from "./training/backends/create.ts";
export { type Evaluation, evaluate } from "./training/evaluate.ts";
export type { Confusion, MetricSums, Metrics } from "./training/metrics.ts";
export { type Predictions, type PredictOptions, type Predictor, predict } from "./training/predict.ts";
export type { RunOrigin, SavedFrom } from "./training/run-document.ts";
export {
  loadModel,
  loadRun,
  loadScaler,
  readModelFiles,
  type SavedModel,
  saveRun,
} from "./training/saved-run.ts";
export { TRAIN_DEFAULTS, type TrainChoices, type TrainSettings } from "./training/settings.ts";
export {
  type Checkpoint,
  DivergedError,
  type EpochResult,
  type InitialModel,
  type RunObserver,
  type RunResult,
  type TrainOptions,
  train,
} from "./training/train.ts";
