import type { Moments } from "./moments.ts";

/**
 * Moments of a stream of float batches, of one or more groups: value `i` of a batch belongs to group `i mod groups`. Each
 * batch is measured in two passes in double precision. Batches are merged by the formulas of Chan, Golub and LeVeque,
 * "Updating formulae and a pairwise algorithm for computing sample variances" (1979).
 */
export class RunningMoments {
  #count = 0;
  readonly #min: Float64Array;
  readonly #max: Float64Array;
  readonly #mean: Float64Array;
  /** Sum of squared differences from the mean. */
  readonly #spread: Float64Array;

  constructor(groups = 1) {
    this.#min = new Float64Array(groups).fill(Number.POSITIVE_INFINITY);
    this.#max = new Float64Array(groups).fill(Number.NEGATIVE_INFINITY);
    this.#mean = new Float64Array(groups);
    this.#spread = new Float64Array(groups);
  }

  /** @throws RangeError if the batch does not hold the same number of values for every group */
  add(batch: Float32Array): void {
    const groups = this.#mean.length;
    const added = batch.length / groups;
    if (!Number.isInteger(added)) {
      throw new RangeError(`${batch.length} values cannot be divided evenly among ${groups} groups`);
    }
    if (added === 0) return;
    updateRange(batch, this.#min, this.#max);
    const mean = sumByGroup(batch, groups).map((sum) => sum / added);
    const spread = spreadByGroup(batch, mean);
    const total = this.#count + added;
    for (let group = 0; group < groups; group++) {
      const difference = mean[group] - this.#mean[group];
      this.#mean[group] += (difference * added) / total;
      this.#spread[group] += spread[group] + ((difference * difference * added) / total) * this.#count;
    }
    this.#count = total;
  }

  /** The moments of all values so far. Mean and deviation are NaN before the first value. */
  moments(): Moments {
    const count = this.#count;
    return {
      count,
      min: this.#min.slice(),
      max: this.#max.slice(),
      mean: this.#mean.map((mean) => (count === 0 ? Number.NaN : mean)),
      std: this.#spread.map((spread) => Math.sqrt(spread / count)),
    };
  }
}

function updateRange(batch: Float32Array, min: Float64Array, max: Float64Array): void {
  const groups = min.length;
  if (groups === 1) {
    let low = min[0];
    let high = max[0];
    for (let i = 0; i < batch.length; i++) {
      const value = batch[i];
      if (value < low) low = value;
      if (value > high) high = value;
    }
    min[0] = low;
    max[0] = high;
    return;
  }
  for (let row = 0; row < batch.length; row += groups) {
    for (let group = 0; group < groups; group++) {
      const value = batch[row + group];
      if (value < min[group]) min[group] = value;
      if (value > max[group]) max[group] = value;
    }
  }
}

function sumByGroup(batch: Float32Array, groups: number): Float64Array {
  const sums = new Float64Array(groups);
  if (groups === 1) {
    sums[0] = sumOfAll(batch);
    return sums;
  }
  for (let row = 0; row < batch.length; row += groups) {
    for (let group = 0; group < groups; group++) sums[group] += batch[row + group];
  }
  return sums;
}

/** Four sums in parallel: in a single one, each addition would wait for the previous one. */
function sumOfAll(batch: Float32Array): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  const end = batch.length - (batch.length % 4);
  for (let i = 0; i < end; i += 4) {
    a += batch[i];
    b += batch[i + 1];
    c += batch[i + 2];
    d += batch[i + 3];
  }
  for (let i = end; i < batch.length; i++) a += batch[i];
  return a + b + (c + d);
}

/** Sum of squared differences from the mean, per group. */
function spreadByGroup(batch: Float32Array, mean: Float64Array): Float64Array {
  const groups = mean.length;
  const spread = new Float64Array(groups);
  if (groups === 1) {
    spread[0] = spreadOfAll(batch, mean[0]);
    return spread;
  }
  for (let row = 0; row < batch.length; row += groups) {
    for (let group = 0; group < groups; group++) {
      const difference = batch[row + group] - mean[group];
      spread[group] += difference * difference;
    }
  }
  return spread;
}

function spreadOfAll(batch: Float32Array, mean: number): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  const end = batch.length - (batch.length % 4);
  for (let i = 0; i < end; i += 4) {
    a += (batch[i] - mean) ** 2;
    b += (batch[i + 1] - mean) ** 2;
    c += (batch[i + 2] - mean) ** 2;
    d += (batch[i + 3] - mean) ** 2;
  }
  for (let i = end; i < batch.length; i++) a += (batch[i] - mean) ** 2;
  return a + b + (c + d);
}
