import type { StageSpec } from "../../src/engine/stages.ts";
import { type PlainParameters, type PlainShape, rootMeanSquare } from "./plain.ts";

/** Random numbers from 0 to 1 that depend only on the seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Uniform random numbers between −size and size, rounded to float32. */
export function uniform(length: number, size: number, random: () => number): Float64Array {
  return Float64Array.from({ length }, () => Math.fround((2 * random() - 1) * size));
}

/** Random whole numbers between −size and size. */
export function integers(length: number, size: number, random: () => number): Float64Array {
  return Float64Array.from({ length }, () => Math.floor(random() * (2 * size + 1)) - size);
}

/** The largest |actual − expected| relative to max(|expected|, root mean square of expected). */
export function worstError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) {
    throw new Error(`${actual.length} values instead of ${expected.length}`);
  }
  const scale = rootMeanSquare(expected);
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i] - expected[i]);
    if (difference === 0) continue;
    const error = difference / Math.max(Math.abs(expected[i]), scale);
    if (!(error <= worst)) worst = error;
  }
  return worst;
}

/** Index of the first difference in value (the sign of zero does not count), or −1; faster than `toEqual`. */
export function firstDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) {
    throw new Error(`${actual.length} values instead of ${expected.length}`);
  }
  for (let i = 0; i < expected.length; i++) if (actual[i] !== expected[i]) return i;
  return -1;
}

/** `worstError` over several arrays. */
export function worstOf(
  actual: readonly ArrayLike<number>[],
  expected: readonly ArrayLike<number>[],
): number {
  return Math.max(...expected.map((e, i) => worstError(actual[i], e)));
}

export function flat<T>(parameters: readonly { readonly kernel: T; readonly bias: T }[]): T[] {
  return parameters.flatMap(({ kernel, bias }) => [kernel, bias]);
}

/** A layer of `network`. */
export type NetworkLayer =
  | {
      readonly conv: readonly [height: number, width: number, filters: number];
      relu?: boolean;
      pool?: boolean;
    }
  | { readonly pool: true; readonly conv?: undefined };

/**
 * The stages of a network: convolutions and pools (those that do not fit are left out), hidden dense layers (without ReLU if the
 * units are negative), and the dense layer of the logits.
 */
export function network(
  input: PlainShape,
  layers: readonly NetworkLayer[],
  hidden: readonly number[],
  classes: number,
): StageSpec[] {
  const stages: StageSpec[] = [];
  let shape = input;
  for (const layer of layers) {
    if (layer.conv === undefined) {
      if (shape.height < 2 || shape.width < 2) continue;
      stages.push({ kind: "maxPooling", input: shape });
      shape = { ...shape, height: shape.height >> 1, width: shape.width >> 1 };
      continue;
    }
    const [kernelHeight, kernelWidth, filters] = layer.conv;
    const { relu = false, pool = false } = layer;
    const shift = pool ? 1 : 0;
    const height = (shape.height - kernelHeight + 1) >> shift;
    const width = (shape.width - kernelWidth + 1) >> shift;
    if (height < 1 || width < 1) continue;
    stages.push({ kind: "convolution", input: shape, kernelHeight, kernelWidth, filters, relu, pool });
    shape = { height, width, channels: filters };
  }
  let inputs = shape.height * shape.width * shape.channels;
  for (const units of hidden) {
    stages.push({ kind: "dense", inputs, units: Math.abs(units), relu: units > 0 });
    inputs = Math.abs(units);
  }
  stages.push({ kind: "dense", inputs, units: classes, relu: false });
  return stages;
}

/** Random weights of a typical size, with non-zero biases. */
export function randomParameters(stages: readonly StageSpec[], random: () => number): PlainParameters[] {
  return stages.flatMap((stage) => {
    if (stage.kind === "maxPooling") return [];
    const inputs =
      stage.kind === "dense" ? stage.inputs : stage.kernelHeight * stage.kernelWidth * stage.input.channels;
    const outputs = stage.kind === "dense" ? stage.units : stage.filters;
    const kernel = uniform(inputs * outputs, Math.sqrt(6 / (inputs + outputs)), random);
    return [{ kernel, bias: uniform(outputs, 0.2, random) }];
  });
}

export function float32(parameters: readonly PlainParameters[]) {
  return parameters.map(({ kernel, bias }) => ({
    kernel: Float32Array.from(kernel),
    bias: Float32Array.from(bias),
  }));
}

export function float64(
  parameters: readonly { readonly kernel: Float32Array; readonly bias: Float32Array }[],
): PlainParameters[] {
  return parameters.map(({ kernel, bias }) => ({
    kernel: Float64Array.from(kernel),
    bias: Float64Array.from(bias),
  }));
}

export function imageSize(stages: readonly StageSpec[]): number {
  const first = stages[0];
  return first.kind === "dense"
    ? first.inputs
    : first.input.height * first.input.width * first.input.channels;
}

export function classesOf(stages: readonly StageSpec[]): number {
  const last = stages[stages.length - 1];
  if (last.kind !== "dense") throw new Error("the last stage is not dense");
  return last.units;
}

export interface Batch {
  readonly images: Float64Array;
  readonly labels: Int32Array;
}

export function randomBatch(stages: readonly StageSpec[], count: number, random: () => number): Batch {
  const classes = classesOf(stages);
  return {
    images: uniform(count * imageSize(stages), 1, random),
    labels: Int32Array.from({ length: count }, () => Math.floor(random() * classes)),
  };
}
