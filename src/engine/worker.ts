import { parentPort, workerData } from "node:worker_threads";
import { loadKernels } from "../kernels/load.ts";
import { markFailure } from "./failure.ts";
import type { WorkerData } from "./worker-pool.ts";

/**
 * A worker thread: instantiates the kernels on the shared memory, reports that it is ready, then serves until it is asked to
 * stop or fails.
 */
const { module, memory, thread, control, sequence, failure } = workerData as WorkerData;
try {
  const kernels = loadKernels(memory, module);
  const seen = Atomics.load(new Int32Array(memory.buffer), sequence);
  parentPort?.postMessage("ready");
  kernels.serve(control, thread, seen);
} catch (error) {
  markFailure(memory, failure, error);
}
