import type { ImageShape } from "../../data/dataset.ts";
import { ADAM_DEFAULTS, Engine } from "../../engine/engine.ts";
import { classCount, type Model, parameterCount } from "../../model/layers.ts";
import type { LayerNetwork } from "../../model/network.ts";
import { type EncodedModel, encodeModel } from "../../model/tfjs-format.ts";
import type { MetricSums } from "../metrics.ts";
import type { Backend, BackendSettings } from "./backend.ts";
import { toStages } from "./stages.ts";

/** The built-in engine as a backend. */
export class WasmBackend implements Backend {
  readonly input: ImageShape;
  readonly classes: number;
  readonly parameters: number;
  readonly #model: Model;
  readonly #engine: Engine;

  private constructor(model: Model, engine: Engine) {
    this.input = model.input;
    this.classes = classCount(model);
    this.parameters = parameterCount(model);
    this.#model = model;
    this.#engine = engine;
  }

  /** @throws PixscaleError as `Engine.create` and `activations` do; also for a softmax before the last layer */
  static async create(options: BackendSettings & LayerNetwork): Promise<WasmBackend> {
    const { model, weights, maxImages, threads, learningRate } = options;
    const adam = { ...ADAM_DEFAULTS, learningRate };
    const engine = await Engine.create(toStages(model), { maxImages, threads, adam });
    engine.setParameters(weights);
    return new WasmBackend(model, engine);
  }

  get images(): Float32Array {
    return this.#engine.images;
  }

  get labels(): Int32Array {
    return this.#engine.labels;
  }

  get predictions(): Int32Array {
    return this.#engine.predictions;
  }

  train(count: number): MetricSums {
    this.#engine.train(count);
    return this.#sums(count);
  }

  evaluate(count: number): MetricSums {
    this.#engine.evaluate(count);
    return this.#sums(count);
  }

  save(): EncodedModel {
    return encodeModel(this.#model, this.#engine.parameters());
  }

  close(): Promise<void> {
    return this.#engine.close();
  }

  #sums(count: number): MetricSums {
    const { losses, predictions, labels } = this.#engine;
    let loss = 0;
    let correct = 0;
    for (let i = 0; i < count; i++) {
      loss += losses[i];
      if (predictions[i] === labels[i]) correct++;
    }
    return { loss, correct };
  }
}
