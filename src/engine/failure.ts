/** Where threads report a failure: word indices in shared memory, and the place of the error's text. */
export interface FailurePlace {
  readonly failed: number;
  readonly generation: number;
  readonly text: { readonly address: number; readonly bytes: number };
}

/** Marks a failure and wakes every thread that waits at the barrier. The thread that failed calls it. */
export function markFailure(memory: WebAssembly.Memory, place: FailurePlace, error: unknown): void {
  const text = new TextEncoder().encode(error instanceof Error ? error.message : String(error));
  const shared = new Uint8Array(memory.buffer, place.text.address, place.text.bytes);
  shared.fill(0);
  shared.set(text.subarray(0, place.text.bytes));
  const words = new Int32Array(memory.buffer);
  Atomics.store(words, place.failed, 1);
  Atomics.add(words, place.generation, 1);
  Atomics.notify(words, place.generation);
}
