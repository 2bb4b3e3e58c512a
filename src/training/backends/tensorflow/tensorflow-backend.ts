import type * as tfjs from "@tensorflow/tfjs";
import { type ImageShape, imageSize } from "../../../data/dataset.ts";
import { oneLine, PixscaleError } from "../../../errors.ts";
import { type ModelFiles, toFiles } from "../../../model/network.ts";
import { type EncodedModel, encodeTensors } from "../../../model/tfjs/encode.ts";
import { checkWeightBytes } from "../../../model/tfjs/manifest.ts";
import type { MetricSums } from "../../metrics.ts";
import type { Backend, BackendOptions, BackendSettings, BackendState } from "../backend.ts";
import { Adam } from "./keras-adam.ts";
import type { TensorFlow } from "./load.ts";
import { withoutSoftmax } from "./logits.ts";

/** Keras clips probabilities by this before taking logarithms. */
const SMALLEST = 1e-7;

/** Outputs of a batch, [images, classes], and the loss of each image. */
type Results = [outputs: tfjs.Tensor, losses: tfjs.Tensor];

/** TensorFlow as a backend, through tfjs-node or another TensorFlow.js: any LayersModel from images to classes. */
export class TensorFlowBackend implements Backend {
  readonly input: ImageShape;
  readonly classes: number;
  readonly parameters: number;
  readonly images: Float32Array;
  readonly labels: Int32Array;
  readonly predictions: Int32Array;
  readonly probabilities: Float32Array;
  readonly #tf: TensorFlow;
  readonly #files: ModelFiles;
  readonly #model: tfjs.LayersModel;
  /** Whether the model's outputs are logits instead of probabilities. */
  readonly #logits: boolean;
  readonly #adam: Adam;

  private constructor(
    tf: TensorFlow,
    files: ModelFiles,
    model: tfjs.LayersModel,
    logits: boolean,
    options: BackendSettings,
  ) {
    this.#tf = tf;
    this.#files = files;
    this.#model = model;
    this.#logits = logits;
    [this.input, this.classes] = imagesToClasses(model, files.subject, options.imageShape);
    this.parameters = model.countParams();
    this.images = new Float32Array(options.maxImages * imageSize(this.input));
    this.labels = new Int32Array(options.maxImages);
    this.predictions = new Int32Array(options.maxImages);
    this.probabilities = new Float32Array(options.maxImages * this.classes);
    const shapes = model.trainableWeights.map(({ shape }) => shape as number[]);
    this.#adam = new Adam(tf, options.learningRate, shapes);
  }

  /** @throws PixscaleError if TensorFlow.js cannot load the model, or it does not map images to classes */
  static async create(tf: TensorFlow, options: BackendOptions): Promise<TensorFlowBackend> {
    await tf.ready();
    const files = toFiles(options);
    const { json, bytes, subject } = files;
    checkWeightBytes(json, bytes.length, subject);
    const { topology, logits } = withoutSoftmax(json.modelTopology);
    const model = await loadLayersModel(tf, { ...json, modelTopology: topology }, bytes, subject);
    try {
      return new TensorFlowBackend(tf, files, model, logits, options);
    } catch (error) {
      model.dispose();
      throw error;
    }
  }

  train(count: number): MetricSums {
    const tf = this.#tf;
    const results = tf.tidy(() => {
      const { images, labels } = this.#batch(count);
      const weights = this.#model.trainableWeights;
      const variables = weights.map((weight) => weight.read() as tfjs.Variable);
      let results: Results | undefined;
      const { grads } = tf.variableGrads(() => {
        const outputs = this.#model.apply(images, { training: true }) as tfjs.Tensor;
        const losses = this.#losses(outputs, labels);
        // variableGrads disposes all other tensors made here.
        results = [tf.keep(outputs), tf.keep(losses)];
        const penalties = this.#model.calculateLosses();
        return penalties.reduce((sum, penalty) => sum.add(penalty), losses.mean<tfjs.Scalar>());
      }, variables);
      const gradients = variables.map(({ name }) => grads[name]);
      this.#adam.update(variables, gradients).forEach((value, i) => {
        weights[i].write(value);
      });
      return results as Results;
    });
    return this.#sums(results);
  }

  evaluate(count: number): MetricSums {
    const results = this.#tf.tidy((): Results => {
      const { images, labels } = this.#batch(count);
      const outputs = this.#model.apply(images, { training: false }) as tfjs.Tensor;
      return [outputs, this.#losses(outputs, labels)];
    });
    return this.#sums(results);
  }

  save(): EncodedModel {
    const tensors = this.#model.weights.map((weight) => ({
      name: weight.originalName,
      shape: weight.shape as number[],
      dtype: weight.dtype,
      values: weight.read().dataSync(),
    }));
    return encodeTensors(this.#files.json, tensors);
  }

  state(): BackendState {
    return { weights: this.#model.weights.map((weight) => weight.read().dataSync()), ...this.#adam.state() };
  }

  setState({ weights, ...adam }: BackendState): void {
    this.#tf.tidy(() => {
      this.#model.weights.forEach((weight, i) => {
        weight.write(this.#tf.tensor(weights[i], weight.shape as number[], weight.dtype));
      });
    });
    this.#adam.setState(adam);
  }

  async close(): Promise<void> {
    this.#adam.dispose();
    this.#model.dispose();
  }

  #batch(count: number): { images: tfjs.Tensor4D; labels: tfjs.Tensor } {
    const { height, width, channels } = this.input;
    const images = this.images.subarray(0, count * imageSize(this.input));
    const labels = this.#tf.tensor1d(this.labels.subarray(0, count), "int32");
    return {
      images: this.#tf.tensor4d(images, [count, height, width, channels]),
      labels: this.#tf.oneHot(labels, this.classes).toFloat(),
    };
  }

  /** Cross-entropy of each image. */
  #losses(outputs: tfjs.Tensor, labels: tfjs.Tensor): tfjs.Tensor {
    const tf = this.#tf;
    if (this.#logits) {
      return tf.losses.softmaxCrossEntropy(labels, outputs, undefined, undefined, tf.Reduction.NONE);
    }
    const probabilities = this.#probabilitiesOf(outputs).clipByValue(SMALLEST, 1 - SMALLEST);
    return labels.mul(probabilities.log()).sum(1).neg();
  }

  #probabilitiesOf(outputs: tfjs.Tensor): tfjs.Tensor {
    return this.#logits ? outputs.softmax() : outputs.div(outputs.sum(1, true));
  }

  /** Reads the results of a batch and disposes of them. */
  #sums([outputs, losses]: Results): MetricSums {
    const classes = this.#tf.tidy(() => outputs.argMax(1).dataSync());
    this.predictions.set(classes);
    this.probabilities.set(this.#tf.tidy(() => this.#probabilitiesOf(outputs).dataSync()));
    let loss = 0;
    for (const one of losses.dataSync()) loss += one;
    this.#tf.dispose([outputs, losses]);
    return { loss, correct: classes.filter((given, i) => given === this.labels[i]).length };
  }
}

async function loadLayersModel(
  tf: TensorFlow,
  json: EncodedModel["json"],
  bytes: Uint8Array,
  subject: string,
): Promise<tfjs.LayersModel> {
  try {
    const { modelTopology, weightsManifest } = json as unknown as tfjs.io.ModelJSON;
    const model = await tf.loadLayersModel(
      tf.io.fromMemory({
        modelTopology,
        weightSpecs: weightsManifest.flatMap(({ weights }) => weights),
        weightData: Uint8Array.from(bytes).buffer,
      }),
    );
    requireFinite(model, subject);
    return model;
  } catch (cause) {
    if (cause instanceof PixscaleError) throw cause;
    const [reason] = String(cause instanceof Error ? cause.message : cause).split("\n");
    const problem = `TensorFlow.js cannot load the model (${oneLine(reason)})`;
    throw new PixscaleError(subject, problem, "save it again with TensorFlow.js or its converter", { cause });
  }
}

function requireFinite(model: tfjs.LayersModel, subject: string): void {
  if (model.weights.every((weight) => weight.read().dataSync().every(Number.isFinite))) return;
  model.dispose();
  throw new PixscaleError(subject, "some weights are not finite numbers", "train and save the model again");
}

/** @throws PixscaleError if the model does something else */
function imagesToClasses(
  model: tfjs.LayersModel,
  subject: string,
  given: ImageShape | undefined,
): [input: ImageShape, classes: number] {
  if (model.inputs.length !== 1 || model.outputs.length !== 1) {
    const problem = `the model has ${model.inputs.length} inputs and ${model.outputs.length} outputs`;
    throw new PixscaleError(subject, problem, "use a model with one of each");
  }
  const [, ...input] = model.inputs[0].shape;
  const [, ...output] = model.outputs[0].shape;
  const [height = given?.height, width = given?.width, channels = given?.channels] = input.map(
    (dimension) => dimension ?? undefined,
  );
  if (input.length !== 3 || !height || !width || !channels) {
    const problem = `the model takes [${input}], not images with a height, width and channels`;
    throw new PixscaleError(subject, problem, "use a model for images");
  }
  const [classes] = output;
  if (output.length !== 1 || !classes || classes < 2) {
    const problem = `the model returns [${output}] for an image, not one probability per class`;
    throw new PixscaleError(subject, problem, "use a model that ends with one unit per class");
  }
  return [{ height, width, channels }, classes];
}
