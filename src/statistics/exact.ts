/**
 * Mean and standard deviation from exact integer sums, correct to the last bit of a double.
 *
 * Both are computed as integers scaled by 2^128. Unless 0, neither is below 2^−53, so at least 75 bits remain, of which a
 * double keeps 53. Setting the lowest bit when any bits were cut off keeps the rounding correct.
 */
const SCALE_BITS = 128n;
const SCALE = 2 ** 128;

/**
 * `sum / count`, correctly rounded.
 *
 * @param sum,count non-negative integers; numbers up to 2^53; count at least 1
 */
export function exactMean(sum: number | bigint, count: number): number {
  return roundedRatio(BigInt(sum) << SCALE_BITS, BigInt(count), false);
}

/**
 * Population standard deviation `sqrt(count·squares − sum²) / count`, correctly rounded.
 *
 * @param sum,squares sums of the values and of their squares; non-negative integers, numbers up to 2^53
 * @param count number of values, at least 1
 */
export function exactDeviation(sum: number | bigint, squares: number | bigint, count: number): number {
  const n = BigInt(count);
  const total = BigInt(sum);
  const radicand = (n * BigInt(squares) - total * total) << (2n * SCALE_BITS);
  const root = integerSquareRoot(radicand);
  return roundedRatio(root, n, root * root !== radicand);
}

function roundedRatio(numerator: bigint, denominator: bigint, numeratorWasCut: boolean): number {
  const quotient = numerator / denominator;
  const wasCut = numeratorWasCut || quotient * denominator !== numerator;
  // The scale is a power of two, so the division is exact.
  return Number(wasCut ? quotient | 1n : quotient) / SCALE;
}

/** The largest integer whose square is not above `n`, by Newton's method; `n` below 2^1023. */
function integerSquareRoot(n: bigint): bigint {
  if (n === 0n) return 0n;
  const step = (root: bigint) => (root + n / root) >> 1n;
  // One step from any positive start lands at or above the root; the following steps only descend to it.
  let root = step(BigInt(Math.floor(Math.sqrt(Number(n)))));
  for (let next = step(root); next < root; next = step(root)) root = next;
  return root;
}
