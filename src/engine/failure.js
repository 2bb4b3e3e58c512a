// @ts-check

/**
 * Where threads tell each other that one has failed: word indices and the place of the error's text in shared memory.
 *
 * @typedef {object} FailurePlace
 * @property {number} failed
 * @property {number} generation
 * @property {{ readonly address: number, readonly bytes: number }} text
 */

/**
 * Marks a failure and wakes all who wait at the barrier; called by whichever thread failed.
 *
 * @param {WebAssembly.Memory} memory
 * @param {FailurePlace} place
 * @param {unknown} error
 */
export function markFailure(memory, place, error) {
  const text = new TextEncoder().encode(error instanceof Error ? error.message : String(error));
  const shared = new Uint8Array(memory.buffer, place.text.address, place.text.bytes);
  shared.fill(0);
  shared.set(text.subarray(0, place.text.bytes));
  const words = new Int32Array(memory.buffer);
  Atomics.store(words, place.failed, 1);
  Atomics.add(words, place.generation, 1);
  Atomics.notify(words, place.generation);
}
