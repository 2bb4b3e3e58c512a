import { setImmediate } from "node:timers/promises";

const MILLISECONDS = 50;

/** Lets signals and timers through now and then during a long computation, without a turn of the event loop per batch. */
export class Breather {
  #last = performance.now();

  async breathe(): Promise<void> {
    if (performance.now() - this.#last < MILLISECONDS) return;
    await setImmediate();
    this.#last = performance.now();
  }
}
