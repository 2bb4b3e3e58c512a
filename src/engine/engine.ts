import { availableParallelism } from "node:os";
import { PixscaleError, setting } from "../errors.ts";
import { type Kernels, loadKernels, MAX_MEMORY, sharedMemory } from "../kernels/load.ts";
import { CHUNK, Control, MAX_SLICES, Pass } from "../kernels/tables.ts";
import { FIRST_ADDRESS, type MemoryPlan, type ParameterPlace, planMemory } from "./memory-plan.ts";
import { inputSize, type StageSpec } from "./stages.ts";
import { WorkerPool } from "./worker-pool.ts";

/** Kernel in TensorFlow's order ([height, width, channels, filters] or [inputs, units]) and bias of one stage. */
export interface StageParameters {
  readonly kernel: Float32Array;
  readonly bias: Float32Array;
}

/** All that the next steps depend on beside their batches, so that training can be taken up again with the same bits. */
export interface EngineState {
  readonly parameters: readonly StageParameters[];
  /** Adam's running means of the gradients and of their squares, in the parameters' order. */
  readonly moments1: readonly StageParameters[];
  readonly moments2: readonly StageParameters[];
  /** Adam steps taken. */
  readonly steps: number;
}

/** Adam's constants, as Keras names them. */
export interface AdamOptions {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

export const ADAM_DEFAULTS: AdamOptions = { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };

export interface EngineOptions {
  /** Largest batch that will be run. */
  readonly maxImages: number;
  /** Threads including the calling one. */
  readonly threads: number;
  readonly adam?: AdamOptions;
}

/** Milliseconds of one stage, summed over threads. */
export interface StageProfile {
  readonly forward: number;
  readonly backward: number;
  readonly update: number;
}

const MAX_DEFAULT_THREADS = 8;

/** One thread a core, at most 8. */
export function defaultThreads(): number {
  return Math.min(MAX_DEFAULT_THREADS, availableParallelism());
}

/**
 * A network with its weights and optimizer state in shared WebAssembly memory. Fill `images` and `labels`, call `train` or
 * `evaluate`, read `losses`, `predictions` and `probabilities`; nothing is allocated per batch. The results depend neither on
 * the number of threads nor on the machine.
 */
export class Engine {
  readonly stages: readonly StageSpec[];
  readonly maxImages: number;
  readonly threads: number;
  /** Inputs of the next batch, [maxImages, height, width, channels]. */
  readonly images: Float32Array;
  /** Class of each image of the next batch. */
  readonly labels: Int32Array;
  /** Cross-entropy of each image of the last batch. */
  readonly losses: Float64Array;
  /** Class given to each image of the last batch. */
  readonly predictions: Int32Array;
  /** Softmax outputs of the last batch, [maxImages, classes]. */
  readonly probabilities: Float32Array;
  readonly #plan: MemoryPlan;
  readonly #kernels: Kernels;
  readonly #pool: WorkerPool;
  readonly #integers: Int32Array;
  readonly #floats: Float32Array;
  readonly #adam: AdamOptions;
  #steps = 0;
  #beta1Power = 1;
  #beta2Power = 1;

  private constructor(
    stages: readonly StageSpec[],
    options: EngineOptions,
    plan: MemoryPlan,
    memory: WebAssembly.Memory,
    kernels: Kernels,
    pool: WorkerPool,
  ) {
    const { maxImages, threads } = options;
    const last = stages[stages.length - 1];
    const classes = last?.kind === "dense" ? last.units : 0;
    this.stages = stages;
    this.maxImages = maxImages;
    this.threads = threads;
    this.images = new Float32Array(memory.buffer, plan.images, maxImages * inputSize(stages[0]));
    this.labels = new Int32Array(memory.buffer, plan.labels, maxImages);
    this.losses = new Float64Array(memory.buffer, plan.losses, maxImages);
    this.predictions = new Int32Array(memory.buffer, plan.predictions, maxImages);
    this.probabilities = new Float32Array(memory.buffer, plan.probabilities, maxImages * classes);
    this.#plan = plan;
    this.#kernels = kernels;
    this.#pool = pool;
    this.#integers = new Int32Array(memory.buffer);
    this.#floats = new Float32Array(memory.buffer);
    this.#adam = options.adam ?? ADAM_DEFAULTS;
    this.#setFloat(Control.share1, 1 - this.#adam.beta1);
    this.#setFloat(Control.share2, 1 - this.#adam.beta2);
    this.#setFloat(Control.epsilon, this.#adam.epsilon);
  }

  /**
   * Plans and allocates the memory and starts the worker threads. All weights are zero until `setParameters`.
   *
   * @throws PixscaleError when this machine lacks SharedArrayBuffer or WebAssembly SIMD, or the network needs more than 4 GiB.
   */
  static async create(stages: readonly StageSpec[], options: EngineOptions): Promise<Engine> {
    const plan = planMemory(stages, options.maxImages, options.threads);
    const memory = allocate(plan.bytes);
    const integers = new Int32Array(memory.buffer);
    integers.set(plan.stageTable, plan.stageAddress >> 2);
    integers.set(plan.updateTable, plan.updateAddress >> 2);
    for (const [word, value] of plan.controlWords) integers[(plan.control >> 2) + word] = value;
    const kernels = loadKernels(memory);
    if (kernels.heapBase > FIRST_ADDRESS)
      throw new Error("the kernels' constants overlap the planned memory");
    const pool = await WorkerPool.start(memory, plan, options.threads);
    return new Engine(stages, options, plan, memory, kernels, pool);
  }

  /** Forward, backward and one Adam step on the first `count` images. */
  train(count: number): void {
    this.#countStep();
    const { learningRate } = this.#adam;
    this.#setFloat(Control.rate, (learningRate * Math.sqrt(1 - this.#beta2Power)) / (1 - this.#beta1Power));
    this.#run(count, true);
  }

  /** Forward only: fills losses, predictions and probabilities of the first `count` images. */
  evaluate(count: number): void {
    this.#run(count, false);
  }

  /** A copy of the weights, one entry for each stage that has any, in order. */
  parameters(): StageParameters[] {
    return this.#read(0);
  }

  /** A copy of the gradients that the last `train` computed. */
  gradients(): StageParameters[] {
    return this.#read(this.#plan.toGradient);
  }

  /** A copy of weights, Adam's moments and its step count. */
  state(): EngineState {
    return {
      parameters: this.#read(0),
      moments1: this.#read(this.#plan.toMoment1),
      moments2: this.#read(this.#plan.toMoment2),
      steps: this.#steps,
    };
  }

  /** Goes on from a state that `state` returned, of an engine with the same stages and Adam constants. */
  setState(state: EngineState): void {
    this.setParameters(state.parameters);
    this.#write(state.moments1, this.#plan.toMoment1);
    this.#write(state.moments2, this.#plan.toMoment2);
    this.#steps = 0;
    this.#beta1Power = 1;
    this.#beta2Power = 1;
    while (this.#steps < state.steps) this.#countStep();
  }

  /** Replaces all weights; sizes must be the stages'. Adam's moments and step count are left as they are. */
  setParameters(parameters: readonly StageParameters[]): void {
    this.#write(parameters, 0);
    for (const [index] of this.#places()) this.#pack(index);
  }

  /** Powers by repeated products, in whatever order steps and states come: the same bits. */
  #countStep(): void {
    this.#steps++;
    this.#beta1Power *= this.#adam.beta1;
    this.#beta2Power *= this.#adam.beta2;
  }

  #write(parameters: readonly StageParameters[], distance: number): void {
    const places = this.#places();
    if (parameters.length !== places.length) throw new RangeError(`${places.length} stages have parameters`);
    places.forEach(([, place], i) => {
      const { kernel, bias } = parameters[i];
      if (kernel.length !== place.layout.at.length || bias.length !== place.biasLength) {
        throw new RangeError(
          `parameters ${i}: ${kernel.length} + ${bias.length} values do not fit the stage`,
        );
      }
      const first = (place.kernel + distance) >> 2;
      place.layout.at.forEach((at, k) => {
        this.#floats[first + at] = kernel[k];
      });
      this.#floats.set(bias, (place.bias + distance) >> 2);
    });
  }

  /** Starts (or clears) the measurement of milliseconds per stage. */
  startProfile(): void {
    new Float64Array(this.#integers.buffer, this.#plan.profile, this.#plan.profileLength).fill(0);
    this.#setInteger(Control.profile, this.#plan.profile);
  }

  /** Milliseconds per stage since `startProfile`. */
  profile(): StageProfile[] {
    const cells = new Float64Array(this.#integers.buffer, this.#plan.profile, this.#plan.profileLength);
    const sum = (stage: number, pass: Pass) => {
      let total = 0;
      for (let thread = 0; thread < this.threads; thread++) {
        total += cells[(thread * this.stages.length + stage) * Pass.count + pass];
      }
      return total;
    };
    return this.stages.map((_, i) => ({
      forward: sum(i, Pass.forward),
      backward: sum(i, Pass.backward),
      update: sum(i, Pass.update),
    }));
  }

  /** Stops the worker threads. */
  async close(): Promise<void> {
    await this.#pool.close();
  }

  #run(count: number, training: boolean): void {
    if (count < 1 || count > this.maxImages)
      throw new RangeError(`a batch has 1 to ${this.maxImages} images, not ${count}`);
    this.#setInteger(Control.images, count);
    this.#setInteger(Control.training, training ? 1 : 0);
    this.#setInteger(Control.slices, Math.min(MAX_SLICES, Math.ceil(count / CHUNK)));
    this.#refuseAfterFailure();
    try {
      this.#kernels.run(this.#plan.control);
    } catch (error) {
      // The workers are waiting for this thread.
      this.#pool.fail(error);
    }
    this.#refuseAfterFailure();
  }

  #refuseAfterFailure(): void {
    const failure = this.#pool.failure();
    if (failure !== undefined) throw new Error(`an engine thread failed: ${failure}`);
  }

  #places(): [index: number, place: ParameterPlace][] {
    return this.#plan.parameters.flatMap((place, i) => (place === undefined ? [] : [[i, place]]));
  }

  #read(distance: number): StageParameters[] {
    return this.#places().map(([, place]) => {
      const first = (place.kernel + distance) >> 2;
      const bias = (place.bias + distance) >> 2;
      return {
        kernel: Float32Array.from(place.layout.at, (at) => this.#floats[first + at]),
        bias: this.#floats.slice(bias, bias + place.biasLength),
      };
    });
  }

  /** The forward products read their own copy of a convolution's kernel. */
  #pack(index: number): void {
    const stage = this.stages[index];
    if (stage.kind !== "convolution") return;
    const row = this.#plan.stageAddress + (index * this.#plan.stageTable.length * 4) / this.stages.length;
    for (let panel = 0; panel * 8 < stage.filters; panel++) this.#kernels.packKernel(row, panel);
  }

  #setInteger(word: Control, value: number): void {
    this.#integers[(this.#plan.control >> 2) + word] = value;
  }

  #setFloat(word: Control, value: number): void {
    this.#floats[(this.#plan.control >> 2) + word] = value;
  }
}

function allocate(bytes: number): WebAssembly.Memory {
  const problem = `this model with this batch size needs ${(bytes / 2 ** 30).toFixed(1)} GiB`;
  const remedy = "use a smaller batch or smaller images";
  if (bytes > MAX_MEMORY)
    throw new PixscaleError(setting("batchSize"), `${problem}, and the engine can hold 4`, remedy);
  try {
    return sharedMemory(bytes);
  } catch (cause) {
    throw new PixscaleError(setting("batchSize"), `${problem}, more than this machine gives`, remedy, {
      cause,
    });
  }
}
