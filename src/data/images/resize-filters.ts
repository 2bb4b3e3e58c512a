/** Filters that resize images by weighted sums. */
export const FILTERS = ["bilinear", "bicubic", "lanczos", "box", "hamming"] as const;
export type FilterName = (typeof FILTERS)[number];

/** Weights of consecutive source values, from index `start` on. They add up to 1, except for rounding. */
export interface Taps {
  readonly start: number;
  readonly weights: Float64Array;
}

/** A filter is 0 where |x| exceeds its radius. */
interface Filter {
  readonly radius: number;
  at(x: number): number;
}

/** Bicubic convolution (Keys, 1981) with a = −1/2. */
const BICUBIC_A = -0.5;
const LANCZOS_RADIUS = 3;

/** The constants of the Hamming window, which Pillow writes in float32. */
const HAMMING = [Math.fround(0.54), Math.fround(0.46)];

/**
 * The filters of Pillow's `Image.resize`, with its order of operations. `Math.sin` may differ from C's in the last bit; rounding
 * to a byte's or a 16-bit result hides that, except in a tie.
 */
const SHAPES: Record<FilterName, Filter> = {
  bilinear: {
    radius: 1,
    at: (x) => Math.max(0, 1 - Math.abs(x)),
  },
  bicubic: {
    radius: 2,
    at: (signed) => {
      const x = Math.abs(signed);
      if (x < 1) return ((BICUBIC_A + 2) * x - (BICUBIC_A + 3)) * x * x + 1;
      return x < 2 ? (((x - 5) * x + 8) * x - 4) * BICUBIC_A : 0;
    },
  },
  lanczos: {
    radius: LANCZOS_RADIUS,
    at: (x) => (Math.abs(x) < LANCZOS_RADIUS ? sinc(x) * sinc(x / LANCZOS_RADIUS) : 0),
  },
  box: {
    radius: 0.5,
    at: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0),
  },
  hamming: {
    radius: 1,
    at: (x) => {
      // Exactly 1, although the constants do not add up to it.
      if (x === 0) return 1;
      return Math.abs(x) < 1 ? sinc(x) * (HAMMING[0] + HAMMING[1] * Math.cos(x * Math.PI)) : 0;
    },
  },
};

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI);
}

/**
 * Taps of each output value when `length` values become `outLength`, as Pillow computes them: the filter is centred on the
 * output's place in the source and, if there are fewer outputs than values, stretched by the scale.
 */
export function filterTaps(filter: FilterName, length: number, outLength: number): Taps[] {
  const { radius, at } = SHAPES[filter];
  const scale = length / outLength;
  const stretch = Math.max(1, scale);
  const support = radius * stretch;
  const shrink = 1 / stretch;
  return Array.from({ length: outLength }, (_, out) => {
    const centre = (out + 0.5) * scale;
    const start = Math.max(0, Math.trunc(centre - support + 0.5));
    const end = Math.min(length, Math.trunc(centre + support + 0.5));
    const weights = new Float64Array(end - start);
    let sum = 0;
    for (let i = 0; i < weights.length; i++) {
      weights[i] = at((i + start - centre + 0.5) * shrink);
      sum += weights[i];
    }
    if (sum !== 0) for (let i = 0; i < weights.length; i++) weights[i] /= sum;
    return withoutZeros(start, weights);
  });
}

/** Leaves out weights of 0 at both ends. */
function withoutZeros(start: number, weights: Float64Array): Taps {
  const first = weights.findIndex((weight) => weight !== 0);
  const last = weights.findLastIndex((weight) => weight !== 0);
  return { start: start + Math.max(0, first), weights: weights.subarray(Math.max(0, first), last + 1) };
}

/**
 * Source index of each output when `length` values become `outLength`, as in Pillow's `nearest`. For bytes Pillow adds the scale
 * once per output, for its mode I;16 it multiplies. The rounding errors differ, and they decide where an output lies exactly
 * between two values.
 */
export function nearestIndices(length: number, outLength: number, bytesPerValue: number): Int32Array {
  const scale = length / outLength;
  const indices = new Int32Array(outLength);
  let place = scale * 0.5;
  for (let out = 0; out < outLength; out++, place += scale) {
    indices[out] = bytesPerValue === 1 ? Math.trunc(place) : Math.trunc(scale * (out + 0.5));
  }
  return indices;
}
