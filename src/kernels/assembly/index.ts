/**
 * The WebAssembly module. Sums run in a fixed order and nothing is fused, so every machine computes the same bits. The engine
 * calls `run`, `serve` and `packKernel`; `addPairProducts`, products of matrices and `multiplySparse` or `multiplyDense` serve statistics and
 * whitening, `pickPixels`, `mixBytes` and `resize…` images, `decodeJpeg` JPEGs, `sumBytes` statistics; the other kernels are exported for their tests and benchmarks.
 * docs/engine.md explains how they work together.
 */
export { adam } from "./adam";
export { convolutionBackward } from "./convolution-backward";
export { convolutionDirect } from "./convolution-direct";
export { convolutionOneChannel } from "./convolution-one-channel";
export { convolutionWinograd } from "./convolution-winograd";
export { denseBackward, denseForward, denseKernelGradient } from "./dense";
export { addPairProducts, moveSums, packPairs } from "./feature-products";
export { decodeJpeg } from "./jpeg";
export { multiplyMatrices } from "./matrix-product";
export { addColumns, dotColumns, multiplySymmetric } from "./matrix-vector";
export { mixBytes } from "./mix";
export { unfilterPng } from "./png";
export { maxPoolingBackward, maxPoolingForward } from "./pooling";
export { pickPixels, resizeBytesAcross, resizeBytesDown, resizeWordsAcross, resizeWordsDown } from "./resize";
export { softmaxCrossEntropy } from "./softmax";
export { run, serve } from "./step";
export { sumBytes } from "./sums";
export { packKernel } from "./update";
export { multiplySparse } from "./whiten";
export { multiplyDense } from "./whiten-dense";

/** End of the module's constants. */
export const heapBase: usize = __heap_base;
