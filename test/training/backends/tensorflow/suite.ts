import type * as tfjs from "@tensorflow/tfjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { imageSize } from "../../../../src/data/dataset.ts";
import { PixscaleError } from "../../../../src/errors.ts";
import type { Layer, Model } from "../../../../src/model/layers.ts";
import { type ModelFiles, type Network, toLayers } from "../../../../src/model/network.ts";
import { encodeModel } from "../../../../src/model/tfjs/encode.ts";
import { initialWeights } from "../../../../src/model/weights.ts";
import type { Backend } from "../../../../src/training/backends/backend.ts";
import { createBackend } from "../../../../src/training/backends/create.ts";
import type { TensorFlow } from "../../../../src/training/backends/tensorflow/load.ts";
import { TensorFlowBackend } from "../../../../src/training/backends/tensorflow/tensorflow-backend.ts";
import { WasmBackend } from "../../../../src/training/backends/wasm.ts";
import {
  type Case,
  dataOf,
  errorOf,
  recordedWeights as kerasWeights,
} from "../../../engine/keras-reference.ts";
import { flat } from "../../../engine/support.ts";

const SETTINGS = { threads: 2, learningRate: 1e-3 };

/** Pools and kernels of odd sizes, on images that are not square. */
const NET: Model = {
  input: { height: 11, width: 9, channels: 2 },
  layers: [
    { type: "conv2d", filters: 4, kernelSize: [3, 2], activation: "relu" },
    { type: "maxPooling2d" },
    { type: "conv2d", filters: 3, kernelSize: [1, 3], activation: "linear" },
    { type: "flatten" },
    { type: "dense", units: 7, activation: "relu" },
    { type: "dense", units: 5, activation: "softmax" },
  ],
};
const BATCH = 6;

/** Numbers from −1 to 1, the same each time. */
function wave(length: number, phase = 0): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.sin(0.7 * i + phase + 0.001 * i * i));
}

function fill(backend: Backend, phase = 0): void {
  backend.images.set(wave(backend.images.length, phase));
  backend.labels.set(backend.labels.map((_, i) => (3 * i + 1) % backend.classes));
}

function fresh(): { model: Model; weights: ReturnType<typeof initialWeights> } {
  return { model: NET, weights: initialWeights(NET, 5) };
}

async function failure(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => expect.fail("no error"),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(PixscaleError);
  const { message } = error as PixscaleError;
  expect(message).toMatch(/^[^\n:]+: [^\n;]+; [^\n]+$/);
  return message;
}

function crossEntropy(logits: readonly number[], label: number): number {
  const largest = Math.max(...logits);
  const sum = logits.reduce((total, logit) => total + Math.exp(logit - largest), 0);
  return largest + Math.log(sum) - logits[label];
}

/** What the backend must do with any TensorFlow.js, the native one or another. */
export function backendSuite(tf: TensorFlow, kerasCases: readonly (readonly [string, Case])[]): void {
  const create = (network: Network, maxImages = BATCH, learningRate = 1e-3) =>
    TensorFlowBackend.create(tf, { ...network, ...SETTINGS, maxImages, learningRate });

  /** The files TensorFlow.js would write. */
  async function saved(model: tfjs.LayersModel): Promise<ModelFiles> {
    let files: ModelFiles | undefined;
    await model.save(
      tf.io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData }) => {
        const parts = [weightData ?? []].flat();
        const json = { modelTopology, weightsManifest: [{ paths: ["weights.bin"], weights: weightSpecs }] };
        const bytes = Buffer.concat(parts.map((part) => Buffer.from(part)));
        files = { json: JSON.parse(JSON.stringify(json)), bytes, subject: "theirs/model.json" };
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
      }),
    );
    model.dispose();
    return files ?? expect.fail("nothing was saved");
  }

  /** Softmax or other outputs of a model of TensorFlow.js for the images of a backend. */
  async function predict(
    files: Pick<ModelFiles, "json" | "bytes">,
    images: Float32Array,
  ): Promise<number[][]> {
    const { modelTopology, weightsManifest } = files.json as unknown as tfjs.io.ModelJSON;
    const weightSpecs = weightsManifest.flatMap(({ weights }) => weights);
    const weightData = Uint8Array.from(files.bytes).buffer;
    const model = await tf.loadLayersModel(tf.io.fromMemory({ modelTopology, weightSpecs, weightData }));
    const [, ...shape] = model.inputs[0].shape as number[];
    const outputs = tf.tidy(() => {
      const batch = tf.tensor(images, [images.length / shape.reduce((a, b) => a * b), ...shape]);
      return (model.predict(batch) as tfjs.Tensor2D).arraySync();
    });
    model.dispose();
    return outputs;
  }

  describe.each(kerasCases)("Keras' training, %s", (_, recorded) => {
    const { input, filters, units, classes, batch, steps, names } = recorded;
    const seen: {
      loss: number;
      probabilities: number[];
      gradients: Float32Array[];
      weights: Float32Array[];
    }[] = [];

    beforeAll(async () => {
      const layers: Layer[] = [
        ...filters.flatMap((f): Layer[] => [
          { type: "conv2d", filters: f, kernelSize: [3, 3], activation: "relu" },
          { type: "maxPooling2d" },
        ]),
        { type: "flatten" },
        { type: "dense", units, activation: "relu" },
        { type: "dense", units: classes, activation: "softmax" },
      ];
      const [height, width, channels] = input;
      const model = { input: { height, width, channels }, layers };
      const gradients: Float32Array[] = [];
      const watched = {
        ...tf,
        variableGrads(f: () => tfjs.Scalar, variables: tfjs.Variable[] = []) {
          const result = tf.variableGrads(f, variables);
          const values = variables.map(({ name }) => result.grads[name].dataSync() as Float32Array);
          gradients.splice(0, gradients.length, ...values.map((value) => value.slice()));
          return result;
        },
      };
      const network = { model, weights: kerasWeights(recorded) };
      const backend = await TensorFlowBackend.create(watched, { ...network, ...SETTINGS, maxImages: batch });
      const { images, labels } = dataOf(recorded);
      const size = images.length / labels.length;
      for (let step = 0; step < steps.length; step++) {
        backend.images.set(images.subarray(step * batch * size, (step + 1) * batch * size));
        const probabilities = Array.from({ length: classes }, (__, label) => {
          backend.labels[0] = label;
          return Math.exp(-backend.evaluate(1).loss);
        });
        backend.labels.set(labels.subarray(step * batch, (step + 1) * batch));
        const loss = backend.train(batch).loss / batch;
        const { weights } = toLayers({ ...backend.save(), subject: "trained" });
        seen.push({ loss, probabilities, gradients: [...gradients], weights: flat(weights) });
      }
      await backend.close();
    });

    it.each(steps.map((step, i) => ({ step, i })))("step $i", ({ step, i }) => {
      expect(Math.abs(seen[i].loss - step.loss) / step.loss).toBeLessThan(1e-4);
      expect(seen[i].probabilities).toHaveLength(step.probs0.length);
      step.probs0.forEach((p, c) => {
        expect(Math.abs(seen[i].probabilities[c] - p)).toBeLessThan(1e-5);
      });
      expect(step.grads).toHaveLength(8);
      step.grads.forEach((gradient, k) => {
        expect(errorOf(seen[i].gradients[k], gradient), names[k]).toBeLessThan(1e-4);
      });
      step.weights_after.forEach((weights, k) => {
        expect(errorOf(seen[i].weights[k], weights), names[k]).toBeLessThan(1e-3);
      });
    });
  });

  describe("side by side with the built-in engine", () => {
    let theirs: Backend;
    let ours: Backend;

    beforeAll(async () => {
      theirs = await create(fresh());
      ours = await WasmBackend.create({ ...fresh(), ...SETTINGS, maxImages: BATCH });
    });

    afterAll(async () => {
      await theirs.close();
      await ours.close();
    });

    it("has the same input, classes and weights", () => {
      expect(theirs.input).toEqual(ours.input);
      expect([theirs.classes, theirs.parameters]).toEqual([ours.classes, ours.parameters]);
      expect(Buffer.from(theirs.save().bytes)).toEqual(Buffer.from(ours.save().bytes));
    });

    it("has the same losses and predictions, also for short batches", () => {
      for (let step = 0; step < 8; step++) {
        const count = step % 2 === 0 ? BATCH : BATCH - 2;
        for (const backend of [theirs, ours]) fill(backend, step);
        for (const action of ["evaluate", "train"] as const) {
          const [a, b] = [theirs[action](count), ours[action](count)];
          expect(Math.abs(a.loss - b.loss) / b.loss).toBeLessThan(1e-5);
          expect(a.correct).toBe(b.correct);
          expect(theirs.predictions.subarray(0, count)).toEqual(ours.predictions.subarray(0, count));
        }
      }
    });

    it("ends with the same weights, which each backend reads from the other", async () => {
      const [a, b] = [theirs, ours].map((backend) => toLayers({ ...backend.save(), subject: "trained" }));
      expect(a.model).toEqual(b.model);
      const [found, expected, start] = [a.weights, b.weights, fresh().weights].map((weights) =>
        flat(weights).flatMap((values) => [...values]),
      );
      expect(Math.max(...found.map((value, i) => Math.abs(value - expected[i])))).toBeLessThan(2e-5);
      const moved = found.filter((value, i) => Math.abs(value - start[i]) > 1e-3);
      expect(moved.length / found.length).toBeGreaterThan(0.5);
      for (const [from, open] of [
        [theirs, (files: ModelFiles) => createBackend("wasm", { ...files, ...SETTINGS, maxImages: BATCH })],
        [ours, (files: ModelFiles) => create(files)],
      ] as const) {
        const copy = await open({ ...from.save(), subject: "copy" });
        for (const backend of [from, copy]) fill(backend, 20);
        expect(copy.evaluate(BATCH).loss).toBeCloseTo(from.evaluate(BATCH).loss, 5);
        await copy.close();
      }
    });
  });

  it("continues from a state as if it had never stopped", async () => {
    const stopped = await create(fresh());
    const train = (backend: Backend, steps: readonly number[]) => {
      for (const step of steps) {
        fill(backend, step);
        backend.train(BATCH);
      }
    };
    train(stopped, [0, 1, 2]);
    const state = structuredClone(stopped.state());
    expect(state.steps).toBe(3);
    train(stopped, [3, 4]);
    const later = await create(fresh());
    later.setState(state);
    train(later, [3, 4]);
    expect(Buffer.from(later.save().bytes)).toEqual(Buffer.from(stopped.save().bytes));
    expect(later.state().steps).toBe(5);
    await later.close();
    await stopped.close();
  });

  it("leaks no tensor", async () => {
    const held = () => {
      const { numTensors, numDataBuffers, numBytes } = tf.memory();
      return { numTensors, numDataBuffers, numBytes };
    };
    const before = held();
    const backend = await create(fresh());
    const start = held();
    expect(start.numTensors).toBeGreaterThan(before.numTensors);
    for (let step = 0; step < 5; step++) {
      fill(backend, step);
      backend.train(BATCH);
      backend.evaluate(BATCH);
      backend.save();
      backend.setState(backend.state());
      expect(held()).toEqual(start);
    }
    await backend.close();
    expect(held()).toEqual(before);
  });

  it("uses the learning rate that it is given", async () => {
    const movedBy = async (learningRate: number) => {
      const backend = await create(fresh(), BATCH, learningRate);
      fill(backend);
      backend.train(BATCH);
      const [{ bias }] = toLayers({ ...backend.save(), subject: "trained" }).weights;
      await backend.close();
      return Math.max(...bias.map(Math.abs));
    };
    // Adam's first step is as long as the rate, where the gradient is far from zero.
    expect(await movedBy(0.01)).toBeCloseTo(0.01, 4);
    expect(await movedBy(0.0002)).toBeCloseTo(0.0002, 6);
  });

  describe("a model of layers that the built-in engine lacks", () => {
    const layers = () => {
      const input = tf.input({ shape: [8, 6, 3] });
      const relu = { activation: "relu", kernelInitializer: "glorotUniform" } as const;
      const conv = tf.layers.conv2d({ ...relu, filters: 4, kernelSize: 3, strides: 2, padding: "same" });
      const first = tf.layers.batchNormalization({ momentum: 0.5, name: "norm" }).apply(conv.apply(input));
      const other = tf.layers.separableConv2d({ filters: 4, kernelSize: 1 }).apply(first);
      const sum = tf.layers.add().apply([first, other] as tfjs.SymbolicTensor[]);
      const pooled = tf.layers.globalAveragePooling2d({}).apply(sum);
      const output = tf.layers.dense({ units: 3 }).apply(tf.layers.dropout({ rate: 0.2 }).apply(pooled));
      const outputs = tf.layers.softmax().apply(output) as tfjs.SymbolicTensor;
      return tf.model({ inputs: input, outputs });
    };

    it("is refused by that engine, which names the other backend", async () => {
      const files = await saved(layers());
      const message = await failure(createBackend("wasm", { ...files, ...SETTINGS, maxImages: 4 }));
      expect(message).toMatch(/^theirs\/model\.json: .*`backend: tensorflow`$/);
    });

    it("is evaluated, trained and saved", async () => {
      const files = await saved(layers());
      const before = tf.memory().numTensors;
      const backend = await create(files, BATCH, 0.02);
      expect([backend.input, backend.classes]).toEqual([{ height: 8, width: 6, channels: 3 }, 3]);
      fill(backend);
      const expected = (outputs: number[][]) =>
        outputs.reduce((sum, row, i) => sum - Math.log(row[backend.labels[i]]), 0);
      const first = backend.evaluate(BATCH);
      expect(first.loss).toBeCloseTo(expected(await predict(files, backend.images)), 4);

      const tensors = tf.memory().numTensors;
      for (let step = 0; step < 40; step++) backend.train(BATCH);
      expect(tf.memory().numTensors).toBe(tensors);
      const last = backend.evaluate(BATCH);
      expect(last.loss).toBeLessThan(0.9 * first.loss);

      const trained = backend.save();
      expect(trained.json.modelTopology).toEqual(files.json.modelTopology);
      const outputs = await predict(trained, backend.images);
      expect(last.loss).toBeCloseTo(expected(outputs), 4);
      expect([...backend.predictions]).toEqual(outputs.map((row) => row.indexOf(Math.max(...row))));
      await backend.close();
      expect(tf.memory().numTensors).toBe(before);

      const again = await create({ ...trained, subject: "trained" });
      fill(again);
      expect(again.evaluate(BATCH).loss).toBeCloseTo(last.loss, 5);
      await again.close();
    });

    it("updates the statistics of its batches in training only", async () => {
      const files = await saved(
        tf.sequential({
          layers: [
            tf.layers.batchNormalization({ momentum: 0.75, inputShape: [1, 1, 2] }),
            tf.layers.flatten(),
            tf.layers.dense({ units: 2, activation: "softmax" }),
          ],
        }),
      );
      const backend = await create(files, 4);
      const statistics = () => {
        const { json, bytes } = backend.save();
        const { weightsManifest } = json as unknown as tfjs.io.ModelJSON;
        const [{ weights }] = weightsManifest;
        const at = (wanted: string) => {
          const place = weights.findIndex(({ name }) => name.endsWith(wanted));
          const before = weights
            .slice(0, place)
            .reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b), 0);
          return Buffer.from(bytes).readFloatLE(4 * before);
        };
        return [at("moving_mean"), at("moving_variance")];
      };
      backend.images.set([1, 0, 2, 0, 3, 0, 6, 0]);
      backend.evaluate(4);
      expect(statistics()).toEqual([0, 1]);
      backend.train(4);
      // Mean 3 and variance 3.5, or 14 / 3 as an estimate of the population's; a quarter of the way from 0 and 1.
      const [mean, variance] = statistics();
      expect(mean).toBeCloseTo(0.75, 6);
      expect([0.75 + 3.5 / 4, 0.75 + 14 / 12].some((known) => Math.abs(known - variance) < 1e-5)).toBe(true);
      await backend.close();
    });

    it("can leave the size of its images open", async () => {
      const files = await saved(
        tf.sequential({
          layers: [
            tf.layers.conv2d({ filters: 3, kernelSize: 2, inputShape: [null, null, 2] }),
            tf.layers.globalMaxPooling2d({}),
            tf.layers.dense({ units: 4, activation: "softmax" }),
          ],
        }),
      );
      expect(await failure(create(files))).toMatch(/takes \[,,2\], not images/);
      const imageShape = { height: 5, width: 3, channels: 2 };
      const backend = await TensorFlowBackend.create(tf, { ...files, ...SETTINGS, maxImages: 2, imageShape });
      expect(backend.input).toEqual(imageShape);
      fill(backend);
      const first = backend.train(2).loss;
      expect(backend.evaluate(2).loss).toBeLessThan(first);
      await backend.close();
    });

    it("includes the gradients of its penalties", async () => {
      const kernelRegularizer = tf.regularizers.l2({ l2: 0.3 });
      const net = (penalty: boolean) =>
        tf.sequential({
          layers: [
            tf.layers.flatten({ inputShape: [2, 2, 1] }),
            tf.layers.dense({
              units: 3,
              activation: "softmax",
              kernelInitializer: tf.initializers.constant({ value: 0.5 }),
              ...(penalty ? { kernelRegularizer } : {}),
            }),
          ],
        });
      const gradientOf = async (penalty: boolean) => {
        let gradient = new Float32Array();
        const watched = {
          ...tf,
          variableGrads(f: () => tfjs.Scalar, variables: tfjs.Variable[] = []) {
            const result = tf.variableGrads(f, variables);
            gradient = Float32Array.from(result.grads[variables[0].name].dataSync());
            return result;
          },
        };
        const files = await saved(net(penalty));
        const backend = await TensorFlowBackend.create(watched, { ...files, ...SETTINGS, maxImages: 3 });
        fill(backend);
        backend.train(3);
        await backend.close();
        return gradient;
      };
      const [plain, penalized] = [await gradientOf(false), await gradientOf(true)];
      // d/dw of 0.3 w² at 0.5.
      penalized.forEach((value, i) => {
        expect(value - plain[i]).toBeCloseTo(2 * 0.3 * 0.5, 5);
      });
    });
  });

  describe("the loss", () => {
    const dense = (activation: "softmax" | "sigmoid" | "linear", ...more: tfjs.layers.Layer[]) =>
      tf.sequential({
        layers: [
          tf.layers.flatten({ inputShape: [1, 1, 2] }),
          tf.layers.dense({ units: 2, activation }),
          ...more,
        ],
      });
    /** Losses of an image of two pixels that become the logits, by label. */
    const losses = async (net: tfjs.LayersModel, pixels: readonly number[]) => {
      net.setWeights([tf.tensor2d([1, 0, 0, 1], [2, 2]), tf.zeros([2])]);
      const backend = await create(await saved(net), 1);
      backend.images.set(pixels);
      const both = [0, 1].map((label) => {
        backend.labels[0] = label;
        return backend.evaluate(1).loss;
      });
      await backend.close();
      return both;
    };

    it.each([
      ["a softmax in the last layer", () => dense("softmax")],
      ["a softmax left to the loss", () => dense("linear")],
      ["a softmax layer", () => dense("linear", tf.layers.softmax())],
      [
        "a softmax as an activation layer",
        () => dense("linear", tf.layers.activation({ activation: "softmax" })),
      ],
    ])("is exact where probabilities are too small for float32: %s", async (_, net) => {
      for (const pixels of [
        [1, 3],
        [-40, 100],
        [500, 0],
      ]) {
        const found = await losses(net(), pixels);
        [0, 1].forEach((label) => {
          expect(found[label]).toBeCloseTo(crossEntropy(pixels, label), 4);
        });
      }
    });

    it("of other outputs is computed from their shares, clipped as in Keras", async () => {
      const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
      const [first, second] = await losses(dense("sigmoid"), [1, -2]);
      const sum = sigmoid(1) + sigmoid(-2);
      expect(first).toBeCloseTo(-Math.log(sigmoid(1) / sum), 5);
      expect(second).toBeCloseTo(-Math.log(sigmoid(-2) / sum), 5);
      expect((await losses(dense("sigmoid"), [1, -200]))[1]).toBeCloseTo(-Math.log(1e-7), 3);
    });
  });

  describe("refuses", () => {
    const sequential = (...layers: tfjs.layers.Layer[]) => saved(tf.sequential({ layers }));
    const refused = async (files: ModelFiles) => {
      const message = await failure(create(files));
      expect(message).toMatch(/^theirs\/model\.json: /);
      return message;
    };

    it("a model of vectors", async () => {
      const files = await sequential(tf.layers.dense({ units: 2, inputShape: [9] }));
      expect(await refused(files)).toMatch(/takes \[9\], not images/);
    });

    it("a model whose output is images", async () => {
      const files = await sequential(tf.layers.conv2d({ filters: 2, kernelSize: 1, inputShape: [3, 3, 1] }));
      const before = tf.memory().numTensors;
      expect(await refused(files)).toMatch(/returns \[3,3,2\]/);
      expect(tf.memory().numTensors).toBe(before);
    });

    it("a model of one unit", async () => {
      const files = await sequential(
        tf.layers.flatten({ inputShape: [3, 3, 1] }),
        tf.layers.dense({ units: 1 }),
      );
      expect(await refused(files)).toMatch(/returns \[1\]/);
    });

    it("a model with two outputs", async () => {
      const input = tf.input({ shape: [3, 3, 1] });
      const flatten = tf.layers.flatten().apply(input);
      const outputs = [2, 3].map((units) => tf.layers.dense({ units }).apply(flatten) as tfjs.SymbolicTensor);
      expect(await refused(await saved(tf.model({ inputs: input, outputs })))).toMatch(
        /1 inputs and 2 outputs/,
      );
    });

    const encoded = (): ModelFiles => ({
      ...encodeModel(NET, fresh().weights),
      subject: "theirs/model.json",
    });

    it("a layer that TensorFlow.js does not know", async () => {
      const files = JSON.parse(JSON.stringify(encoded().json).replace('"Flatten"', '"Flutter"'));
      expect(await refused({ ...encoded(), json: files })).toMatch(/TensorFlow\.js cannot load.*Flutter/);
    });

    it("weights that are truncated or not numbers", async () => {
      const { bytes } = encoded();
      expect(await refused({ ...encoded(), bytes: bytes.subarray(4) })).toContain(
        `${bytes.length - 4} bytes`,
      );
      const broken = Buffer.from(bytes);
      broken.writeFloatLE(Number.NaN, 40);
      expect(await refused({ ...encoded(), bytes: broken })).toMatch(/not finite/);
    });
  });

  it("accepts images of one size only", async () => {
    const backend = await create(fresh(), 3);
    expect(backend.images.length).toBe(3 * imageSize(NET.input));
    await backend.close();
  });
}
