import { setting, UsageError } from "./errors.ts";

/** Each purpose has its own counter word, so two purposes never share numbers. */
const PURPOSE_WORDS = {
  weights: 1,
  shuffle: 2,
  validation: 3,
  split: 4,
  limit: 5,
  directions: 6,
  sample: 7,
} as const;

export type RandomPurpose = keyof typeof PURPOSE_WORDS;

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const KEY_STEP_0 = 0x9e3779b9;
const KEY_STEP_1 = 0xbb67ae85;
const ROUNDS = 10;

const TWO_32 = 2 ** 32;

/** High 32 bits of the 64-bit product of two unsigned 32-bit integers, computed from 16-bit halves. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = (Math.imul(aHigh, bLow) + (Math.imul(aLow, bLow) >>> 16)) >>> 0;
  const carry = (Math.imul(aLow, bHigh) + (middle & 0xffff)) >>> 0;
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (carry >>> 16)) >>> 0;
}

/**
 * The block function Philox4x32-10: computes four random words from four counter words and two key words. From Salmon,
 * Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (2011), as in Random123.
 *
 * @param out receives the four words
 */
export function philox4x32(
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
  out: Uint32Array,
): void {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(MULTIPLIER_0, c0);
    const low0 = Math.imul(MULTIPLIER_0, c0);
    const high1 = multiplyHigh(MULTIPLIER_1, c2);
    const low1 = Math.imul(MULTIPLIER_1, c2);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + KEY_STEP_0) | 0;
    k1 = (k1 + KEY_STEP_1) | 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/**
 * A stream of random numbers, the same on every machine. Seed, purpose and index alone determine it, so the stream of any
 * epoch can be made without running the earlier ones. Its period is 2^34 numbers.
 */
export class RandomStream {
  readonly #key: readonly [number, number];
  readonly #purposeWord: number;
  readonly #index: number;
  readonly #block = new Uint32Array(4);
  #blocksUsed = 0;
  #wordsUsed = 4;

  /**
   * @param seed integer 0 … 2^53 − 1
   * @param index selects one of the purpose's streams, for example the epoch; integer 0 … 2^32 − 1
   * @throws UsageError on another seed
   * @throws RangeError on another index
   */
  constructor(seed: number, purpose: RandomPurpose, index = 0) {
    if (!Number.isSafeInteger(seed) || seed < 0) {
      const name = purpose === "split" ? "splitSeed" : "seed";
      const problem = `must be a whole number from 0 to 2^53 - 1 (got "${seed}")`;
      throw new UsageError(setting(name), problem, "choose another number");
    }
    if (!Number.isInteger(index) || index < 0 || index >= TWO_32) {
      throw new RangeError(`stream index ${index} is not an integer from 0 to 2^32 - 1`);
    }
    this.#key = [seed >>> 0, Math.floor(seed / TWO_32)];
    this.#purposeWord = PURPOSE_WORDS[purpose];
    this.#index = index;
  }

  /** A uniform integer 0 … 2^32 − 1. */
  nextUint32(): number {
    if (this.#wordsUsed === 4) {
      philox4x32([this.#blocksUsed, this.#index, this.#purposeWord, 0], this.#key, this.#block);
      this.#blocksUsed = (this.#blocksUsed + 1) >>> 0;
      this.#wordsUsed = 0;
    }
    return this.#block[this.#wordsUsed++];
  }

  /** A uniform multiple of 2^−24 in [0, 1), exact even in float32. */
  uniform(): number {
    return (this.nextUint32() >>> 8) / 2 ** 24;
  }

  /**
   * A uniform integer 0 … n − 1, without bias: numbers at or above the largest multiple of n are drawn again.
   *
   * @param n integer 1 … 2^32
   * @throws RangeError on another n
   */
  below(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > TWO_32) {
      throw new RangeError(`${n} is not an integer from 1 to 2^32`);
    }
    const limit = TWO_32 - (TWO_32 % n);
    let drawn = this.nextUint32();
    while (drawn >= limit) drawn = this.nextUint32();
    return drawn % n;
  }
}

/** Puts the indices in random order, in place (Fisher–Yates). */
export function shuffle(indices: Uint32Array, stream: RandomStream): void {
  for (let last = indices.length - 1; last > 0; last--) {
    const chosen = stream.below(last + 1);
    const moved = indices[last];
    indices[last] = indices[chosen];
    indices[chosen] = moved;
  }
}

/** 0 … count − 1 in random order. */
export function shuffledIndices(count: number, stream: RandomStream): Uint32Array {
  const indices = Uint32Array.from({ length: count }, (_, index) => index);
  shuffle(indices, stream);
  return indices;
}
