import { type SettingName, setting, UsageError } from "../errors.ts";
import { type Scaling, toSteps } from "../scaling/parse.ts";
import type { ScalingStep } from "../scaling/steps/step-kinds.ts";
import { AXES, type Axis } from "../statistics/axis.ts";
import { defaultThreads } from "../threads.ts";

export const BACKENDS = ["wasm", "tensorflow"] as const;

/** The compute backend: the built-in engine, or TensorFlow through @tensorflow/tfjs-node. */
export type BackendName = (typeof BACKENDS)[number];

/** Everything besides the data that decides the result of a run, and `threads`, which does not. */
export interface TrainSettings {
  readonly scaling: readonly ScalingStep[];
  readonly axis: Axis;
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly seed: number;
  readonly shuffle: boolean;
  /** Fraction of the training images held out, from 0 (none) to below 1. */
  readonly validationSplit: number;
  /** Use only so many images of a split, drawn class by class: see `drawIndexes`. */
  readonly limit: number | undefined;
  readonly limitTest: number | undefined;
  readonly backend: BackendName;
  readonly threads: number;
}

/** Settings as a caller gives them: what is left out has its default, and a scaling may be a text. */
export type TrainChoices = { readonly scaling?: Scaling } & {
  readonly [Name in Exclude<keyof TrainSettings, "scaling">]?: TrainSettings[Name] | undefined;
};

/** What is trained unless told otherwise; threads are one per core. */
export const TRAIN_DEFAULTS = {
  scaling: "normalize",
  axis: "global",
  epochs: 5,
  batchSize: 64,
  learningRate: 1e-3,
  seed: 0,
  shuffle: true,
  validationSplit: 0,
  backend: "wasm",
} as const;

/**
 * All settings of a run.
 *
 * @throws UsageError naming the setting that is wrong
 */
export function completeSettings(choices: TrainChoices = {}): TrainSettings {
  const given = Object.fromEntries(Object.entries(choices).filter(([, value]) => value !== undefined));
  const settings: Omit<TrainSettings, "scaling"> & { readonly scaling: Scaling } = {
    limit: undefined,
    limitTest: undefined,
    threads: defaultThreads(),
    ...TRAIN_DEFAULTS,
    ...given,
  };
  const { axis, epochs, batchSize, learningRate, seed, shuffle, validationSplit, backend } = settings;
  requireOneOf("axis", axis, AXES);
  requireOneOf("backend", backend, BACKENDS);
  requireWhole("epochs", epochs, 1);
  requireWhole("batchSize", batchSize, 1);
  requireWhole("seed", seed, 0);
  requireWhole("threads", settings.threads, 1);
  for (const name of ["limit", "limitTest"] as const) {
    if (settings[name] !== undefined) requireWhole(name, settings[name], 1);
  }
  require("learningRate", learningRate, learningRate > 0 &&
    Number.isFinite(learningRate), "a number above 0");
  const isPart = validationSplit >= 0 && validationSplit < 1;
  require("validationSplit", validationSplit, isPart, "a number from 0 to below 1");
  require("shuffle", shuffle, typeof shuffle === "boolean", "true or false");
  return { ...settings, scaling: toSteps(settings.scaling) };
}

function requireWhole(name: SettingName, value: unknown, least: number): void {
  const isWhole = Number.isSafeInteger(value) && (value as number) >= least;
  require(name, value, isWhole, `a whole number, ${least} or more`);
}

function requireOneOf(name: SettingName, value: unknown, choices: readonly string[]): void {
  require(name, value, choices.includes(value as string), `one of ${choices.join(", ")}`);
}

function require(name: SettingName, value: unknown, isRight: boolean, wanted: string): void {
  if (!isRight) throw new UsageError(setting(name), `must be ${wanted} (got "${value}")`, "change the value");
}
