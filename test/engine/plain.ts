import type { ConvolutionStage, StageSpec } from "../../src/engine/stages.ts";

/**
 * Convolutional networks in float64 with plain nested loops: slow, and simple enough to be believed. Images are NHWC, kernels
 * in TensorFlow's order. It shares no code with the engine (only the type that describes a stage).
 */

export interface PlainShape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

export interface PlainParameters {
  readonly kernel: Float64Array;
  readonly bias: Float64Array;
}

type Numbers = ArrayLike<number>;

/** Convolution without padding, stride 1, plus bias. */
export function conv2d(
  input: Numbers,
  images: number,
  shape: PlainShape,
  kernel: Numbers,
  bias: Numbers,
  kernelHeight: number,
  kernelWidth: number,
  filters: number,
): Float64Array {
  const { height, width, channels } = shape;
  const outHeight = height - kernelHeight + 1;
  const outWidth = width - kernelWidth + 1;
  const output = new Float64Array(images * outHeight * outWidth * filters);
  let at = 0;
  for (let n = 0; n < images; n++) {
    for (let y = 0; y < outHeight; y++) {
      for (let x = 0; x < outWidth; x++) {
        for (let f = 0; f < filters; f++) {
          let sum = bias[f];
          for (let ky = 0; ky < kernelHeight; ky++) {
            for (let kx = 0; kx < kernelWidth; kx++) {
              for (let c = 0; c < channels; c++) {
                const pixel = input[((n * height + y + ky) * width + x + kx) * channels + c];
                sum += pixel * kernel[((ky * kernelWidth + kx) * channels + c) * filters + f];
              }
            }
          }
          output[at++] = sum;
        }
      }
    }
  }
  return output;
}

/** Loss gradients by a convolution's kernel, bias and input from the one by its output. */
export function conv2dGradients(
  input: Numbers,
  images: number,
  shape: PlainShape,
  kernel: Numbers,
  kernelHeight: number,
  kernelWidth: number,
  filters: number,
  outputGradient: Numbers,
): PlainParameters & { readonly input: Float64Array } {
  const { height, width, channels } = shape;
  const outHeight = height - kernelHeight + 1;
  const outWidth = width - kernelWidth + 1;
  const kernelGradient = new Float64Array(kernelHeight * kernelWidth * channels * filters);
  const biasGradient = new Float64Array(filters);
  const inputGradient = new Float64Array(images * height * width * channels);
  let at = 0;
  for (let n = 0; n < images; n++) {
    for (let y = 0; y < outHeight; y++) {
      for (let x = 0; x < outWidth; x++) {
        for (let f = 0; f < filters; f++) {
          const g = outputGradient[at++];
          if (g === 0) continue;
          biasGradient[f] += g;
          for (let ky = 0; ky < kernelHeight; ky++) {
            for (let kx = 0; kx < kernelWidth; kx++) {
              for (let c = 0; c < channels; c++) {
                const pixel = ((n * height + y + ky) * width + x + kx) * channels + c;
                const weight = ((ky * kernelWidth + kx) * channels + c) * filters + f;
                kernelGradient[weight] += g * input[pixel];
                inputGradient[pixel] += g * kernel[weight];
              }
            }
          }
        }
      }
    }
  }
  return { kernel: kernelGradient, bias: biasGradient, input: inputGradient };
}

/** 2×2 max pool, stride 2: the values, which input each came from (the first of equals), and its lead over the second. */
export function maxPool(input: Numbers, images: number, shape: PlainShape) {
  const { height, width, channels } = shape;
  const outHeight = Math.floor(height / 2);
  const outWidth = Math.floor(width / 2);
  const size = images * outHeight * outWidth * channels;
  const output = new Float64Array(size);
  const from = new Int32Array(size);
  const lead = new Float64Array(size);
  let at = 0;
  for (let n = 0; n < images; n++) {
    for (let y = 0; y < outHeight; y++) {
      for (let x = 0; x < outWidth; x++) {
        for (let c = 0; c < channels; c++) {
          let best = Number.NEGATIVE_INFINITY;
          let second = Number.NEGATIVE_INFINITY;
          for (let dy = 0; dy < 2; dy++) {
            for (let dx = 0; dx < 2; dx++) {
              const place = ((n * height + 2 * y + dy) * width + 2 * x + dx) * channels + c;
              if (input[place] > best) {
                second = best;
                best = input[place];
                from[at] = place;
              } else {
                second = Math.max(second, input[place]);
              }
            }
          }
          output[at] = best;
          lead[at] = best - second;
          at++;
        }
      }
    }
  }
  return { output, from, lead };
}

/** Sends each gradient to where its value came from. */
export function maxPoolGradient(outputGradient: Numbers, from: Int32Array, inputSize: number): Float64Array {
  const gradient = new Float64Array(inputSize);
  from.forEach((place, i) => {
    gradient[place] += outputGradient[i];
  });
  return gradient;
}

export function dense(
  input: Numbers,
  images: number,
  inputs: number,
  units: number,
  kernel: Numbers,
  bias: Numbers,
) {
  const output = new Float64Array(images * units);
  for (let n = 0; n < images; n++) {
    for (let u = 0; u < units; u++) {
      let sum = bias[u];
      for (let i = 0; i < inputs; i++) sum += input[n * inputs + i] * kernel[i * units + u];
      output[n * units + u] = sum;
    }
  }
  return output;
}

export function denseGradients(
  input: Numbers,
  images: number,
  inputs: number,
  units: number,
  kernel: Numbers,
  outputGradient: Numbers,
): PlainParameters & { readonly input: Float64Array } {
  const kernelGradient = new Float64Array(inputs * units);
  const biasGradient = new Float64Array(units);
  const inputGradient = new Float64Array(images * inputs);
  for (let n = 0; n < images; n++) {
    for (let u = 0; u < units; u++) {
      const g = outputGradient[n * units + u];
      biasGradient[u] += g;
      for (let i = 0; i < inputs; i++) {
        kernelGradient[i * units + u] += g * input[n * inputs + i];
        inputGradient[n * inputs + i] += g * kernel[i * units + u];
      }
    }
  }
  return { kernel: kernelGradient, bias: biasGradient, input: inputGradient };
}

export function relu(values: Float64Array): Float64Array {
  return values.map((value) => Math.max(value, 0));
}

/** Zero where the ReLU's output was. */
export function reluGradient(output: Float64Array, gradient: Float64Array): Float64Array {
  return gradient.map((g, i) => (output[i] > 0 ? g : 0));
}

/** Cross-entropy of softmax(logits) for each image, and the gradient of the batch's mean by the logits. */
export function softmaxCrossEntropy(logits: Numbers, images: number, classes: number, labels: Numbers) {
  const losses = new Float64Array(images);
  const predictions = new Int32Array(images);
  const probabilities = new Float64Array(images * classes);
  const gradient = new Float64Array(images * classes);
  for (let n = 0; n < images; n++) {
    const row = Array.from({ length: classes }, (_, c) => logits[n * classes + c]);
    const largest = Math.max(...row);
    const sum = row.map((z) => Math.exp(z - largest)).reduce((a, b) => a + b);
    predictions[n] = row.indexOf(largest);
    losses[n] = Math.log(sum) + (largest - row[labels[n]]);
    row.forEach((z, c) => {
      const p = Math.exp(z - largest) / sum;
      probabilities[n * classes + c] = p;
      gradient[n * classes + c] = (p - (c === labels[n] ? 1 : 0)) / images;
    });
  }
  return { losses, predictions, probabilities, gradient };
}

/** Adam as keras.optimizers.Adam computes it. */
export class PlainAdam {
  readonly #options: { learningRate: number; beta1: number; beta2: number; epsilon: number };
  readonly #m = new Map<number, Float64Array>();
  readonly #v = new Map<number, Float64Array>();
  #step = 0;

  constructor(options = { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 }) {
    this.#options = options;
  }

  /** One step of all variables, in place. */
  update(variables: readonly Float64Array[], gradients: readonly Numbers[]): void {
    const { learningRate, beta1, beta2, epsilon } = this.#options;
    this.#step++;
    const rate = (learningRate * Math.sqrt(1 - beta2 ** this.#step)) / (1 - beta1 ** this.#step);
    variables.forEach((variable, k) => {
      const m = this.#m.get(k) ?? new Float64Array(variable.length);
      const v = this.#v.get(k) ?? new Float64Array(variable.length);
      this.#m.set(k, m);
      this.#v.set(k, v);
      for (let i = 0; i < variable.length; i++) {
        const g = gradients[k][i];
        m[i] = beta1 * m[i] + (1 - beta1) * g;
        v[i] = beta2 * v[i] + (1 - beta2) * g * g;
        variable[i] -= (rate * m[i]) / (Math.sqrt(v[i]) + epsilon);
      }
    });
  }
}

export interface PlainResult {
  readonly losses: Float64Array;
  readonly predictions: Int32Array;
  readonly probabilities: Float64Array;
  /** Of the mean loss, one entry for each stage with parameters. */
  readonly gradients: PlainParameters[];
  /** Loss gradient by the images. */
  readonly imageGradient: Float64Array;
  /**
   * How far the nearest decision of a ReLU or a pool is from going the other way, relative to the root mean square of the
   * values it was made on. Where it is tiny, other roundings may rightly give other gradients.
   */
  readonly decisiveness: number;
}

type Backward = (gradient: Float64Array) => Float64Array;

/** Forward and backward through a whole network. */
export function runNetwork(
  stages: readonly StageSpec[],
  parameters: readonly PlainParameters[],
  images: Numbers,
  labels: Numbers,
  count: number,
): PlainResult {
  const gradients = parameters.map((p) => p);
  const way: Backward[] = [];
  let decisiveness = Number.POSITIVE_INFINITY;
  let values: Float64Array = Float64Array.from(images);
  let next = 0;

  const decide = (distances: Float64Array, among: Float64Array) => {
    const scale = rootMeanSquare(among);
    for (const d of distances) decisiveness = Math.min(decisiveness, Math.abs(d) / scale);
  };
  const activate = () => {
    const before = values;
    const output = relu(before);
    decide(before, before);
    values = output;
    way.push((gradient) => reluGradient(output, gradient));
  };
  const pool = (shape: PlainShape) => {
    const before = values;
    const { output, from, lead } = maxPool(before, count, shape);
    // Behind a closed ReLU all four are zero, and it does not matter which one is taken.
    decide(
      lead.filter((_, i) => output[i] !== 0),
      before,
    );
    values = output;
    way.push((gradient) => maxPoolGradient(gradient, from, before.length));
  };
  const convolution = (stage: ConvolutionStage, index: number) => {
    const before = values;
    const { input, kernelHeight, kernelWidth, filters } = stage;
    const { kernel, bias } = parameters[index];
    values = conv2d(before, count, input, kernel, bias, kernelHeight, kernelWidth, filters);
    way.push((gradient) => {
      const result = conv2dGradients(
        before,
        count,
        input,
        kernel,
        kernelHeight,
        kernelWidth,
        filters,
        gradient,
      );
      gradients[index] = { kernel: result.kernel, bias: result.bias };
      return result.input;
    });
  };

  for (const stage of stages) {
    if (stage.kind === "maxPooling") {
      pool(stage.input);
    } else if (stage.kind === "convolution") {
      const height = stage.input.height - stage.kernelHeight + 1;
      const width = stage.input.width - stage.kernelWidth + 1;
      convolution(stage, next++);
      if (stage.relu) activate();
      if (stage.pool) pool({ height, width, channels: stage.filters });
    } else {
      const before = values;
      const index = next++;
      const { kernel, bias } = parameters[index];
      values = dense(before, count, stage.inputs, stage.units, kernel, bias);
      way.push((gradient) => {
        const result = denseGradients(before, count, stage.inputs, stage.units, kernel, gradient);
        gradients[index] = { kernel: result.kernel, bias: result.bias };
        return result.input;
      });
      if (stage.relu) activate();
    }
  }

  const end = softmaxCrossEntropy(values, count, values.length / count, labels);
  let gradient: Float64Array = end.gradient;
  for (const backward of way.reverse()) gradient = backward(gradient);
  const { losses, predictions, probabilities } = end;
  return { losses, predictions, probabilities, gradients, imageGradient: gradient, decisiveness };
}

export function rootMeanSquare(values: Numbers): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] ** 2;
  return Math.sqrt(sum / values.length);
}
