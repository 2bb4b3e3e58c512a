import { setImmediate } from "node:timers/promises";

const MILLISECONDS = 50;

/**
 * Lets timers and messages through every 50 ms of a long computation, without a turn of the event loop per batch, and ends the
 * computation when its signal aborts.
 */
export class Breather {
  readonly #signal: AbortSignal | undefined;
  #last = performance.now();

  constructor(signal?: AbortSignal) {
    this.#signal = signal;
  }

  /** @throws the signal's reason once it has aborted */
  async breathe(): Promise<void> {
    if (performance.now() - this.#last >= MILLISECONDS) {
      await setImmediate();
      this.#last = performance.now();
    }
    this.#signal?.throwIfAborted();
  }
}
