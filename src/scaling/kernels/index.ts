/** The WebAssembly module of whitening. Sums run in a fixed order and nothing is fused: the same bits on every machine. */
export { addDoubleProducts, addPairProducts } from "./second-moments";
export { multiplySparse } from "./whiten";

/** End of the module's constants. */
export const heapBase: usize = __heap_base;
