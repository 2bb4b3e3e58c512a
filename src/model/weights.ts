import { bytesOf, sha256 } from "../files/hash.ts";
import { RandomStream } from "../random.ts";
import { type LayerWeights, type Model, sizeOf, weightShapes } from "./layers.ts";

/**
 * Glorot-uniform kernels and zero biases (Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural
 * networks", 2010): uniform in ±√(6 / (fan in + fan out)). A convolution's fans count the kernel's pixels, as in Keras. The same
 * seed gives the same bits on every machine. Throws as `weightShapes` does.
 */
export function initialWeights(model: Model, seed: number): LayerWeights[] {
  return weightShapes(model, "model").map(({ kernel, bias }, i) => {
    const stream = new RandomStream(seed, "weights", i);
    const receptive = sizeOf(kernel.slice(0, -2));
    const [fanIn, fanOut] = kernel.slice(-2).map((dimension) => dimension * receptive) as [number, number];
    const limit = Math.sqrt(6 / (fanIn + fanOut));
    return {
      kernel: Float32Array.from({ length: sizeOf(kernel) }, () => (2 * stream.uniform() - 1) * limit),
      bias: new Float32Array(bias[0]),
    };
  });
}

/** SHA-256, in hexadecimal, of all weights in order as little-endian float32. */
export function weightsFingerprint(weights: readonly LayerWeights[]): string {
  return sha256(Buffer.concat(weightBytes(weights)));
}

/** The bytes of all weights, kernel then bias of each layer. All platforms with WebAssembly SIMD in Node are little-endian. */
export function weightBytes(weights: readonly LayerWeights[]): Uint8Array[] {
  return weights.flatMap(({ kernel, bias }) => [bytesOf(kernel), bytesOf(bias)]);
}
