import { readFileSync } from "node:fs";
import { PixscaleError } from "../errors.ts";

/** What kernels/ exports, with one memory; see there. */
export interface WhiteningKernels {
  readonly memory: WebAssembly.Memory;
  /** Addresses from here on are free. */
  readonly heapBase: number;
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

let compiled: WebAssembly.Module | undefined;

/**
 * The kernels with a memory of their own, which threads can share.
 *
 * @param bytes how much memory is needed beside the module's constants
 * @throws PixscaleError if this machine has no WebAssembly SIMD or not that much memory
 */
export function whiteningKernels(bytes: number): WhiteningKernels {
  const pages = Math.ceil(bytes / PAGE) + 1;
  compile();
  try {
    return kernelsOver(new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }));
  } catch (cause) {
    const problem = `needs ${(bytes / 2 ** 30).toFixed(1)} GiB of memory`;
    throw new PixscaleError("zca", problem, "use smaller images", { cause });
  }
}

/** The kernels over a memory that `whiteningKernels` made, perhaps in another thread. */
export function kernelsOver(memory: WebAssembly.Memory): WhiteningKernels {
  const { exports } = new WebAssembly.Instance(compile(), { env: { memory } });
  const { heapBase, ...kernels } = exports as unknown as Omit<WhiteningKernels, "heapBase" | "memory"> & {
    heapBase: WebAssembly.Global;
  };
  return { ...kernels, heapBase: heapBase.value, memory };
}

function compile(): WebAssembly.Module {
  // The same path from src/ and from dist/.
  const path = new URL("../../dist/scaling/kernels.wasm", import.meta.url);
  try {
    compiled ??= new WebAssembly.Module(readFileSync(path));
    return compiled;
  } catch (error) {
    if (!(error instanceof WebAssembly.CompileError)) throw error;
    const remedy = "use a processor and Node build with WebAssembly SIMD, or another scaling";
    throw new PixscaleError("zca", "WebAssembly SIMD is not available here", remedy, { cause: error });
  }
}
