import { type Kernels, loadKernels } from "../kernels/load.ts";
import { CHUNK, Control, MAX_SLICES, Pass, Stage } from "../kernels/tables.ts";
import { ADAM_DEFAULTS, type AdamOptions } from "./adam-options.ts";
import { giveBack, takeMemory } from "./memory.ts";
import { FIRST_ADDRESS, type MemoryPlan, type ParameterPlace, planMemory } from "./memory-plan.ts";
import { inputSize, type StageSpec } from "./stages.ts";
import { WorkerPool } from "./worker-pool.ts";

/** Kernel in TensorFlow's order ([kernelH][kernelW][C][F], or [C][F] if dense) and bias [F] of one stage. */
export interface StageParameters {
  readonly kernel: Float32Array;
  readonly bias: Float32Array;
}

/** Everything but the batches that the next steps depend on: training resumed from it continues with the same bits. */
export interface EngineState {
  readonly parameters: readonly StageParameters[];
  /** Adam's running means of the gradients and of their squares, ordered as the parameters. */
  readonly moments1: readonly StageParameters[];
  readonly moments2: readonly StageParameters[];
  /** Adam steps taken. */
  readonly steps: number;
}

export interface EngineOptions {
  /** Images in the largest batch. */
  readonly maxImages: number;
  /** Threads, including the calling one. */
  readonly threads: number;
  readonly adam?: AdamOptions;
}

/** Milliseconds spent in one stage, summed over threads. */
export interface StageProfile {
  readonly forward: number;
  readonly backward: number;
  readonly update: number;
}

/**
 * A network with its weights and optimizer state in shared WebAssembly memory. Fill `images` and `labels`, call `train` or
 * `evaluate`, then read `losses`, `predictions` and `probabilities`. Batches allocate nothing. Results depend neither on the
 * number of threads nor on the machine.
 */
export class Engine {
  readonly stages: readonly StageSpec[];
  readonly maxImages: number;
  readonly threads: number;
  /** Images of the next batch, [maxImages][H][W][C]. */
  readonly images: Float32Array;
  /** Class of each image in the next batch. */
  readonly labels: Int32Array;
  /** Cross-entropy of each image in the last batch. */
  readonly losses: Float64Array;
  /** Predicted class of each image in the last batch. */
  readonly predictions: Int32Array;
  /** Softmax outputs of the last batch, [maxImages][classes]. */
  readonly probabilities: Float32Array;
  readonly #plan: MemoryPlan;
  /** Undefined once closed. */
  #memory: WebAssembly.Memory | undefined;
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
    this.#memory = memory;
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
   * @throws PixscaleError if WebAssembly SIMD or threads are not available, or the network needs more memory than there is
   */
  static async create(stages: readonly StageSpec[], options: EngineOptions): Promise<Engine> {
    const plan = planMemory(stages, options.maxImages, options.threads);
    const memory = takeMemory(plan.bytes);
    const integers = new Int32Array(memory.buffer);
    for (const { address, words } of plan.tables) integers.set(words, address >> 2);
    const kernels = loadKernels(memory);
    if (kernels.heapBase > FIRST_ADDRESS) {
      throw new Error("the kernels' constants overlap the planned memory");
    }
    const pool = await WorkerPool.start(memory, plan, options.threads);
    return new Engine(stages, options, plan, memory, kernels, pool);
  }

  /**
   * Forward pass, backward pass and one Adam step on the first `count` images.
   *
   * @throws RangeError if `count` is not from 1 to `maxImages`
   * @throws Error if a thread has failed, in this batch or an earlier one
   */
  train(count: number): void {
    this.#countStep();
    const { learningRate } = this.#adam;
    this.#setFloat(Control.rate, (learningRate * Math.sqrt(1 - this.#beta2Power)) / (1 - this.#beta1Power));
    this.#run(count, true);
  }

  /** Forward pass only: fills losses, predictions and probabilities of the first `count` images. Throws as `train` does. */
  evaluate(count: number): void {
    this.#run(count, false);
  }

  /** A copy of the weights: one entry per stage with parameters, in order. */
  parameters(): StageParameters[] {
    return this.#read(0);
  }

  /** A copy of the last batch's gradients. */
  gradients(): StageParameters[] {
    return this.#read(this.#plan.toGradient);
  }

  /** A copy of the weights and of Adam's moments and step count. */
  state(): EngineState {
    return {
      parameters: this.#read(0),
      moments1: this.#read(this.#plan.toMoment1),
      moments2: this.#read(this.#plan.toMoment2),
      steps: this.#steps,
    };
  }

  /**
   * Restores a state from `state()` of an engine with the same stages and Adam constants.
   *
   * @throws RangeError if its sizes are not those of the stages
   */
  setState(state: EngineState): void {
    this.setParameters(state.parameters);
    this.#write(state.moments1, this.#plan.toMoment1);
    this.#write(state.moments2, this.#plan.toMoment2);
    this.#steps = 0;
    this.#beta1Power = 1;
    this.#beta2Power = 1;
    while (this.#steps < state.steps) this.#countStep();
  }

  /**
   * Replaces all weights, but not Adam's moments and step count.
   *
   * @throws RangeError if the sizes are not those of the stages
   */
  setParameters(parameters: readonly StageParameters[]): void {
    this.#write(parameters, 0);
    for (const [index] of this.#places()) this.#pack(index);
  }

  /** Starts or restarts the measurement of milliseconds per stage. */
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

  /** Stops the worker threads. What the engine's arrays hold afterwards is not defined. */
  async close(): Promise<void> {
    if (this.#memory === undefined) return;
    const memory = this.#memory;
    this.#memory = undefined;
    await this.#pool.close();
    giveBack(memory);
  }

  /** Computes the powers by repeated multiplication, so that a restored state continues with the same bits. */
  #countStep(): void {
    this.#steps++;
    this.#beta1Power *= this.#adam.beta1;
    this.#beta2Power *= this.#adam.beta2;
  }

  #run(count: number, training: boolean): void {
    if (count < 1 || count > this.maxImages) {
      throw new RangeError(`a batch has 1 to ${this.maxImages} images, not ${count}`);
    }
    this.#setInteger(Control.N, count);
    this.#setInteger(Control.training, training ? 1 : 0);
    this.#setInteger(Control.slices, Math.min(MAX_SLICES, Math.ceil(count / CHUNK)));
    this.#throwAfterFailure();
    try {
      this.#kernels.run(this.#plan.control);
    } catch (error) {
      // Otherwise the workers would wait for this thread.
      this.#pool.fail(error);
    }
    this.#throwAfterFailure();
  }

  #throwAfterFailure(): void {
    const failure = this.#pool.failure();
    if (failure !== undefined) throw new Error(`an engine thread failed: ${failure}`);
  }

  /** Stages with parameters, by index. */
  #places(): [index: number, place: ParameterPlace][] {
    return this.#plan.parameters.flatMap((place, i) => (place === undefined ? [] : [[i, place]]));
  }

  /** Writes values `distance` bytes after the parameters: 0, or that of gradients or moments. */
  #write(parameters: readonly StageParameters[], distance: number): void {
    const places = this.#places();
    if (parameters.length !== places.length) {
      throw new RangeError(
        `parameters of ${parameters.length} stages for ${places.length} stages with parameters`,
      );
    }
    places.forEach(([, place], i) => {
      const { kernel, bias } = parameters[i];
      if (kernel.length !== place.layout.at.length || bias.length !== place.biasLength) {
        throw new RangeError(
          `parameters ${i}: ${kernel.length} + ${bias.length} values instead of ${place.layout.at.length} + ${place.biasLength}`,
        );
      }
      const first = (place.kernel + distance) >> 2;
      place.layout.at.forEach((at, k) => {
        this.#floats[first + at] = kernel[k];
      });
      this.#floats.set(bias, (place.bias + distance) >> 2);
    });
  }

  /** Reads values `distance` bytes after the parameters. */
  #read(distance: number): StageParameters[] {
    return this.#places().map(([, place]) => {
      const first = (place.kernel + distance) >> 2;
      const bias = (place.bias + distance) >> 2;
      return {
        kernel: gather(this.#floats, first, place.layout.at),
        bias: this.#floats.slice(bias, bias + place.biasLength),
      };
    });
  }

  /** Repacks a convolution's kernel for its forward pass. */
  #pack(index: number): void {
    const stage = this.stages[index];
    if (stage.kind !== "convolution") return;
    const row = this.#plan.stageTable + index * Stage.words * 4;
    for (let panel = 0; panel * 8 < stage.filters; panel++) this.#kernels.packKernel(row, panel);
  }

  #setInteger(word: Control, value: number): void {
    this.#integers[(this.#plan.control >> 2) + word] = value;
  }

  #setFloat(word: Control, value: number): void {
    this.#floats[(this.#plan.control >> 2) + word] = value;
  }
}

/** Values at some places. (`Float32Array.from` would make a list of them first, many times as large.) */
function gather(values: Float32Array, first: number, places: Uint32Array): Float32Array {
  const gathered = new Float32Array(places.length);
  for (let i = 0; i < places.length; i++) gathered[i] = values[first + places[i]];
  return gathered;
}
