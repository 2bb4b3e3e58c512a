import * as tf from "@tensorflow/tfjs";
import { expect } from "vitest";
import { type ImageShape, imageSize } from "../../src/data/dataset.ts";
import { PixscaleError } from "../../src/errors.ts";
import { classCount, type LayerWeights, type Model } from "../../src/model/layers.ts";
import type { encodeModel } from "../../src/model/tfjs/encode.ts";
import { WasmBackend } from "../../src/training/backends/wasm.ts";

/** A network without 3×3 kernels, square images or sizes that are multiples of four. */
export const ODD_NET: Model = {
  input: { height: 15, width: 13, channels: 3 },
  layers: [
    { type: "conv2d", filters: 5, kernelSize: [5, 5], activation: "relu" },
    { type: "maxPooling2d" },
    { type: "conv2d", filters: 7, kernelSize: [1, 1], activation: "linear" },
    { type: "conv2d", filters: 3, kernelSize: [2, 3], activation: "relu" },
    { type: "flatten" },
    { type: "dense", units: 9, activation: "relu" },
    { type: "dense", units: 6, activation: "linear" },
    { type: "dense", units: 4, activation: "softmax" },
  ],
};

/** A model as TensorFlow.js hands it to a save handler. */
export type Artifacts = tf.io.ModelArtifacts;

/** Expects `action` to fail with a one-line PixscaleError with exit status 1; returns its message. */
export async function refusal(action: () => unknown): Promise<string> {
  const error = await Promise.resolve()
    .then(action)
    .then(
      () => expect.fail("no error"),
      (reason: unknown) => reason,
    );
  expect(error).toBeInstanceOf(PixscaleError);
  expect((error as PixscaleError).exitStatus).toBe(1);
  expect((error as PixscaleError).message).toMatch(/^[^\n:]+: [^\n;]+; [^\n]+$/);
  return (error as PixscaleError).message;
}

/** Values between −1 and 1, the same in every call. */
export function wave(length: number, phase = 0): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.sin(0.7 * i + phase + 0.001 * i * i));
}

/** The weights with non-zero biases. */
export function withBiases(weights: readonly LayerWeights[]): LayerWeights[] {
  return weights.map(({ kernel, bias }, i) => ({
    kernel,
    bias: wave(bias.length, i).map((value) => value / 10),
  }));
}

/** Softmax outputs of the built-in engine for each image: exp(−loss) with each class as the label. */
export async function ourProbabilities(
  model: Model,
  weights: readonly LayerWeights[],
  images: Float32Array,
): Promise<number[]> {
  const backend = await WasmBackend.create({ model, weights, maxImages: 1, threads: 1, learningRate: 0 });
  try {
    const size = imageSize(model.input);
    const result: number[] = [];
    for (let start = 0; start < images.length; start += size) {
      backend.images.set(images.subarray(start, start + size));
      for (let label = 0; label < classCount(model); label++) {
        backend.labels[0] = label;
        result.push(Math.exp(-backend.evaluate(1).loss));
      }
    }
    return result;
  } finally {
    await backend.close();
  }
}

/** Softmax outputs of a TensorFlow.js model. */
export function theirProbabilities(model: tf.LayersModel, images: Float32Array, shape: ImageShape): number[] {
  const { height, width, channels } = shape;
  const count = images.length / imageSize(shape);
  return tf.tidy(() => {
    const output = model.predict(tf.tensor4d(images, [count, height, width, channels])) as tf.Tensor;
    return Array.from(output.dataSync());
  });
}

/** Loads an encoded model in TensorFlow.js. */
export function loadInTensorFlow({ json, bytes }: ReturnType<typeof encodeModel>): Promise<tf.LayersModel> {
  const document = JSON.parse(JSON.stringify(json)) as tf.io.ModelJSON;
  return tf.loadLayersModel(
    tf.io.fromMemory({
      modelTopology: document.modelTopology,
      weightSpecs: document.weightsManifest.flatMap((group) => group.weights),
      weightData: Uint8Array.from(bytes).buffer,
    }),
  );
}

/** The artifacts that `model.save` hands to its handler. */
export async function savedByTensorFlow(
  model: tf.LayersModel,
  options: tf.io.SaveConfig = {},
): Promise<Artifacts> {
  let saved: Artifacts | undefined;
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      saved = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
    }),
    options,
  );
  return saved ?? expect.fail("nothing was saved");
}

/** The `model.json` that TensorFlow.js writes for artifacts, and its weights file. */
export function filesOf({ modelTopology, weightSpecs = [], weightData }: Artifacts) {
  const manifest = [{ paths: ["weights.bin"], weights: weightSpecs }];
  const json = { format: "layers-model", modelTopology, weightsManifest: manifest };
  const parts = Array.isArray(weightData) ? weightData : [weightData ?? new ArrayBuffer(0)];
  return {
    json: JSON.parse(JSON.stringify(json)),
    bytes: Buffer.concat(parts.map((part) => Buffer.from(part))),
  };
}

/** The largest |actual − expected|; infinite if a value is not finite. */
export function worst(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  const differences = Array.from(actual, (value, i) => Math.abs(value - expected[i]));
  return differences.every(Number.isFinite) ? Math.max(...differences) : Number.POSITIVE_INFINITY;
}
