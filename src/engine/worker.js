// @ts-check
import { parentPort, workerData } from "node:worker_threads";
import { markFailure } from "./failure.js";

/**
 * A worker of the pool: one instance of the kernels over the shared memory. It reports that it is ready, then serves until it
 * is asked to stop or has failed.
 *
 * @typedef {import("./worker-pool.ts").WorkerData} WorkerData
 */
const { module, memory, thread, control, sequence, failure } = /** @type {WorkerData} */ (workerData);
try {
  const imports = { env: { memory }, step: { now: () => performance.now() } };
  const instance = new WebAssembly.Instance(module, imports);
  const serve = /** @type {(control: number, thread: number, seen: number) => void} */ (
    instance.exports.serve
  );
  const seen = Atomics.load(new Int32Array(memory.buffer), sequence);
  parentPort?.postMessage("ready");
  serve(control, thread, seen);
} catch (error) {
  markFailure(memory, failure, error);
}
