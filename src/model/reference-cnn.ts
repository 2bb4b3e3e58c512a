import type { ImageShape } from "../data/dataset.ts";
import type { Model } from "./layers.ts";

/** The usual CNN for MNIST: two 3×3 convolutions with pools, a dense layer of 64 units, and one unit per class. */
export function referenceCnn(input: ImageShape, classes: number): Model {
  return {
    input,
    layers: [
      { type: "conv2d", filters: 32, kernelSize: [3, 3], activation: "relu" },
      { type: "maxPooling2d" },
      { type: "conv2d", filters: 64, kernelSize: [3, 3], activation: "relu" },
      { type: "maxPooling2d" },
      { type: "flatten" },
      { type: "dense", units: 64, activation: "relu" },
      // A softmax over one class could learn nothing.
      { type: "dense", units: Math.max(2, classes), activation: "softmax" },
    ],
  };
}
