import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { builtFile } from "../built.ts";
import { compileKernels } from "../kernels/load.ts";
import { Control } from "../kernels/tables.ts";
import { type FailurePlace, markFailure } from "./failure.ts";
import { ERROR_TEXT_BYTES, type MemoryPlan } from "./memory-plan.ts";

/** Everything a worker needs to run the kernels. */
export interface WorkerData {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly thread: number;
  /** Address of the control block, and index of its word `sequence`. */
  readonly control: number;
  readonly sequence: number;
  readonly failure: FailurePlace;
}

/** All threads but the main one. They sleep between batches and do not keep the process alive. */
export class WorkerPool {
  readonly #workers: readonly Worker[];
  readonly #memory: WebAssembly.Memory;
  readonly #words: Int32Array;
  readonly #control: number;
  readonly #failure: FailurePlace;

  private constructor(
    workers: readonly Worker[],
    memory: WebAssembly.Memory,
    control: number,
    failure: FailurePlace,
  ) {
    this.#workers = workers;
    this.#memory = memory;
    this.#words = new Int32Array(memory.buffer);
    this.#control = control >> 2;
    this.#failure = failure;
  }

  /** Starts threads 1 to `threads` − 1. Resolves when all are ready, rejects if one cannot start. */
  static async start(memory: WebAssembly.Memory, plan: MemoryPlan, threads: number): Promise<WorkerPool> {
    const base = plan.control >> 2;
    const failure: FailurePlace = {
      failed: base + Control.failed,
      generation: base + Control.generation,
      text: { address: plan.errorText, bytes: ERROR_TEXT_BYTES },
    };
    const workers = Array.from({ length: threads - 1 }, (_, i) => {
      const workerData: WorkerData = {
        module: compileKernels(),
        memory,
        thread: i + 1,
        control: plan.control,
        sequence: base + Control.sequence,
        failure,
      };
      // Workers must not inherit Node flags such as --input-type.
      return new Worker(builtFile("engine/worker.js"), { workerData, execArgv: [] });
    });
    const pool = new WorkerPool(workers, memory, plan.control, failure);
    try {
      await Promise.all(workers.map((worker) => once(worker, "message")));
    } catch (error) {
      await pool.close();
      throw error;
    }
    for (const worker of workers) worker.unref();
    return pool;
  }

  /** Makes the workers give up after a failure of the main thread. */
  fail(error: unknown): void {
    markFailure(this.#memory, this.#failure, error);
  }

  /** The error message of the thread that failed, if one did. */
  failure(): string | undefined {
    if (Atomics.load(this.#words, this.#failure.failed) === 0) return undefined;
    const { address, bytes } = this.#failure.text;
    const text = new Uint8Array(this.#memory.buffer, address, bytes).slice();
    const end = text.indexOf(0);
    return new TextDecoder().decode(end < 0 ? text : text.subarray(0, end));
  }

  /** Stops the workers; resolves when all have ended. */
  async close(): Promise<void> {
    Atomics.store(this.#words, this.#control + Control.stop, 1);
    for (const word of [Control.sequence, Control.generation]) {
      Atomics.add(this.#words, this.#control + word, 1);
      Atomics.notify(this.#words, this.#control + word);
    }
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}
