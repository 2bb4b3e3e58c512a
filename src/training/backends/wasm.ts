import { ADAM_DEFAULTS, Engine } from "../../engine/engine.ts";
import type { LayerWeights } from "../../model/layers.ts";
import type { MetricSums } from "../metrics.ts";
import type { Backend, BackendOptions, BackendState } from "./backend.ts";
import { toStages } from "./stages.ts";

/** The built-in engine as a backend. */
export class WasmBackend implements Backend {
  readonly #engine: Engine;

  private constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** @throws PixscaleError as `Engine.create` and `activations` do; also for a softmax before the last layer */
  static async create(options: BackendOptions): Promise<WasmBackend> {
    const { model, weights, maxImages, threads, learningRate } = options;
    const adam = { ...ADAM_DEFAULTS, learningRate };
    const engine = await Engine.create(toStages(model), { maxImages, threads, adam });
    engine.setParameters(weights);
    return new WasmBackend(engine);
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

  weights(): LayerWeights[] {
    return this.#engine.parameters();
  }

  state(): BackendState {
    const { parameters, ...rest } = this.#engine.state();
    return { weights: parameters, ...rest };
  }

  setState({ weights, ...rest }: BackendState): void {
    this.#engine.setState({ parameters: weights, ...rest });
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
