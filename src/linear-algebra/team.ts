import type { Kernels } from "../kernels/load.ts";

/** Indices of the words by which the threads of a team meet. */
export const Word = {
  /** Rises with each program that the threads are to run. */
  sequence: 0,
  /** The program, see programs.ts; −1 ends the thread. */
  program: 1,
  /** Threads that have arrived at the next meeting. */
  arrived: 2,
  /** Rises with each meeting. */
  generation: 3,
  /** The next part of shared work that nobody has taken. */
  next: 4,
  /** Not 0 once a thread has failed. */
  failed: 5,
} as const;

/** Bytes of the words, and after them of a program's arguments. */
export const WORD_BYTES = 64;
export const MAX_ARGUMENTS = 24;
export const CONTROL_BYTES = WORD_BYTES + 8 * MAX_ARGUMENTS;

/** Looks at the other threads before a thread sleeps: they arrive almost together. */
const SPINS = 20_000;
/** A thread that waits looks this often whether another has failed, in milliseconds. */
const LOOK_AGAIN_AFTER = 100;

/**
 * One thread's view of a team: threads that run the same program on one memory. All of them call `share`, `alone` and `meet` in the
 * same order. Which thread does which part of shared work is left open, so a part must not depend on another of the same call.
 */
export class Team {
  readonly kernels: Kernels;
  readonly thread: number;
  readonly threads: number;
  /** The whole memory: number i lies at address 8·i. */
  readonly doubles: Float64Array;
  /** The whole memory: word i lies at address 4·i. */
  readonly integers: Int32Array;
  readonly #words: Int32Array;

  /** @param control address of the words */
  constructor(
    kernels: Kernels,
    memory: WebAssembly.Memory,
    control: number,
    thread: number,
    threads: number,
  ) {
    this.kernels = kernels;
    this.thread = thread;
    this.threads = threads;
    this.doubles = new Float64Array(memory.buffer);
    this.integers = new Int32Array(memory.buffer);
    this.#words = new Int32Array(memory.buffer, control, WORD_BYTES / 4);
  }

  /** Does parts 0 to `count` − 1, each in one of the threads; returns once all are done. */
  share(count: number, work: (part: number) => void): void {
    for (;;) {
      const part = Atomics.add(this.#words, Word.next, 1);
      if (part >= count) break;
      work(part);
    }
    this.meet();
  }

  /** Does something in one of the threads; returns once it is done. */
  alone(work: () => void): void {
    this.share(1, work);
  }

  /** Returns once all threads have come here. @throws Error if another thread has failed */
  meet(): void {
    const words = this.#words;
    const generation = Atomics.load(words, Word.generation);
    if (Atomics.add(words, Word.arrived, 1) + 1 === this.threads) {
      Atomics.store(words, Word.arrived, 0);
      Atomics.store(words, Word.next, 0);
      Atomics.add(words, Word.generation, 1);
      Atomics.notify(words, Word.generation);
      return;
    }
    for (let spin = 0; spin < SPINS; spin++) {
      if (Atomics.load(words, Word.generation) !== generation) return;
    }
    while (Atomics.load(words, Word.generation) === generation) {
      if (Atomics.load(words, Word.failed) !== 0) throw new Error("another thread has failed");
      Atomics.wait(words, Word.generation, generation, LOOK_AGAIN_AFTER);
    }
  }

  /** Makes the other threads give up. */
  fail(): void {
    Atomics.store(this.#words, Word.failed, 1);
    Atomics.notify(this.#words, Word.generation);
  }
}
