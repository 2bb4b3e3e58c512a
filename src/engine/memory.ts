import { PixscaleError, setting } from "../errors.ts";
import { MAX_MEMORY, sharedMemory } from "../kernels/load.ts";

/** Larger memories are not kept for the next engine. */
const MOST_KEPT = 256 * 2 ** 20;

/**
 * The memory of an engine that was closed, for the next one of its size. JavaScript does not know how much a WebAssembly memory holds, so
 * hundreds of short runs would gather gigabytes before any is freed.
 */
let kept: WebAssembly.Memory | undefined;

/** Memory of zeros that threads can share. @throws PixscaleError if there is not as much */
export function takeMemory(bytes: number): WebAssembly.Memory {
  const memory = kept;
  const spare = memory && memory.buffer.byteLength - bytes;
  if (memory !== undefined && spare !== undefined && spare >= 0 && spare < 65536) {
    kept = undefined;
    new Uint8Array(memory.buffer).fill(0);
    return memory;
  }
  const fail = (problem: string, cause?: unknown) =>
    new PixscaleError(setting("batchSize"), problem, "use a smaller batch or smaller images", { cause });
  const problem = `this model needs ${(bytes / 2 ** 30).toFixed(1)} GiB of memory with this batch size`;
  if (bytes > MAX_MEMORY) throw fail(`${problem}, but the engine can use only 4 GiB`);
  try {
    return sharedMemory(bytes);
  } catch (cause) {
    throw fail(`${problem}, more than is available`, cause);
  }
}

/** Keeps a memory that no thread uses any more. */
export function giveBack(memory: WebAssembly.Memory): void {
  if (memory.buffer.byteLength <= MOST_KEPT) kept = memory;
}
