import type { ImageShape } from "../../data/dataset.ts";
import { ADAM_DEFAULTS } from "../../engine/adam-options.ts";
import { Engine, type StageParameters } from "../../engine/engine.ts";
import { classCount, type Model, parameterCount } from "../../model/layers.ts";
import type { LayerNetwork } from "../../model/network.ts";
import { type EncodedModel, encodeModel } from "../../model/tfjs/encode.ts";
import type { MetricSums } from "../metrics.ts";
import type { Backend, BackendSettings, BackendState, TensorValues } from "./backend.ts";
import { toStages } from "./to-stages.ts";

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

  get probabilities(): Float32Array {
    return this.#engine.probabilities;
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

  state(): BackendState {
    const { parameters, moments1, moments2, steps } = this.#engine.state();
    return { weights: flat(parameters), moments1: flat(moments1), moments2: flat(moments2), steps };
  }

  setState({ weights, moments1, moments2, steps }: BackendState): void {
    this.#engine.setState({
      parameters: paired(weights),
      moments1: paired(moments1),
      moments2: paired(moments2),
      steps,
    });
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

/** Kernel and bias of each stage, one after the other. */
function flat(parameters: readonly StageParameters[]): Float32Array[] {
  return parameters.flatMap(({ kernel, bias }) => [kernel, bias]);
}

function paired(values: readonly TensorValues[]): StageParameters[] {
  const arrays = values as readonly Float32Array[];
  return arrays.flatMap((kernel, i) => (i % 2 === 0 ? [{ kernel, bias: arrays[i + 1] }] : []));
}
