import { availableParallelism } from "node:os";

const MAX_DEFAULT_THREADS = 8;

/** One thread per core, at most 8. */
export function defaultThreads(): number {
  return Math.min(MAX_DEFAULT_THREADS, availableParallelism());
}
