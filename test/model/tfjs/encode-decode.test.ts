import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { imageSize } from "../../../src/data/dataset.ts";
import type { Model } from "../../../src/model/layers.ts";
import { referenceCnn } from "../../../src/model/reference-cnn.ts";
import { decodeModel } from "../../../src/model/tfjs/decode.ts";
import { encodeModel } from "../../../src/model/tfjs/encode.ts";
import { WEIGHTS_FILE, weightFiles } from "../../../src/model/tfjs/manifest.ts";
import { initialWeights } from "../../../src/model/weights.ts";
import {
  filesOf,
  loadInTensorFlow,
  ODD_NET,
  ourProbabilities,
  refusal,
  savedByTensorFlow,
  theirProbabilities,
  wave,
  withBiases,
  worst,
} from "../support.ts";

const CNN = referenceCnn({ height: 28, width: 28, channels: 1 }, 10);
const IMAGES = 3;

beforeAll(async () => {
  tf.env().set("IS_TEST", true);
  await tf.setBackend("cpu");
});

/** A change of a JSON document: the field at a path such as `a.0.b`, and its new value, or undefined to delete it. */
type Change = readonly [path: string, value: unknown];

function changed(json: unknown, ...changes: Change[]): unknown {
  const copy = JSON.parse(JSON.stringify(json));
  for (const [path, value] of changes) {
    const keys = path.split(".");
    const last = keys.pop() as string;
    const owner = keys.reduce((at, key) => at[key], copy);
    if (value === undefined) delete owner[last];
    else owner[last] = value;
  }
  return copy;
}

describe.each<[string, Model]>([
  ["the reference CNN", CNN],
  ["a net of odd sizes", ODD_NET],
])("%s, encoded", (_, model) => {
  const weights = withBiases(initialWeights(model, 5));
  const images = wave(IMAGES * imageSize(model.input));

  it("predicts the same in TensorFlow.js as in the built-in engine", async () => {
    const loaded = await loadInTensorFlow(encodeModel(model, weights));
    const theirs = theirProbabilities(loaded, images, model.input);
    const ours = await ourProbabilities(model, weights, images);
    expect(worst(ours, theirs)).toBeLessThan(1e-5);
    // Constant predictions would agree trivially.
    expect(Math.max(...theirs) - Math.min(...theirs)).toBeGreaterThan(0.01);
  });

  it("decodes to the same layers and the same bits", () => {
    const { json, bytes } = encodeModel(model, weights);
    const description = decodeModel(JSON.parse(JSON.stringify(json)), "model.json");
    expect(description.model).toEqual(model);
    expect(weightFiles(json, "model.json")).toEqual([WEIGHTS_FILE]);
    expect(description.decodeWeights(bytes)).toEqual(weights);
  });
});

/** The odd network, built by TensorFlow.js. */
function theirNet(): tf.Sequential {
  const net = tf.sequential({
    layers: [
      tf.layers.conv2d({ inputShape: [15, 13, 3], filters: 5, kernelSize: 5, activation: "relu" }),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.conv2d({ filters: 7, kernelSize: 1 }),
      tf.layers.conv2d({ filters: 3, kernelSize: [2, 3], activation: "relu", name: "a-name_of/its.own" }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 9, activation: "relu" }),
      tf.layers.dense({ units: 6, activation: "linear" }),
      tf.layers.dense({ units: 4, activation: "softmax" }),
    ],
  });
  const shapes = net.getWeights().map((tensor) => tensor.shape);
  net.setWeights(
    shapes.map((shape, i) => {
      const values = wave(tf.util.sizeFromShape(shape), i).map((value) => value / 3);
      return tf.tensor(values, shape);
    }),
  );
  return net;
}

describe("a model saved by TensorFlow.js", () => {
  const images = wave(IMAGES * imageSize(ODD_NET.input), 2);

  it("predicts the same in the built-in engine", async () => {
    const net = theirNet();
    const { json, bytes } = filesOf(await savedByTensorFlow(net));
    const { model, decodeWeights } = decodeModel(json, "model.json");
    expect(model).toEqual(ODD_NET);
    const ours = await ourProbabilities(model, decodeWeights(bytes), images);
    expect(worst(ours, theirProbabilities(net, images, ODD_NET.input))).toBeLessThan(1e-5);
  });

  it("may contain the state of its optimizer", async () => {
    const net = theirNet();
    net.compile({ optimizer: tf.train.adam(1e-3), loss: "categoricalCrossentropy" });
    const [xs, ys] = [
      tf.tensor4d(images, [IMAGES, 15, 13, 3]),
      tf.oneHot(tf.tensor1d([0, 1, 2], "int32"), 4),
    ];
    await net.trainOnBatch(xs, ys);
    const { json, bytes } = filesOf(await savedByTensorFlow(net, { includeOptimizer: true }));
    expect(json.weightsManifest[0].weights.length).toBeGreaterThan(net.getWeights().length);
    const { model, decodeWeights } = decodeModel(json, "model.json");
    const ours = await ourProbabilities(model, decodeWeights(bytes), images);
    expect(worst(ours, theirProbabilities(net, images, ODD_NET.input))).toBeLessThan(1e-5);
  });
});

describe("a model from the Keras converter", () => {
  it("may have a model_config, an InputLayer, layers in a list and several groups of weights files", () => {
    const weights = withBiases(initialWeights(ODD_NET, 5));
    const { json, bytes } = encodeModel(ODD_NET, weights);
    const ours = JSON.parse(JSON.stringify(json));
    const [group] = ours.weightsManifest;
    const [first, ...others] = ours.modelTopology.config.layers;
    delete first.config.batch_input_shape;
    const input = {
      class_name: "InputLayer",
      config: { batch_input_shape: [null, 15, 13, 3], dtype: "float32", sparse: false, name: "conv2d_input" },
    };
    const converted = {
      format: "layers-model",
      generatedBy: "keras v2.15.0",
      convertedBy: "TensorFlow.js Converter v4.22.0",
      modelTopology: {
        keras_version: "2.15.0",
        backend: "tensorflow",
        model_config: { class_name: "Sequential", config: [input, first, ...others] },
      },
      weightsManifest: [
        { paths: ["group1-shard1of2.bin", "group1-shard2of2.bin"], weights: group.weights.slice(0, 5) },
        { paths: ["group2-shard1of1.bin"], weights: group.weights.slice(5) },
      ],
    };
    const { model, decodeWeights } = decodeModel(converted, "model.json");
    expect(model).toEqual(ODD_NET);
    expect(weightFiles(converted, "model.json")).toEqual([
      "group1-shard1of2.bin",
      "group1-shard2of2.bin",
      "group2-shard1of1.bin",
    ]);
    expect(decodeWeights(bytes)).toEqual(weights);
  });

  it("may list its weights in another order and omit defaults", () => {
    const weights = withBiases(initialWeights(ODD_NET, 6));
    const { json } = encodeModel(ODD_NET, weights);
    const layers = "modelTopology.config.layers";
    const without = changed(
      json,
      [`${layers}.0.config.strides`, undefined],
      [`${layers}.0.config.use_bias`, undefined],
      [`${layers}.0.config.dilation_rate`, undefined],
      [`${layers}.1.config.strides`, null],
      [`${layers}.2.config.activation`, undefined],
      [`${layers}.2.config.kernel_size`, 1],
      [`${layers}.4.config.data_format`, undefined],
    ) as { weightsManifest: { weights: { name: string }[] }[] };
    without.weightsManifest[0].weights.reverse();
    const reversed = weights.flatMap(({ kernel, bias }) => [kernel, bias]).reverse();
    const bytes = Buffer.concat(reversed.map(({ buffer }) => Buffer.from(buffer as ArrayBuffer)));
    const { model, decodeWeights } = decodeModel(without, "model.json");
    expect(model).toEqual(ODD_NET);
    // At an odd offset in a larger buffer.
    const moved = Buffer.concat([Buffer.alloc(3), bytes]).subarray(3);
    expect(decodeWeights(moved)).toEqual(weights);
  });
});

describe("a model is rejected by name", () => {
  const { json, bytes } = encodeModel(ODD_NET, initialWeights(ODD_NET, 0));
  const layers = "modelTopology.config.layers";
  const weights = "weightsManifest.0.weights";
  const decode = (document: unknown) => decodeModel(document, "dir/model.json");

  /** Replaces the second layer, a pool, by one of another class. */
  const instead = (className: string): Change[] => [
    [`${layers}.1`, { class_name: className, config: { name: "the_layer" } }],
  ];

  it.each<[string, Change[], RegExp]>([
    ["a file without a topology", [["modelTopology", undefined]], /not a TensorFlow\.js LayersModel/],
    ["a file without weights", [["weightsManifest", undefined]], /not a TensorFlow\.js LayersModel/],
    ["a functional model", [["modelTopology.class_name", "Functional"]], /Functional.*Sequential/],
    ["a model of the older name", [["modelTopology.class_name", "Model"]], /Model.*Sequential/],
    ["no layers", [[layers, []]], /no layers/],
    ["no input shape", [[`${layers}.0.config.batch_input_shape`, undefined]], /input/],
    ["an open input shape", [[`${layers}.0.config.batch_input_shape`, [null, null, null, 3]]], /input/],
    ["vectors as input", [[`${layers}.0.config.batch_input_shape`, [null, 784]]], /input/],
    ["Dropout", instead("Dropout"), /the_layer.*Dropout/],
    ["BatchNormalization", instead("BatchNormalization"), /the_layer.*BatchNormalization/],
    ["AveragePooling2D", instead("AveragePooling2D"), /the_layer.*AveragePooling2D/],
    ["a layer without a class", [[`${layers}.1`, {}]], /not supported/],
    ["strides", [[`${layers}.0.config.strides`, [2, 2]]], /layer "conv2d" .*strides \[2,2\]/],
    ["unequal strides", [[`${layers}.0.config.strides`, [1, 2]]], /layer "conv2d" .*strides \[1,2\]/],
    ["padding", [[`${layers}.2.config.padding`, "same"]], /layer "conv2d_1" .*padding "same"/],
    ["dilation", [[`${layers}.2.config.dilation_rate`, [2, 2]]], /layer "conv2d_1" .*dilation_rate \[2,2\]/],
    ["groups", [[`${layers}.2.config.groups`, 5]], /layer "conv2d_1" .*groups 5/],
    [
      "channels first",
      [[`${layers}.2.config.data_format`, "channels_first"]],
      /layer "conv2d_1" .*channels_first/,
    ],
    ["a convolution without bias", [[`${layers}.0.config.use_bias`, false]], /layer "conv2d" .*use_bias/],
    ["no filters", [[`${layers}.0.config.filters`, 0]], /layer "conv2d" .*filters/],
    ["a wrong kernel size", [[`${layers}.0.config.kernel_size`, [3, 3, 3]]], /layer "conv2d" .*kernel_size/],
    ["tanh in a convolution", [[`${layers}.0.config.activation`, "tanh"]], /layer "conv2d" .*tanh/],
    ["softmax in a convolution", [[`${layers}.0.config.activation`, "softmax"]], /layer "conv2d" .*softmax/],
    ["larger pools", [[`${layers}.1.config.pool_size`, [3, 3]]], /layer "max_pooling2d" .*pool_size \[3,3\]/],
    [
      "overlapping pools",
      [[`${layers}.1.config.strides`, [1, 1]]],
      /layer "max_pooling2d" .*strides \[1,1\]/,
    ],
    ["padded pools", [[`${layers}.1.config.padding`, "same"]], /layer "max_pooling2d" .*padding "same"/],
    ["tanh in a dense layer", [[`${layers}.5.config.activation`, "tanh"]], /layer "dense" .*tanh/],
    ["a dense layer without bias", [[`${layers}.6.config.use_bias`, false]], /layer "dense_1" .*use_bias/],
    ["no units", [[`${layers}.6.config.units`, "many"]], /layer "dense_1" .*units/],
    ["no softmax at the end", [[`${layers}.7.config.activation`, "relu"]], /last layer.*softmax/],
    ["a softmax before the end", [[`${layers}.6.config.activation`, "softmax"]], /softmax/],
    [
      "an image that is too small",
      [[`${layers}.0.config.batch_input_shape`, [null, 4, 13, 3]]],
      /conv2d.*5×5/,
    ],
    ["float16 weights", [[`${weights}.0.dtype`, "float16"]], /conv2d\/kernel.*float32/],
    [
      "quantized weights",
      [[`${weights}.1.quantization`, { dtype: "uint8", min: 0, scale: 1 }]],
      /conv2d\/bias/,
    ],
    ["missing weights", [[`${weights}.1.name`, "something/else"]], /conv2d\/bias/],
    ["weights of a wrong shape", [[`${weights}.0.shape`, [5, 5, 5, 3]]], /conv2d\/kernel.*5,5,5,3.*5,5,3,5/],
    ["weights without a shape", [[`${weights}.0.shape`, undefined]], /conv2d\/kernel.*shape/],
  ])("for %s", async (_, changes, what) => {
    const message = await refusal(() => decode(changed(json, ...changes)));
    expect(message).toMatch(/^dir\/model\.json: /);
    expect(message).toMatch(what);
  });

  it("for a manifest without weights files", async () => {
    const message = await refusal(() =>
      weightFiles(changed(json, ["weightsManifest.0.paths", undefined]), "dir/model.json"),
    );
    expect(message).toMatch(/^dir\/model\.json: .*weights files/);
  });

  it.each([[null], [3], ["model"], [[]], [{}]])("if it is %j", async (document) => {
    expect(await refusal(() => decode(document))).toMatch(/^dir\/model\.json: is not a TensorFlow\.js/);
  });

  it.each([
    ["missing bytes", bytes.subarray(0, -4)],
    ["half a value missing", bytes.subarray(0, -1)],
    ["trailing bytes", Buffer.concat([bytes, Buffer.alloc(4)])],
    ["no bytes", new Uint8Array(0)],
  ])("for %s in the weights files", async (_, wrong) => {
    const message = await refusal(() => decode(json).decodeWeights(wrong));
    expect(message).toContain("dir/model.json: ");
    expect(message).toContain(String(wrong.length));
    expect(message).toContain(String(bytes.length));
  });

  it("for unsupported layers saved by TensorFlow.js", async () => {
    const net = theirNet();
    const dropping = tf.sequential({
      layers: [
        tf.layers.flatten({ inputShape: [4, 4, 1] }),
        tf.layers.dropout({ rate: 0.5, name: "forgets" }),
        tf.layers.dense({ units: 2, activation: "softmax" }),
      ],
    });
    const functional = tf.model({ inputs: net.inputs, outputs: net.outputs });
    const message = async (model: tf.LayersModel) => {
      const { json: document } = filesOf(await savedByTensorFlow(model));
      return refusal(() => decode(document));
    };
    expect(await message(dropping)).toMatch(/forgets.*Dropout/);
    expect(await message(functional)).toMatch(/Sequential/);
  });
});
