import { parentPort, workerData } from "node:worker_threads";
import { loadKernels } from "../../kernels/load.ts";
import { multiplyShare, type WhiteningWork, Word, wordsOf } from "./whitening-share.ts";

/** A thread that multiplies its share of each block of images until it is terminated. */
const { memory, places, thread, threads } = workerData as WhiteningWork;
const words = wordsOf(memory, places);
let seen = Atomics.load(words, Word.sequence);
try {
  const kernels = loadKernels(memory);
  parentPort?.postMessage("ready");
  for (;;) {
    Atomics.wait(words, Word.sequence, seen);
    seen = Atomics.load(words, Word.sequence);
    const dense = Atomics.load(words, Word.dense) !== 0;
    multiplyShare(kernels, places, Atomics.load(words, Word.rows), dense, thread, threads);
    Atomics.add(words, Word.done, 1);
    Atomics.notify(words, Word.done);
  }
} catch (error) {
  Atomics.store(words, Word.failed, 1);
  Atomics.notify(words, Word.done);
  throw error;
}
