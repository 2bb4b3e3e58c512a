// @ts-check
import { parentPort, workerData } from "node:worker_threads";

/**
 * A worker of the pool: one instance of the kernels over the shared memory. It reports that it is ready, then serves until it
 * is asked to stop. After an error nobody may wait for it, so it marks the failure and passes the barrier.
 *
 * @typedef {import("./worker-pool.ts").WorkerData} WorkerData
 */
const { module, memory, thread, control, words, errorText } = /** @type {WorkerData} */ (workerData);
try {
  const instance = new WebAssembly.Instance(module, {
    env: { memory },
    step: { now: () => performance.now() },
  });
  const serve = /** @type {(control: number, thread: number, seen: number) => void} */ (
    instance.exports.serve
  );
  const seen = Atomics.load(new Int32Array(memory.buffer), words.sequence);
  parentPort?.postMessage("ready");
  serve(control, thread, seen);
} catch (error) {
  const text = new TextEncoder().encode(error instanceof Error ? error.message : String(error));
  const shared = new Uint8Array(memory.buffer, errorText.address, errorText.bytes);
  shared.fill(0);
  shared.set(text.subarray(0, errorText.bytes));
  const integers = new Int32Array(memory.buffer);
  Atomics.store(integers, words.failed, 1);
  Atomics.add(integers, words.generation, 1);
  Atomics.notify(integers, words.generation);
}
