/**
 * The WebAssembly module. Sums run in a fixed order and nothing is fused, so the results have the same bits on every machine.
 * The engine calls `run`, `serve` and `packKernel`; its other kernels are exported so that tests reach them one by one.
 */
export { adam } from "./adam-step";
export { convolutionDirect } from "./convolution-direct";
export { convolutionGradient } from "./convolution-gradient";
export { packDirect, packWinograd } from "./convolution-kernel";
export { convolutionWinograd } from "./convolution-winograd";
export { denseForward, denseInputGradient, denseKernelGradient } from "./dense";
export { addDoubleProducts, addPairProducts } from "./feature-products";
export { maxPooling, maxPoolingGradient } from "./pooling";
export { softmaxCrossEntropy } from "./softmax";
export { packKernel, run, serve } from "./step";
export { multiplySparse } from "./whiten";

/** End of the module's constants. */
export const heapBase: usize = __heap_base;
