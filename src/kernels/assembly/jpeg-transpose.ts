/** Results of a one-dimensional transform of eight rows or columns, which lie in the lanes of eight vectors of int16. */

/** Stores them as the rows of a block, int16 [8][8], with rows and columns swapped. */
export function storeSwapped(
  to: usize,
  r0: v128,
  r1: v128,
  r2: v128,
  r3: v128,
  r4: v128,
  r5: v128,
  r6: v128,
  r7: v128,
): void {
  const a0 = low16(r0, r1);
  const a1 = high16(r0, r1);
  const a2 = low16(r2, r3);
  const a3 = high16(r2, r3);
  const a4 = low16(r4, r5);
  const a5 = high16(r4, r5);
  const a6 = low16(r6, r7);
  const a7 = high16(r6, r7);
  const b0 = low32(a0, a2);
  const b1 = high32(a0, a2);
  const b2 = low32(a1, a3);
  const b3 = high32(a1, a3);
  const b4 = low32(a4, a6);
  const b5 = high32(a4, a6);
  const b6 = low32(a5, a7);
  const b7 = high32(a5, a7);
  v128.store(to, low64(b0, b4), 0);
  v128.store(to, high64(b0, b4), 16);
  v128.store(to, low64(b1, b5), 32);
  v128.store(to, high64(b1, b5), 48);
  v128.store(to, low64(b2, b6), 64);
  v128.store(to, high64(b2, b6), 80);
  v128.store(to, low64(b3, b7), 96);
  v128.store(to, high64(b3, b7), 112);
}

/** Stores them as samples, uint8 [8] in rows of `stride` bytes: 128 is added, rows and columns are swapped. */
export function storeSamples(
  to: usize,
  stride: usize,
  c0: v128,
  c1: v128,
  c2: v128,
  c3: v128,
  c4: v128,
  c5: v128,
  c6: v128,
  c7: v128,
): void {
  const a0 = i8x16.narrow_i16x8_s(c0, c2);
  const a1 = i8x16.narrow_i16x8_s(c1, c3);
  const a2 = i8x16.narrow_i16x8_s(c4, c6);
  const a3 = i8x16.narrow_i16x8_s(c5, c7);
  const b0 = low8(a0, a1);
  const b1 = high8(a0, a1);
  const b2 = low8(a2, a3);
  const b3 = high8(a2, a3);
  const d0 = low16(b0, b1);
  const d1 = high16(b0, b1);
  const d2 = low16(b2, b3);
  const d3 = high16(b2, b3);
  const center = i8x16.splat(-128);
  storeTwo(to, stride, v128.xor(low32(d0, d2), center));
  to += stride << 1;
  storeTwo(to, stride, v128.xor(high32(d0, d2), center));
  to += stride << 1;
  storeTwo(to, stride, v128.xor(low32(d1, d3), center));
  to += stride << 1;
  storeTwo(to, stride, v128.xor(high32(d1, d3), center));
}

/** Stores the same sample 64 times. */
export function storeSample(to: usize, stride: usize, sample: i32): void {
  const samples = i8x16.splat(<i8>sample);
  for (let y = 0; y < 4; y++, to += stride << 1) storeTwo(to, stride, samples);
}

function storeTwo(to: usize, stride: usize, rows: v128): void {
  v128.store64_lane(to, rows, 0);
  v128.store64_lane(to + stride, rows, 1);
}

function low8(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

function high8(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

export function low16(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23);
}

export function high16(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31);
}

function low32(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
}

function high32(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
}

function low64(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
}

function high64(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
}
