import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { Control } from "./kernels/layout.ts";
import { ERROR_TEXT_BYTES, type MemoryPlan } from "./plan.ts";

/** Word indices and addresses a worker needs before it can run the kernels. */
export interface WorkerData {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly thread: number;
  readonly control: number;
  readonly words: { readonly sequence: number; readonly failed: number; readonly generation: number };
  readonly errorText: { readonly address: number; readonly bytes: number };
}

/** The threads beside the main one. They sleep between batches and do not keep the process alive. */
export class WorkerPool {
  readonly #workers: readonly Worker[];
  readonly #integers: Int32Array;
  readonly #control: number;

  private constructor(workers: readonly Worker[], memory: WebAssembly.Memory, control: number) {
    this.#workers = workers;
    this.#integers = new Int32Array(memory.buffer);
    this.#control = control >> 2;
  }

  /** Starts threads 1 … threads − 1; resolves when all are ready, rejects if one cannot start. */
  static async start(
    module: WebAssembly.Module,
    memory: WebAssembly.Memory,
    plan: MemoryPlan,
    threads: number,
  ): Promise<WorkerPool> {
    const base = plan.control >> 2;
    const workers = Array.from({ length: threads - 1 }, (_, i) => {
      const workerData: WorkerData = {
        module,
        memory,
        thread: i + 1,
        control: plan.control,
        words: {
          sequence: base + Control.sequence,
          failed: base + Control.failed,
          generation: base + Control.generation,
        },
        errorText: { address: plan.errorText, bytes: ERROR_TEXT_BYTES },
      };
      // The same path from src/ and from dist/: workers run compiled code.
      return new Worker(new URL("../../dist/engine/worker.js", import.meta.url), { workerData });
    });
    const pool = new WorkerPool(workers, memory, plan.control);
    try {
      await Promise.all(workers.map((worker) => once(worker, "message")));
    } catch (error) {
      await pool.close();
      throw error;
    }
    for (const worker of workers) worker.unref();
    return pool;
  }

  /** Asks the workers to return and waits until they have. */
  async close(): Promise<void> {
    Atomics.store(this.#integers, this.#control + Control.stop, 1);
    for (const word of [Control.sequence, Control.generation]) {
      Atomics.add(this.#integers, this.#control + word, 1);
      Atomics.notify(this.#integers, this.#control + word);
    }
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}
