/** The WebAssembly module: `run` and `serve` are what the engine uses; the kernels are exported to be tested one by one. */
export { adam } from "./adam";
export { convolutionDirect } from "./convolution-direct";
export { convolutionGradient } from "./convolution-gradient";
export { packDirect, packWinograd } from "./convolution-kernel";
export { convolutionWinograd } from "./convolution-winograd";
export { denseForward, denseInputGradient, denseKernelGradient } from "./dense";
export { maxPooling, maxPoolingGradient } from "./pooling";
export { softmaxCrossEntropy } from "./softmax";
export { packKernel, run, serve } from "./step";

/** End of the module's constants. */
export const heapBase: usize = __heap_base;
