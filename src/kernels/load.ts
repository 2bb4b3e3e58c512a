import { readFileSync } from "node:fs";
import { builtFile } from "../built.ts";
import { PixscaleError, setting } from "../errors.ts";

/** What the WebAssembly module exports (see assembly/index.ts); every address is in bytes. */
export interface Kernels {
  /** The module keeps its constants below this address. */
  readonly heapBase: number;
  run(control: number): void;
  serve(control: number, thread: number, seen: number): void;
  packKernel(stage: number, panel: number): void;
  addPairProducts(pairs: number, rows: number, width: number, sums: number): void;
  addDoubleProducts(values: number, rows: number, width: number, sums: number): void;
  multiplySparse(
    values: number,
    rows: number,
    width: number,
    panels: number,
    start: number,
    columns: number,
    lists: number,
    cursors: number,
    out: number,
  ): void;
}

const PAGE = 65536;
/** The most memory a WebAssembly module can address, in bytes. */
export const MAX_MEMORY = 65536 * PAGE;

let compiled: WebAssembly.Module | undefined;

/**
 * Instantiates the kernels over a memory, in this thread. Threads that share a memory each instantiate their own.
 *
 * @param module what `compileKernels` returned, if another thread has compiled them already
 * @throws PixscaleError as `compileKernels` does
 */
export function loadKernels(memory: WebAssembly.Memory, module = compileKernels()): Kernels {
  const { exports } = new WebAssembly.Instance(module, {
    env: { memory },
    step: { now: () => performance.now() },
  });
  const { heapBase, ...kernels } = exports as unknown as Omit<Kernels, "heapBase"> & {
    heapBase: WebAssembly.Global;
  };
  return { ...kernels, heapBase: heapBase.value };
}

/**
 * The kernels over a new memory of their own.
 *
 * @param bytes needed above `heapBase`
 * @param subject what needs them, for the error
 * @throws PixscaleError if the machine does not give that much memory, and as `compileKernels` does
 */
export function kernelsWithMemory(bytes: number, subject: string): Kernels & { memory: WebAssembly.Memory } {
  compileKernels();
  try {
    const memory = sharedMemory(bytes + PAGE);
    return { ...loadKernels(memory), memory };
  } catch (cause) {
    const problem = `needs ${(bytes / 2 ** 30).toFixed(1)} GiB of memory`;
    throw new PixscaleError(subject, problem, "use smaller images", { cause });
  }
}

/**
 * Memory that threads can share, filled with zeros.
 *
 * @throws RangeError if it is more than `MAX_MEMORY` or than the machine gives
 */
export function sharedMemory(bytes: number): WebAssembly.Memory {
  const pages = Math.ceil(bytes / PAGE);
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
}

/** The compiled module, the same at each call. @throws PixscaleError if this machine has no WebAssembly SIMD or threads */
export function compileKernels(): WebAssembly.Module {
  try {
    compiled ??= new WebAssembly.Module(readFileSync(builtFile("kernels/kernels.wasm")));
    return compiled;
  } catch (cause) {
    if (!(cause instanceof WebAssembly.CompileError)) throw cause;
    const remedy = `use a processor and a Node build that have them, or ${setting("backend", "tensorflow")}`;
    throw new PixscaleError("engine", "WebAssembly SIMD and threads are not available", remedy, { cause });
  }
}
