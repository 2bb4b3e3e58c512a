import { setImmediate } from "node:timers/promises";

const MILLISECONDS = 50;

/** Lets timers and messages through every 50 ms of a long computation, without a turn of the event loop per batch. */
export class Breather {
  #last = performance.now();

  async breathe(): Promise<void> {
    if (performance.now() - this.#last < MILLISECONDS) return;
    await setImmediate();
    this.#last = performance.now();
  }
}
