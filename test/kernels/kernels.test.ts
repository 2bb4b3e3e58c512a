import { describe, expect, it } from "vitest";
import type { ConvolutionStage, DenseStage } from "../../src/engine/stages.ts";
import { Method } from "../../src/kernels/tables.ts";
import {
  conv2d,
  conv2dGradients,
  dense,
  denseGradients,
  maxPool,
  maxPoolGradient,
  PlainAdam,
  relu,
  softmaxCrossEntropy,
} from "../engine/plain.ts";
import { firstDifference, integers, randomOf, uniform, worstError } from "../engine/support.ts";
import {
  adamOn,
  convolve,
  convolveBack,
  denseForward,
  denseInputGradient,
  denseKernelGradient,
  Harness,
  INITIAL_GRADIENT,
  pool,
  poolBack,
  softmax,
} from "./kernel-harness.ts";

/**
 * Error of float32 against float64 on the same float32 inputs. A sum of K products with random signs has an error of about
 * √K · 2⁻²⁵ of its typical size. K is at most 7·7·32 = 1568 here: 1.2e-6 for a typical sum, and a few times that for the worst of
 * many (observed: 5.2e-6).
 */
const SUM_ERROR = 1e-5;

const KERNELS = [
  [1, 1],
  [2, 2],
  [3, 3],
  [5, 5],
  [3, 5],
  [7, 7],
] as const;
const CHANNELS = [1, 2, 3, 4, 5, 8, 12, 32];
const FILTERS = [1, 3, 8, 10, 12, 64];
const FLAGS = [
  { relu: false, pool: false },
  { relu: true, pool: false },
  { relu: false, pool: true },
  { relu: true, pool: true },
];
const DEAD = 4;
const MOST_PRODUCTS = 1.5e6;

const harness = new Harness(8);

/** Every kernel size with every number of channels; heights, widths, filters and images vary along. */
const shapes = KERNELS.flatMap(([kernelHeight, kernelWidth], k) =>
  CHANNELS.map((channels, i) => {
    const turn = k * CHANNELS.length + i;
    const height = Math.max(3 + ((turn * 4) % 15), kernelHeight + 1);
    const width = Math.max(3 + ((turn * 7 + 5) % 15), kernelWidth + 1);
    const filters = FILTERS[(turn + k) % FILTERS.length];
    return {
      kernelHeight,
      kernelWidth,
      filters,
      input: { height, width: width + (width === height ? 1 : 0), channels },
    };
  }),
);

type Shape = Omit<ConvolutionStage, "kind" | "relu" | "pool">;

function describeShape({ kernelHeight, kernelWidth, filters, input }: Shape): string {
  return `${input.height}×${input.width}×${input.channels}, kernel ${kernelHeight}×${kernelWidth}×${filters}`;
}

/** From 1 to 9 images, fewer where the plain implementation would be slow. */
function imagesFor({ kernelHeight, kernelWidth, filters, input }: Shape, turn: number): number {
  const products = input.height * input.width * input.channels * kernelHeight * kernelWidth * filters;
  return Math.max(1, Math.min(1 + (turn % 9), Math.floor(MOST_PRODUCTS / products)));
}

/** Random data: whole numbers, which float32 computes exactly, or reals. */
function convolutionData(stage: ConvolutionStage, images: number, whole: boolean, seed: number) {
  const random = randomOf(seed);
  const draw = whole ? integers : uniform;
  const { height, width, channels } = stage.input;
  return {
    input: draw(images * height * width * channels, 2, random),
    kernel: draw(stage.kernelHeight * stage.kernelWidth * channels * stage.filters, 2, random),
    bias: draw(stage.filters, 3, random),
  };
}

/** Convolution, ReLU, pool and the codes of pooling.ts, in float64. */
function plainConvolution(stage: ConvolutionStage, images: number, data: ReturnType<typeof convolutionData>) {
  const { kernelHeight, kernelWidth, filters } = stage;
  const convolved = conv2d(stage, images, data.input, data.kernel, data.bias);
  const shape = {
    height: stage.input.height - kernelHeight + 1,
    width: stage.input.width - kernelWidth + 1,
    channels: filters,
  };
  const activated = stage.relu ? relu(convolved) : convolved;
  // Taking positions before the ReLU only makes a difference where it is inactive, and there positions do not matter.
  const places = stage.pool
    ? maxPool(shape, images, convolved).from
    : Int32Array.from(convolved, (_, i) => i);
  const output = Float64Array.from(places, (place) => activated[place]);
  const codes = Array.from(places, (place) => {
    if (stage.relu && activated[place] === 0) return DEAD;
    if (!stage.pool) return 0;
    const pixel = Math.floor(place / filters);
    return 2 * ((Math.floor(pixel / shape.width) % shape.height) % 2) + ((pixel % shape.width) % 2);
  });
  return { output, codes, places, size: convolved.length };
}

function checkForward(method: Method, shape: Shape, turn: number, bound: number): number {
  let worst = 0;
  FLAGS.forEach((flags, i) => {
    const stage: ConvolutionStage = { kind: "convolution", ...shape, ...flags };
    const images = imagesFor(shape, turn + 2 * i);
    const whole = convolutionData(stage, images, true, turn);
    const exact = plainConvolution(stage, images, whole);
    const result = convolve(harness, method, stage, images, whole);
    expect(firstDifference(result.output, exact.output)).toBe(-1);
    expect(firstDifference(result.codes, exact.codes)).toBe(-1);
    const evaluated = convolve(harness, method, stage, images, whole, false);
    expect(firstDifference(evaluated.output, exact.output)).toBe(-1);

    const reals = convolutionData(stage, images, false, turn + 1000);
    const expected = plainConvolution(stage, images, reals);
    const { output } = convolve(harness, method, stage, images, reals);
    worst = Math.max(worst, worstError(output, expected.output));
  });
  expect(worst).toBeLessThan(bound);
  return worst;
}

describe("the direct convolution", () => {
  it.each(
    shapes.map((shape, turn) => ({ name: describeShape(shape), shape, turn })),
  )("agrees with the plain implementation: $name", ({ shape, turn }) => {
    checkForward(Method.direct, shape, turn, SUM_ERROR);
  });
});

describe("the Winograd convolution", () => {
  // The transforms add roundings of larger numbers, but the sums have only a ninth of the terms, one per channel. Observed:
  // 1.1e-6, where the direct method has 1.6e-6 on the same data.
  const bound = 5e-6;
  const cases = [4, 8, 12, 32]
    .flatMap((channels, i) =>
      FILTERS.map((filters, j) => {
        const turn = i * FILTERS.length + j;
        const input = { height: 3 + ((turn * 4 + 1) % 15), width: 4 + ((turn * 3) % 14), channels };
        return { kernelHeight: 3, kernelWidth: 3, filters, input };
      }),
    )
    .filter(({ input }) => input.height > 3);

  it.each(
    cases.map((shape, turn) => ({ name: describeShape(shape), shape, turn })),
  )("agrees with the plain implementation: $name", ({ shape, turn }) => {
    checkForward(Method.winograd, shape, turn, bound);
  });

  it("is about as accurate as the direct method", () => {
    const stage: ConvolutionStage = {
      kind: "convolution",
      input: { height: 13, width: 12, channels: 32 },
      kernelHeight: 3,
      kernelWidth: 3,
      filters: 64,
      relu: false,
      pool: false,
    };
    const data = convolutionData(stage, 3, false, 7);
    const { output: expected } = plainConvolution(stage, 3, data);
    const [direct, winograd] = [Method.direct, Method.winograd].map((method) =>
      worstError(convolve(harness, method, stage, 3, data).output, expected),
    );
    expect(direct).toBeLessThan(SUM_ERROR);
    expect(winograd).toBeLessThan(bound);
    expect(winograd).toBeLessThan(3 * direct);
  });

  it("handles more tiles than it transforms at a time", () => {
    const shape = {
      kernelHeight: 3,
      kernelWidth: 3,
      filters: 9,
      input: { height: 16, width: 17, channels: 8 },
    };
    for (const images of [2, 9]) {
      for (const flags of FLAGS) {
        const stage: ConvolutionStage = { kind: "convolution", ...shape, ...flags };
        const data = convolutionData(stage, images, true, images);
        const { output } = convolve(harness, Method.winograd, stage, images, data);
        expect(firstDifference(output, plainConvolution(stage, images, data).output)).toBe(-1);
      }
    }
  });
});

describe("the convolution of one channel", () => {
  const cases = FILTERS.flatMap((filters, i) =>
    [3, 4, 9, 28].map((height, j) => {
      const input = { height: height + 1, width: 4 + ((i * 5 + j * 3) % 26), channels: 1 };
      return { kernelHeight: 3, kernelWidth: 3, filters, input };
    }),
  );

  it.each(
    cases.map((shape, turn) => ({ name: describeShape(shape), shape, turn })),
  )("agrees with the plain implementation: $name", ({ shape, turn }) => {
    checkForward(Method.oneChannel, shape, turn, SUM_ERROR);
  });
});

/** The gradient before ReLU and pool, from the one after them. */
function throughActivation(forward: ReturnType<typeof plainConvolution>, outputGradient: Float64Array) {
  const gradient = new Float64Array(forward.size);
  forward.places.forEach((place, i) => {
    if (forward.codes[i] !== DEAD) gradient[place] += outputGradient[i];
  });
  return gradient;
}

function checkGradient(
  shape: Shape,
  flags: (typeof FLAGS)[number],
  images: number,
  seed: number,
  whole: boolean,
) {
  const stage: ConvolutionStage = { kind: "convolution", ...shape, ...flags };
  const data = convolutionData(stage, images, whole, seed);
  const forward = plainConvolution(stage, images, data);
  const random = randomOf(seed + 1);
  const some = (whole ? integers : uniform)(forward.output.length, 2, random);
  const outputGradient = some.map((g) => (random() < 0.2 ? 0 : g));
  const convolvedGradient = throughActivation(forward, outputGradient);
  const expected = conv2dGradients(stage, images, data.input, data.kernel, convolvedGradient);
  const back = (wantsInput: boolean) =>
    convolveBack(harness, stage, images, data, outputGradient, forward.codes, wantsInput);
  const added = (values: Float64Array) => values.map((value) => value + INITIAL_GRADIENT);
  const result = back(true);
  const alone = back(false);
  expect(firstDifference(alone.kernel, result.kernel)).toBe(-1);
  expect(firstDifference(alone.bias, result.bias)).toBe(-1);
  const pairs: [Float32Array, Float64Array][] = [
    [result.kernel, added(expected.kernel)],
    [result.bias, added(expected.bias)],
    [result.input, expected.input],
  ];
  for (const [actual, wanted] of pairs) {
    if (whole) expect(firstDifference(actual, wanted)).toBe(-1);
    else expect(worstError(actual, wanted)).toBeLessThan(SUM_ERROR);
  }
}

describe("the backward pass of a convolution", () => {
  it.each(
    shapes.map((shape, turn) => ({ name: describeShape(shape), shape, turn })),
  )("agrees with the plain implementation: $name", ({ shape, turn }) => {
    FLAGS.forEach((flags, i) => {
      checkGradient(shape, flags, imagesFor(shape, turn + 2 * i), turn, (turn + i) % 2 === 0);
    });
  });

  it("gives the same sums in several bands", () => {
    const shape = {
      kernelHeight: 3,
      kernelWidth: 3,
      filters: 64,
      input: { height: 17, width: 16, channels: 5 },
    };
    for (const flags of FLAGS) checkGradient(shape, flags, 2, 3, false);
  });

  it("passes no gradient through inactive ReLUs", () => {
    const stage: ConvolutionStage = {
      kind: "convolution",
      input: { height: 6, width: 7, channels: 3 },
      kernelHeight: 3,
      kernelWidth: 3,
      filters: 5,
      relu: true,
      pool: true,
    };
    const data = convolutionData(stage, 2, false, 1);
    const results = 2 * 2 * 2 * 5;
    const gradient = new Float64Array(results).fill(1);
    const dead = new Uint8Array(results).fill(DEAD);
    const result = convolveBack(harness, stage, 2, data, gradient, dead, true);
    expect(new Set(result.kernel)).toEqual(new Set([INITIAL_GRADIENT]));
    expect(new Set(result.bias)).toEqual(new Set([INITIAL_GRADIENT]));
    expect(new Set(result.input)).toEqual(new Set([0]));
  });
});

const INPUTS = [1, 2, 5, 6, 7, 13, 191, 192, 193, 400];
const UNITS = [1, 3, 7, 8, 9, 10, 16, 64];
const denseCases = INPUTS.flatMap((inputs, i) =>
  UNITS.map((units, j) => ({ inputs, units, images: 1 + ((3 * i + 5 * j) % 9) })),
);

describe("dense kernels", () => {
  it.each(denseCases)("agree with the plain implementation: $inputs inputs, $units units, $images images", ({
    inputs,
    units,
    images,
  }) => {
    const random = randomOf(inputs * 100 + units);
    const input = uniform(images * inputs, 1, random);
    const kernel = uniform(inputs * units, 1, random);
    const bias = uniform(units, 1, random);
    const paddedBias = Float32Array.from(
      { length: Math.ceil(units / 8) * 8 },
      (_, i) => bias[i] ?? Number.NaN,
    );
    const outputGradient = uniform(images * units, 1, random);
    const plain = dense({ inputs, units }, images, input, kernel, bias);
    const gradients = denseGradients({ inputs, units }, images, input, kernel, outputGradient);

    for (const withRelu of [false, true]) {
      const stage: DenseStage = { kind: "dense", inputs, units, relu: withRelu };
      const output = denseForward(harness, stage, images, { input, kernel, bias: paddedBias });
      expect(worstError(output, withRelu ? relu(plain) : plain)).toBeLessThan(SUM_ERROR);
    }
    const stage: DenseStage = { kind: "dense", inputs, units, relu: false };
    for (const pieces of [6, 192]) {
      const result = denseKernelGradient(harness, stage, images, input, outputGradient, pieces);
      expect(worstError(result, gradients.kernel)).toBeLessThan(SUM_ERROR);
    }
    const few = Math.min(images, 8);
    const result = denseInputGradient(harness, stage, few, kernel, outputGradient.subarray(0, few * units));
    expect(worstError(result, gradients.input.subarray(0, few * inputs))).toBeLessThan(SUM_ERROR);
  });

  it("are exact for whole numbers", () => {
    const random = randomOf(1);
    const [inputs, units, images] = [37, 11, 7];
    const input = integers(images * inputs, 9, random);
    const kernel = integers(inputs * units, 9, random);
    const bias = integers(16, 9, random);
    const outputGradient = integers(images * units, 9, random);
    const stage: DenseStage = { kind: "dense", inputs, units, relu: true };
    const gradients = denseGradients(stage, images, input, kernel, outputGradient);
    expect(denseForward(harness, stage, images, { input, kernel, bias })).toEqual(
      Float32Array.from(relu(dense(stage, images, input, kernel, bias))),
    );
    expect(denseKernelGradient(harness, stage, images, input, outputGradient, 12)).toEqual(
      Float32Array.from(gradients.kernel),
    );
    expect(denseInputGradient(harness, stage, images, kernel, outputGradient)).toEqual(
      Float32Array.from(gradients.input),
    );
  });
});

describe("max pooling", () => {
  const cases = CHANNELS.flatMap((channels, i) =>
    [2, 3, 4, 7, 16, 17].map((height, j) => ({
      height,
      width: 2 + ((5 * i + 7 * j) % 16),
      channels,
      images: 1 + ((i + j) % 9),
    })),
  );

  it.each(cases)("agrees with the plain implementation: $images × $height × $width × $channels", ({
    images,
    ...shape
  }) => {
    const random = randomOf(images * 1000 + shape.height * 20 + shape.width);
    const size = images * shape.height * shape.width * shape.channels;
    // Few different values, so that windows contain equals.
    const input = integers(size, 2, random);
    const { output, from } = maxPool(shape, images, input);
    const result = pool(harness, images, shape, input);
    expect(firstDifference(result.output, output)).toBe(-1);
    const outputGradient = uniform(output.length, 1, random);
    const back = poolBack(harness, images, shape, outputGradient, result.codes);
    expect(firstDifference(back, maxPoolGradient(outputGradient, from, size))).toBe(-1);
  });

  it("returns a negative value if all are negative", () => {
    const shape = { height: 2, width: 2, channels: 1 };
    const { output, codes } = pool(harness, 1, shape, [-5, -3, -3, -4]);
    expect([...output]).toEqual([-3]);
    expect([...codes]).toEqual([1]);
  });
});

describe("softmaxCrossEntropy", () => {
  // Results are rounded to float32 once; the module's exp and log are accurate to a few units in the last place of a double.
  const ROUNDING = 2 ** -24;

  function check(images: number, classes: number, logits: Float64Array, labels: number[]): void {
    const expected = softmaxCrossEntropy(images, classes, logits, labels);
    for (const wantsGradient of [true, false]) {
      const result = softmax(harness, images, classes, logits, labels, wantsGradient);
      expect(result.predictions).toEqual(expected.predictions);
      expected.losses.forEach((loss, n) => {
        expect(Math.abs(result.losses[n] - loss)).toBeLessThanOrEqual(1e-14 * Math.max(1, loss));
      });
      expected.probabilities.forEach((p, i) => {
        // Below float32's normal range the rounding error is absolute.
        expect(Math.abs(result.probabilities[i] - p)).toBeLessThanOrEqual(p * ROUNDING * 1.001 + 1e-45);
      });
      result.gradient.forEach((g, i) => {
        const wanted = expected.gradient[i];
        expect(Math.abs(g - wanted)).toBeLessThanOrEqual(Math.abs(wanted) * ROUNDING * 1.001 + 1e-16);
      });
      expect(result.gradient).toHaveLength(wantsGradient ? images * classes : 0);
    }
  }

  it.each([1, 2, 3, 4, 7, 8, 10, 64])("agrees with the plain implementation: %i classes", (classes) => {
    for (const [images, size] of [
      [1, 1],
      [5, 4],
      [9, 30],
      [8, 1000],
    ]) {
      const random = randomOf(classes * 10 + images);
      const labels = Array.from({ length: images }, () => Math.floor(random() * classes));
      check(images, classes, uniform(images * classes, size, random), labels);
    }
  });

  it("gives no NaN for logits of ±1000", () => {
    const logits = Float64Array.of(1000, -1000, 0, -1000, -1000, -1000, 1000, 1000, -1000);
    check(3, 3, logits, [1, 0, 2]);
    const result = softmax(harness, 3, 3, logits, [1, 0, 2], true);
    expect(result.losses[0]).toBe(2000);
    expect(result.losses[2]).toBeCloseTo(2000 + Math.log(2), 9);
    expect([...result.probabilities.slice(0, 3)]).toEqual([1, 0, 0]);
    expect([...result.gradient].some(Number.isNaN)).toBe(false);
  });

  it("predicts the first of equals", () => {
    check(2, 4, Float64Array.of(0, 3, 3, 1, -2, -2, -2, -2), [0, 3]);
  });
});

describe("adam", () => {
  // 1 − β₂ has a relative error of 1.3e-5 in float32, and half of that reaches the change of a weight.
  const CHANGE_ERROR = 1e-5;

  it.each([
    [4, 1e-3, 1e-7],
    [8, 1e-2, 1e-7],
    [52, 1e-1, 1e-3],
    [1000, 3e-4, 1e-8],
  ])("agrees with the plain implementation: %i values, learning rate %d, epsilon %d", (length, learningRate, epsilon) => {
    const random = randomOf(length);
    const [beta1, beta2] = [0.9, 0.999];
    const start = uniform(length, 1, random);
    const wanted = start.slice();
    const plain = new PlainAdam({ learningRate, beta1, beta2, epsilon });
    const step = adamOn(harness, start);
    for (let t = 1; t <= 10; t++) {
      // Gradients of very different sizes, including zero.
      const gradients = uniform(length, 1, random).map((g, i) =>
        Math.fround(g * [0, 1, 1e-3, 1e-6, 100][i % 5]),
      );
      const rate = (learningRate * Math.sqrt(1 - beta2 ** t)) / (1 - beta1 ** t);
      plain.update([wanted], [gradients]);
      const result = step(gradients, rate, 1 - beta1, 1 - beta2, epsilon);
      result.forEach((value, i) => {
        const rounding = t * 2 ** -24 * Math.max(1, Math.abs(wanted[i]));
        const change = CHANGE_ERROR * learningRate * t;
        expect(Math.abs(value - wanted[i])).toBeLessThanOrEqual(rounding + change);
      });
    }
    expect(worstError(start, wanted)).toBeGreaterThan(learningRate / 10);
  });

  it("does not change a weight whose gradient is always zero", () => {
    const step = adamOn(harness, [1, -2, 0, 1e-20]);
    const result = step([0, 0, 0, 0], 1e-3, 0.9, 0.999, 1e-7);
    expect(result).toEqual(Float32Array.of(1, -2, 0, 1e-20));
  });
});
