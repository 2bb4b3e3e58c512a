/** pixscale as a library: the parts that the command line is built from. */
export {
  type Dataset,
  type ImageShape,
  type ImageSplit,
  imageSize,
  type Labels,
  type Pixels,
  type Split,
  type SplitName,
  type StoredSplit,
} from "./data/dataset.ts";
export { type DataOptions, FORMATS, type FormatName, type ReadObserver } from "./data/format.ts";
export {
  ALPHAS,
  COLORS,
  DEPTHS,
  EXIF,
  FITS,
  ICC,
  INTERPOLATIONS,
  LABEL_SOURCES,
  LAYOUTS,
  PIPELINES,
  type PipelineName,
} from "./data/images/image-options.ts";
export { type Reading, resolveReading } from "./data/images/reading.ts";
export { loadDataset, openDataset } from "./data/load.ts";
export { DATASET_NAMES } from "./data/named/datasets.ts";
export { defaultThreads } from "./engine/engine.ts";
export { PixscaleError, UsageError } from "./errors.ts";
export {
  type ComparedRun,
  type ComparedVariant,
  type Comparison,
  type ComparisonOptions,
  compareRuns,
  DEFAULT_MARGIN,
} from "./experiment/comparison.ts";
export { type CompareOptions, compare } from "./experiment/experiment.ts";
export type { Verdict } from "./experiment/inference/verdict.ts";
export type {
  Dimensions,
  ExperimentPlan,
  PlannedRun,
  SharedSettings,
  Variant,
} from "./experiment/plan.ts";
export type { ExperimentObserver } from "./experiment/scheduler.ts";
export type { Layer, LayerWeights, Model } from "./model/layers.ts";
export type { LayerNetwork, ModelFiles, Network } from "./model/network.ts";
export { referenceCnn } from "./model/reference-cnn.ts";
export { decodeModel } from "./model/tfjs/decode.ts";
export { type EncodedModel, encodeModel } from "./model/tfjs/encode.ts";
export { initialWeights, weightsFingerprint } from "./model/weights.ts";
export { type Batch, batches } from "./scaling/batches.ts";
export { formatScaling, parseScaling } from "./scaling/parse.ts";
export { type ImageScaling, Scaler } from "./scaling/scaler.ts";
export type { FittedStep, ScalingStep } from "./scaling/steps/step-kinds.ts";
export type { Shard } from "./shard.ts";
export type { Axis } from "./statistics/axis.ts";
export { measure } from "./statistics/measure.ts";
export type { Moments } from "./statistics/moments.ts";
export { RunningMoments } from "./statistics/running-moments.ts";
export type { Backend, BackendOptions, BackendSettings, BackendState } from "./training/backends/backend.ts";
export { createBackend } from "./training/backends/create.ts";
export { type Evaluation, evaluate } from "./training/evaluate.ts";
export { loadModel, loadScaler, readModelFiles, type SavedModel, saveRun } from "./training/saved-run.ts";
export type { TrainSettings } from "./training/settings.ts";
export {
  type Checkpoint,
  type InitialModel,
  type RunObserver,
  type RunResult,
  type TrainOptions,
  train,
} from "./training/train.ts";
