import type { Dataset } from "../data/dataset.ts";
import { formatScaling } from "../scaling/parse.ts";
import { Scaler } from "../scaling/scaler.ts";
import type { ScalerJson } from "../scaling/scaler-json.ts";
import type { TrainSettings } from "../training/settings.ts";
import { runSplits } from "../training/splits.ts";

/** Fits each scaling once per set of training images: the runs of all seeds share it, unless each holds out images of its own. */
export class RunScalers {
  readonly #dataset: Dataset;
  readonly #fitted = new Map<string, Promise<ScalerJson>>();

  constructor(dataset: Dataset) {
    this.#dataset = dataset;
  }

  /** The scaler of a run as JSON, which holds all of it. @throws what `Scaler.fitAsync` throws */
  of(settings: Omit<TrainSettings, "threads">): Promise<ScalerJson> {
    const { scaling, axis, limit, validationSplit } = settings;
    if (validationSplit > 0) return this.#fit(settings);
    const key = JSON.stringify([formatScaling(scaling), axis, limit]);
    const known = this.#fitted.get(key) ?? this.#fit(settings);
    this.#fitted.set(key, known);
    return known;
  }

  async #fit(settings: Omit<TrainSettings, "threads">): Promise<ScalerJson> {
    const { train } = runSplits(this.#dataset, settings);
    const { scaling, axis } = settings;
    return (await Scaler.fitAsync(scaling, train, { axis })).toJSON();
  }
}
