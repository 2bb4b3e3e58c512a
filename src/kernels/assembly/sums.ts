/** Bytes that one step takes: three vectors, so that the channels of three begin anew with each step. */
const STEP: usize = 48;
/** Steps whose values of at most 255, two per step and lane, fit in sums of 16 bits. */
const STEPS_PER_BLOCK: usize = 128;
/** Bytes of what is known of a channel, and where in it the parts begin: first the sum (u64). */
const ENTRY: usize = 48;
/** The sum of squares (u64). */
const SQUARES: usize = 8;
/** Sixteen bytes, one of which is the least value. */
const LEAST: usize = 16;
/** Sixteen bytes, one of which is the largest value. */
const LARGEST: usize = 32;

/**
 * Adds bytes to the sums of their channels, which take turns.
 *
 * @param channels 1 or 3
 * @param out [channels] entries; where there are no values yet, all bytes are 0, but 255 in the part of the least value
 */
export function sumBytes(bytes: usize, count: usize, channels: usize, out: usize): void {
  const end = bytes + count;
  const entry: usize = channels === 3 ? ENTRY : 0;
  // Lanes whose number has the rest 0, 1 and 2 when divided by 3.
  const rest0 = i8x16(-1, 0, 0, -1, 0, 0, -1, 0, 0, -1, 0, 0, -1, 0, 0, -1);
  const rest1 = i8x16(0, -1, 0, 0, -1, 0, 0, -1, 0, 0, -1, 0, 0, -1, 0, 0);
  const rest2 = i8x16(0, 0, -1, 0, 0, -1, 0, 0, -1, 0, 0, -1, 0, 0, -1, 0);
  while (bytes + STEP <= end) {
    const steps = min((end - bytes) / STEP, STEPS_PER_BLOCK);
    addBlock(bytes, steps, rest0, rest2, rest1, out);
    addBlock(bytes, steps, rest1, rest0, rest2, out + entry);
    addBlock(bytes, steps, rest2, rest1, rest0, out + 2 * entry);
    bytes += steps * STEP;
  }
  for (let channel: usize = 0; bytes < end; bytes++, channel = (channel + 1) % channels) {
    const value = load<u8>(bytes);
    const at = out + channel * ENTRY;
    addSums(at, value, <u64>value * value);
    store<u8>(at, min(value, load<u8>(at, LEAST)), LEAST);
    store<u8>(at, max(value, load<u8>(at, LARGEST)), LARGEST);
  }
}

/** Adds one byte in three: those in some lanes of each step's three vectors, which together are all lanes once. */
function addBlock(bytes: usize, steps: usize, first: v128, second: v128, third: v128, out: usize): void {
  const end = bytes + steps * STEP;
  let sums = i16x8.splat(0);
  let squares = i32x4.splat(0);
  let least = i8x16.splat(-1);
  let largest = i8x16.splat(0);
  for (; bytes < end; bytes += STEP) {
    const values = v128.or(
      v128.or(v128.and(v128.load(bytes), first), v128.and(v128.load(bytes, 16), second)),
      v128.and(v128.load(bytes, 32), third),
    );
    const low = i16x8.extend_low_i8x16_u(values);
    const high = i16x8.extend_high_i8x16_u(values);
    sums = i16x8.add(sums, i16x8.add(low, high));
    squares = i32x4.add(squares, i32x4.add(i32x4.dot_i16x8_s(low, low), i32x4.dot_i16x8_s(high, high)));
    least = i8x16.min_u(least, values);
    largest = i8x16.max_u(largest, values);
  }
  addSums(out, total(i32x4.extadd_pairwise_i16x8_u(sums)), total(squares));
  v128.store(out, i8x16.min_u(least, v128.load(out, LEAST)), LEAST);
  v128.store(out, i8x16.max_u(largest, v128.load(out, LARGEST)), LARGEST);
}

/** The sum of four unsigned numbers. */
function total(numbers: v128): u64 {
  const pairs = i64x2.add(i64x2.extend_low_i32x4_u(numbers), i64x2.extend_high_i32x4_u(numbers));
  return i64x2.extract_lane(pairs, 0) + i64x2.extract_lane(pairs, 1);
}

function addSums(out: usize, sum: u64, squares: u64): void {
  store<u64>(out, load<u64>(out) + sum);
  store<u64>(out, load<u64>(out, SQUARES) + squares, SQUARES);
}
