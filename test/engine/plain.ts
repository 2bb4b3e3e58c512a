import type { ConvolutionStage, DenseStage, StageSpec } from "../../src/engine/stages.ts";

/**
 * The reference implementation: convolutional networks in float64 with plain nested loops. It uses the alphabet of the kernels
 * (src/kernels/tables.ts) and TensorFlow's order of kernels, but no code of the engine, only its description of stages.
 */

export interface PlainShape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

type ConvolutionShape = Pick<ConvolutionStage, "input" | "kernelHeight" | "kernelWidth" | "filters">;
type DenseShape = Pick<DenseStage, "inputs" | "units">;

export interface PlainParameters {
  readonly kernel: Float64Array;
  readonly bias: Float64Array;
}

type Numbers = ArrayLike<number>;

function sizesOf({ input, kernelHeight: kernelH, kernelWidth: kernelW, filters: F }: ConvolutionShape) {
  const { height: H, width: W, channels: C } = input;
  return { H, W, C, kernelH, kernelW, F, outH: H - kernelH + 1, outW: W - kernelW + 1 };
}

/** Convolution without padding, stride 1, plus bias: [N][H][W][C] to [N][outH][outW][F]. */
export function conv2d(
  shape: ConvolutionShape,
  N: number,
  input: Numbers,
  kernel: Numbers,
  bias: Numbers,
): Float64Array {
  const { H, W, C, kernelH, kernelW, F, outH, outW } = sizesOf(shape);
  const output = new Float64Array(N * outH * outW * F);
  let at = 0;
  for (let n = 0; n < N; n++) {
    for (let outY = 0; outY < outH; outY++) {
      for (let outX = 0; outX < outW; outX++) {
        for (let f = 0; f < F; f++) {
          let sum = bias[f];
          for (let kh = 0; kh < kernelH; kh++) {
            for (let kw = 0; kw < kernelW; kw++) {
              for (let c = 0; c < C; c++) {
                const pixel = input[((n * H + outY + kh) * W + outX + kw) * C + c];
                sum += pixel * kernel[((kh * kernelW + kw) * C + c) * F + f];
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

/** Loss gradients with respect to a convolution's kernel, bias and input. */
export function conv2dGradients(
  shape: ConvolutionShape,
  N: number,
  input: Numbers,
  kernel: Numbers,
  outputGradient: Numbers,
): PlainParameters & { readonly input: Float64Array } {
  const { H, W, C, kernelH, kernelW, F, outH, outW } = sizesOf(shape);
  const kernelGradient = new Float64Array(kernelH * kernelW * C * F);
  const biasGradient = new Float64Array(F);
  const inputGradient = new Float64Array(N * H * W * C);
  let at = 0;
  for (let n = 0; n < N; n++) {
    for (let outY = 0; outY < outH; outY++) {
      for (let outX = 0; outX < outW; outX++) {
        for (let f = 0; f < F; f++) {
          const g = outputGradient[at++];
          if (g === 0) continue;
          biasGradient[f] += g;
          for (let kh = 0; kh < kernelH; kh++) {
            for (let kw = 0; kw < kernelW; kw++) {
              for (let c = 0; c < C; c++) {
                const pixel = ((n * H + outY + kh) * W + outX + kw) * C + c;
                const weight = ((kh * kernelW + kw) * C + c) * F + f;
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

/** 2×2 max pool, stride 2: values, the input each came from (the first of equals), and its lead over the second largest. */
export function maxPool(shape: PlainShape, N: number, input: Numbers) {
  const { height: H, width: W, channels: C } = shape;
  const outH = Math.floor(H / 2);
  const outW = Math.floor(W / 2);
  const size = N * outH * outW * C;
  const output = new Float64Array(size);
  const from = new Int32Array(size);
  const lead = new Float64Array(size);
  let at = 0;
  for (let n = 0; n < N; n++) {
    for (let outY = 0; outY < outH; outY++) {
      for (let outX = 0; outX < outW; outX++) {
        for (let c = 0; c < C; c++) {
          let best = Number.NEGATIVE_INFINITY;
          let second = Number.NEGATIVE_INFINITY;
          for (let dy = 0; dy < 2; dy++) {
            for (let dx = 0; dx < 2; dx++) {
              const place = ((n * H + 2 * outY + dy) * W + 2 * outX + dx) * C + c;
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

/** Passes each gradient to the input its output came from. */
export function maxPoolGradient(outputGradient: Numbers, from: Int32Array, inputSize: number): Float64Array {
  const gradient = new Float64Array(inputSize);
  from.forEach((place, i) => {
    gradient[place] += outputGradient[i];
  });
  return gradient;
}

/** Dense layer: [N][C] to [N][F]. */
export function dense(
  { inputs: C, units: F }: DenseShape,
  N: number,
  input: Numbers,
  kernel: Numbers,
  bias: Numbers,
): Float64Array {
  const output = new Float64Array(N * F);
  for (let n = 0; n < N; n++) {
    for (let f = 0; f < F; f++) {
      let sum = bias[f];
      for (let c = 0; c < C; c++) sum += input[n * C + c] * kernel[c * F + f];
      output[n * F + f] = sum;
    }
  }
  return output;
}

/** Loss gradients with respect to a dense layer's kernel, bias and input. */
export function denseGradients(
  { inputs: C, units: F }: DenseShape,
  N: number,
  input: Numbers,
  kernel: Numbers,
  outputGradient: Numbers,
): PlainParameters & { readonly input: Float64Array } {
  const kernelGradient = new Float64Array(C * F);
  const biasGradient = new Float64Array(F);
  const inputGradient = new Float64Array(N * C);
  for (let n = 0; n < N; n++) {
    for (let f = 0; f < F; f++) {
      const g = outputGradient[n * F + f];
      biasGradient[f] += g;
      for (let c = 0; c < C; c++) {
        kernelGradient[c * F + f] += g * input[n * C + c];
        inputGradient[n * C + c] += g * kernel[c * F + f];
      }
    }
  }
  return { kernel: kernelGradient, bias: biasGradient, input: inputGradient };
}

export function relu(values: Float64Array): Float64Array {
  return values.map((value) => Math.max(value, 0));
}

/** Zero where the ReLU's output is zero. */
export function reluGradient(output: Float64Array, gradient: Float64Array): Float64Array {
  return gradient.map((g, i) => (output[i] > 0 ? g : 0));
}

/** Softmax and cross-entropy of logits [N][F], and the gradient of the batch's mean loss with respect to the logits. */
export function softmaxCrossEntropy(N: number, F: number, logits: Numbers, labels: Numbers) {
  const losses = new Float64Array(N);
  const predictions = new Int32Array(N);
  const probabilities = new Float64Array(N * F);
  const gradient = new Float64Array(N * F);
  for (let n = 0; n < N; n++) {
    const row = Array.from({ length: F }, (_, f) => logits[n * F + f]);
    const largest = Math.max(...row);
    const sum = row.map((z) => Math.exp(z - largest)).reduce((a, b) => a + b);
    predictions[n] = row.indexOf(largest);
    losses[n] = Math.log(sum) + (largest - row[labels[n]]);
    row.forEach((z, f) => {
      const p = Math.exp(z - largest) / sum;
      probabilities[n * F + f] = p;
      gradient[n * F + f] = (p - (f === labels[n] ? 1 : 0)) / N;
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
  /** Gradients of the mean loss, one entry per stage with parameters. */
  readonly gradients: PlainParameters[];
  /** Gradient of the mean loss with respect to the images. */
  readonly imageGradient: Float64Array;
  /**
   * The smallest margin of any decision of a ReLU or pool, relative to the root mean square of its inputs. Where it is tiny,
   * different rounding may legitimately give different gradients.
   */
  readonly decisiveness: number;
}

type Backward = (gradient: Float64Array) => Float64Array;

/** Forward and backward pass of a whole network. */
export function runNetwork(
  stages: readonly StageSpec[],
  parameters: readonly PlainParameters[],
  images: Numbers,
  labels: Numbers,
  count: number,
): PlainResult {
  const gradients = parameters.map((p) => p);
  const backwardPasses: Backward[] = [];
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
    backwardPasses.push((gradient) => reluGradient(output, gradient));
  };
  const pool = (shape: PlainShape) => {
    const before = values;
    const { output, from, lead } = maxPool(shape, count, before);
    // After an inactive ReLU all four values are zero, and it does not matter which one the pool picks.
    decide(
      lead.filter((_, i) => output[i] !== 0),
      before,
    );
    values = output;
    backwardPasses.push((gradient) => maxPoolGradient(gradient, from, before.length));
  };
  const convolution = (stage: ConvolutionStage, index: number) => {
    const before = values;
    const { kernel, bias } = parameters[index];
    values = conv2d(stage, count, before, kernel, bias);
    backwardPasses.push((gradient) => {
      const result = conv2dGradients(stage, count, before, kernel, gradient);
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
      values = dense(stage, count, before, kernel, bias);
      backwardPasses.push((gradient) => {
        const result = denseGradients(stage, count, before, kernel, gradient);
        gradients[index] = { kernel: result.kernel, bias: result.bias };
        return result.input;
      });
      if (stage.relu) activate();
    }
  }

  const end = softmaxCrossEntropy(count, values.length / count, values, labels);
  let gradient: Float64Array = end.gradient;
  for (const backward of backwardPasses.reverse()) gradient = backward(gradient);
  const { losses, predictions, probabilities } = end;
  return { losses, predictions, probabilities, gradients, imageGradient: gradient, decisiveness };
}

export function rootMeanSquare(values: Numbers): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] ** 2;
  return Math.sqrt(sum / values.length);
}
