import { workerData } from "node:worker_threads";
import { loadKernels } from "../kernels/load.ts";
import type { CrewWork } from "./crew.ts";
import { PROGRAMS, programOf } from "./programs.ts";
import { MAX_ARGUMENTS, Team, WORD_BYTES, Word } from "./team.ts";

/** A thread of a `Crew`: runs each program with the others until it is told to end. */
const { module, memory, control, thread, threads } = workerData as CrewWork;
const words = new Int32Array(memory.buffer, control, WORD_BYTES / 4);
const values = new Float64Array(memory.buffer, control + WORD_BYTES, MAX_ARGUMENTS);
const team = new Team(loadKernels(memory, module), memory, control, thread, threads);
try {
  // The leader waits for all threads at the end of a program, so the next one cannot be missed.
  for (let seen = 0; ; seen++) {
    Atomics.wait(words, Word.sequence, seen);
    const program = programOf(Atomics.load(words, Word.program));
    if (program === undefined) break;
    PROGRAMS[program](team, [...values]);
    team.meet();
  }
} catch (error) {
  team.fail();
  throw error;
}
