import { readFileSync } from "node:fs";
import { builtFile } from "../built.ts";
import { PixscaleError, setting } from "../errors.ts";

/** The exports of the WebAssembly module that TypeScript calls (see assembly/index.ts); addresses are in bytes. */
export interface Kernels {
  /** The module keeps its constants below this address. */
  readonly heapBase: number;
  run(control: number): void;
  unfilterPng(rows: number, height: number, stride: number, step: number, out: number): number;
  serve(control: number, thread: number, seen: number): void;
  packKernel(stage: number, panel: number): void;
  addPairProducts(
    a: number,
    aPanels: number,
    b: number,
    bPanels: number,
    rows: number,
    sums: number,
    stride: number,
  ): void;
  packPairs(bytes: number, stride: number, images: number, panel: number): void;
  moveSums(integers: number, doubles: number, count: number): void;
  multiplySparse(
    values: number,
    N: number,
    C: number,
    panels: number,
    start: number,
    F: number,
    lists: number,
    cursors: number,
    out: number,
  ): void;
  multiplyDense(
    values: number,
    N: number,
    C: number,
    panels: number,
    start: number,
    F: number,
    packed: number,
    out: number,
  ): void;
  multiplyMatrices(
    a: number,
    aRow: number,
    aColumn: number,
    b: number,
    bRow: number,
    bColumn: number,
    c: number,
    cColumn: number,
    m: number,
    n: number,
    k: number,
    factor: number,
    add: boolean,
    scratch: number,
  ): void;
  multiplySymmetric(
    a: number,
    stride: number,
    rows: number,
    columns: number,
    x: number,
    y: number,
    scratch: number,
  ): void;
  addColumns(matrix: number, stride: number, rows: number, count: number, weights: number, y: number): void;
  dotColumns(
    matrix: number,
    stride: number,
    rows: number,
    count: number,
    x: number,
    out: number,
    scratch: number,
  ): void;
  /** @returns 1, or 0 if the JPEG is damaged */
  decodeJpeg(control: number): number;
  mixBytes(
    input: number,
    rows: number,
    outH: number,
    columns: number,
    outW: number,
    C: number,
    output: number,
  ): void;
  sumBytes(bytes: number, count: number, channels: number, out: number): void;
  resizeBytesAcross(
    input: number,
    H: number,
    W: number,
    C: number,
    taps: number,
    outW: number,
    output: number,
  ): void;
  resizeBytesDown(input: number, taps: number, outH: number, row: number, output: number): void;
  resizeWordsAcross(
    input: number,
    H: number,
    W: number,
    C: number,
    taps: number,
    outW: number,
    output: number,
  ): void;
  resizeWordsDown(input: number, taps: number, outH: number, row: number, output: number): void;
  pickPixels(
    input: number,
    rows: number,
    outH: number,
    columns: number,
    outW: number,
    pixelBytes: number,
    output: number,
  ): void;
}

const PAGE = 65536;
/** The most memory that a WebAssembly module can address, in bytes. */
export const MAX_MEMORY = 65536 * PAGE;

let compiled: WebAssembly.Module | undefined;

/**
 * Instantiates the kernels on a memory. Each thread that shares the memory needs its own instance.
 *
 * @param module the compiled module, if another thread has compiled it already
 * @throws PixscaleError as `compileKernels` does
 */
export function loadKernels(memory: WebAssembly.Memory, module = compileKernels()): Kernels {
  const { exports } = new WebAssembly.Instance(module, {
    env: { memory },
    profile: { now: () => performance.now() },
  });
  const { heapBase, ...kernels } = exports as unknown as Omit<Kernels, "heapBase"> & {
    heapBase: WebAssembly.Global;
  };
  return { ...kernels, heapBase: heapBase.value };
}

/**
 * Instantiates the kernels on a new memory that starts small; `growMemory` enlarges it.
 *
 * @throws PixscaleError as `compileKernels` does
 */
export function kernelsWithGrowingMemory(): Kernels & { memory: WebAssembly.Memory } {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: MAX_MEMORY / PAGE, shared: true });
  return { ...loadKernels(memory), memory };
}

/**
 * Enlarges a memory to at least `bytes`, if it is smaller. Its contents stay; arrays on its old buffer stay valid.
 *
 * @param subject the error's subject, if that much memory is not available
 * @throws PixscaleError if that much memory is not available
 */
export function growMemory(memory: WebAssembly.Memory, bytes: number, subject: string): void {
  const pages = Math.ceil((bytes - memory.buffer.byteLength) / PAGE);
  if (pages <= 0) return;
  try {
    memory.grow(pages);
  } catch (cause) {
    throw notEnough(bytes, subject, cause);
  }
}

/**
 * Instantiates the kernels on a new memory of their own.
 *
 * @param bytes usable memory, from `heapBase` on
 * @param subject the error's subject, if that much memory is not available
 * @throws PixscaleError if that much memory is not available, and as `compileKernels` does
 */
export function kernelsWithMemory(bytes: number, subject: string): Kernels & { memory: WebAssembly.Memory } {
  compileKernels();
  try {
    const memory = sharedMemory(bytes + PAGE);
    return { ...loadKernels(memory), memory };
  } catch (cause) {
    throw notEnough(bytes, subject, cause);
  }
}

function notEnough(bytes: number, subject: string, cause: unknown): PixscaleError {
  const problem = `needs ${(bytes / 2 ** 30).toFixed(1)} GiB of memory`;
  return new PixscaleError(subject, problem, "use smaller images", { cause });
}

/**
 * Allocates memory that threads can share, filled with zeros.
 *
 * @throws RangeError if `bytes` exceeds `MAX_MEMORY` or the memory available
 */
export function sharedMemory(bytes: number): WebAssembly.Memory {
  const pages = Math.ceil(bytes / PAGE);
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
}

/**
 * Compiles the module once and returns it from then on.
 *
 * @throws PixscaleError if WebAssembly SIMD or threads are not available
 */
export function compileKernels(): WebAssembly.Module {
  try {
    compiled ??= new WebAssembly.Module(readFileSync(builtFile("kernels/kernels.wasm")));
    return compiled;
  } catch (cause) {
    if (!(cause instanceof WebAssembly.CompileError)) throw cause;
    const remedy = `use a processor and a Node build that support them, or ${setting("backend", "tensorflow")}`;
    throw new PixscaleError("engine", "WebAssembly SIMD and threads are not available", remedy, { cause });
  }
}
