import { Worker } from "node:worker_threads";
import { builtFile } from "../built.ts";
import { compileKernels, kernelsWithMemory } from "../kernels/load.ts";
import { Allotment } from "./allotment.ts";
import { PROGRAMS, type ProgramName, programIndex } from "./programs.ts";
import { CONTROL_BYTES, MAX_ARGUMENTS, Team, WORD_BYTES, Word } from "./team.ts";

/** The instructions of a worker. */
export interface CrewWork {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Address of the words of `Team`. */
  readonly control: number;
  /** From 1: thread 0 is the one that leads. */
  readonly thread: number;
  readonly threads: number;
}

/**
 * Threads that run the programs of programs.ts together, on one memory. The calling thread is one of them, so `run` blocks it. The results
 * have the same bits for any number of threads.
 */
export class Crew {
  readonly threads: number;
  /** The whole memory: number i lies at address 8·i. */
  readonly doubles: Float64Array;
  /** The first free address. */
  readonly base: number;
  readonly #team: Team;
  readonly #words: Int32Array;
  readonly #arguments: Float64Array;

  /**
   * @param bytes of memory that the programs use, from `base` on
   * @param subject the error's subject, if that much memory is not available
   * @throws PixscaleError if that much memory is not available
   */
  constructor(threads: number, bytes: number, subject: string) {
    const kernels = kernelsWithMemory(CONTROL_BYTES + bytes + 128, subject);
    const { memory } = kernels;
    const places = new Allotment(kernels.heapBase);
    const control = places.bytes(CONTROL_BYTES);
    this.threads = threads;
    this.base = places.end;
    this.#words = new Int32Array(memory.buffer, control, WORD_BYTES / 4);
    this.#arguments = new Float64Array(memory.buffer, control + WORD_BYTES, MAX_ARGUMENTS);
    this.#team = new Team(kernels, memory, control, 0, threads);
    this.doubles = this.#team.doubles;
    for (let thread = 1; thread < threads; thread++) {
      const workerData: CrewWork = { module: compileKernels(), memory, control, thread, threads };
      // Workers must not inherit Node flags such as --input-type.
      const worker = new Worker(builtFile("linear-algebra/crew-worker.js"), { workerData, execArgv: [] });
      // A worker reports its failure through its word in shared memory.
      worker.on("error", () => {});
      worker.unref();
    }
  }

  /** Runs a program in all threads. @throws Error if one of them fails */
  run(name: ProgramName, ...values: number[]): void {
    this.#arguments.set(values);
    Atomics.store(this.#words, Word.program, programIndex(name));
    this.#wake();
    try {
      PROGRAMS[name](this.#team, values);
      this.#team.meet();
    } catch (error) {
      this.#team.fail();
      throw error;
    }
  }

  /** Ends the other threads. */
  close(): void {
    Atomics.store(this.#words, Word.program, -1);
    this.#wake();
  }

  #wake(): void {
    Atomics.add(this.#words, Word.sequence, 1);
    Atomics.notify(this.#words, Word.sequence);
  }
}
