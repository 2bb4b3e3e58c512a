import { setting, UsageError } from "../errors.ts";
import { sha256 } from "../files/hash.ts";
import { formatScaling, parseScaling, type Scaling, toSteps } from "../scaling/parse.ts";
import { inShard, type Shard } from "../shard.ts";
import type { Axis } from "../statistics/axis.ts";
import { type BackendName, completeSettings, type TrainSettings } from "../training/settings.ts";

/** The settings that all runs of an experiment share. Threads are not among them: they change no result. */
export type SharedSettings = Pick<
  TrainSettings,
  "axis" | "shuffle" | "validationSplit" | "limit" | "limitTest"
>;

/** The settings that may differ between runs, and are compared; the scaling in its canonical text. */
export interface Variant extends Pick<TrainSettings, "learningRate" | "batchSize" | "epochs" | "backend"> {
  readonly scaling: string;
}

/** The values of each setting that may differ; every combination is trained. */
export type Dimensions = {
  readonly [Name in keyof Variant]: readonly Variant[Name][];
} & { readonly seed: readonly number[] };

export const DIMENSION_NAMES = [
  "scaling",
  "learningRate",
  "batchSize",
  "epochs",
  "backend",
  "seed",
] as const satisfies readonly (keyof Dimensions)[];

export interface ExperimentPlan {
  readonly shared: SharedSettings;
  readonly dimensions: Dimensions;
}

/** A plan as a caller gives it: a value, or several to compare; what is left out has its default. */
export interface PlanChoices {
  readonly scalings: readonly Scaling[];
  /** Their number, or the seeds themselves; by default 5. */
  readonly seeds?: number | readonly number[];
  readonly learningRate?: number | readonly number[];
  readonly batchSize?: number | readonly number[];
  readonly epochs?: number | readonly number[];
  readonly backend?: BackendName | readonly BackendName[];
  readonly axis?: Axis;
  readonly shuffle?: boolean;
  readonly validationSplit?: number;
  readonly limit?: number;
  readonly limitTest?: number;
}

/** Seeds of an experiment unless told otherwise. */
export const DEFAULT_SEEDS = 5;

/**
 * A plan for `compare`.
 *
 * @throws UsageError naming the setting that is wrong
 */
export function experimentPlan(choices: PlanChoices): ExperimentPlan {
  const { scalings, seeds = DEFAULT_SEEDS, axis, shuffle, validationSplit, limit, limitTest } = choices;
  const all = <T>(value: T | readonly T[] | undefined): readonly T[] =>
    value === undefined ? [] : Array.isArray(value) ? value : [value as T];
  const seed = typeof seeds === "number" ? Array.from({ length: seeds }, (_, i) => i) : seeds;
  if (scalings.length === 0 || seed.length === 0) {
    throw new UsageError(
      setting(seed.length === 0 ? "seeds" : "scalings"),
      "none are given",
      "give at least one",
    );
  }
  const shared = completeSettings({ axis, shuffle, validationSplit, limit, limitTest });
  const given = (["learningRate", "batchSize", "epochs", "backend"] as const).map((name) => {
    const values = all<unknown>(choices[name]);
    return [
      name,
      values.length === 0 ? [shared[name]] : values.map((value) => completeSettings({ [name]: value })[name]),
    ];
  });
  for (const each of seed) completeSettings({ seed: each });
  return {
    shared: {
      axis: shared.axis,
      shuffle: shared.shuffle,
      validationSplit: shared.validationSplit,
      limit: shared.limit,
      limitTest: shared.limitTest,
    },
    dimensions: {
      scaling: scalings.map((scaling) => formatScaling(toSteps(scaling, setting("scalings")))),
      ...(Object.fromEntries(given) as Omit<Dimensions, "scaling" | "seed">),
      seed,
    },
  };
}

/** One run of a plan. `id` names its files and is unique among runs with the same shared settings. */
export interface PlannedRun {
  readonly id: string;
  readonly variant: Variant;
  readonly seed: number;
}

/** All combinations of the varied settings, in the order given. */
function variants({ dimensions }: ExperimentPlan): Variant[] {
  const { scaling, learningRate, batchSize, epochs, backend } = dimensions;
  return scaling.flatMap((s) =>
    learningRate.flatMap((rate) =>
      batchSize.flatMap((size) =>
        epochs.flatMap((count) =>
          backend.map((name) => ({
            scaling: s,
            learningRate: rate,
            batchSize: size,
            epochs: count,
            backend: name,
          })),
        ),
      ),
    ),
  );
}

/**
 * All runs of a plan, seed by seed, so that an interrupted experiment has complete pairs. Runs with the same seed share
 * initial weights, batch order and validation images.
 */
export function plannedRuns(plan: ExperimentPlan): PlannedRun[] {
  const all = variants(plan);
  return plan.dimensions.seed.flatMap((seed) =>
    all.map((variant) => ({ id: runId(variant, seed), variant, seed })),
  );
}

/** The settings of one run, except the threads. */
export function runSettings(
  { shared }: ExperimentPlan,
  { variant, seed }: PlannedRun,
): Omit<TrainSettings, "threads"> {
  return { ...shared, ...variant, scaling: parseScaling(variant.scaling, setting("scalings")), seed };
}

/** The name of a variant for people: its scaling, and whatever else the plan varies. */
export function variantName({ dimensions }: ExperimentPlan, variant: Variant): string {
  const varied = (["learningRate", "batchSize", "epochs", "backend"] as const).filter(
    (name) => dimensions[name].length > 1,
  );
  return [variant.scaling, ...varied.map((name) => `${SETTING_NAMES[name]} ${variant[name]}`)].join(", ");
}

/** The names of the settings for people. */
export const SETTING_NAMES: Readonly<Record<keyof Dimensions | keyof SharedSettings, string>> = {
  scaling: "scalings",
  learningRate: "learning-rate",
  batchSize: "batch-size",
  epochs: "epochs",
  backend: "backend",
  seed: "seeds",
  axis: "axis",
  shuffle: "shuffle",
  validationSplit: "validation-split",
  limit: "limit",
  limitTest: "limit-test",
};

/** The runs of a plan that belong to a shard. */
export function shardOfRuns(runs: readonly PlannedRun[], shard: Shard): PlannedRun[] {
  return runs.filter((_, index) => inShard(index, shard));
}

function runId(variant: Variant, seed: number): string {
  const { scaling, learningRate, batchSize, epochs, backend } = variant;
  const all = JSON.stringify([scaling, learningRate, batchSize, epochs, backend, seed]);
  const slug = scaling.replaceAll(/[^a-z0-9.+-]/g, "_").slice(0, 60);
  return `${slug}.seed-${seed}.${sha256(all).slice(0, 8)}`;
}
