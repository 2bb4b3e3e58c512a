/** Exact integer sums over byte values, one entry per group. */
export interface ByteSums {
  /** Values in each group. */
  readonly count: number;
  readonly sum: Float64Array;
  readonly squares: Float64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
}

function emptySums(groups: number, count: number): ByteSums {
  return {
    count,
    sum: new Float64Array(groups),
    squares: new Float64Array(groups),
    min: new Float64Array(groups).fill(255),
    max: new Float64Array(groups),
  };
}

/** Sums over all bytes as one group, computed from their histogram. */
export function sumBytes(pixels: Uint8Array): ByteSums {
  const sums = emptySums(1, pixels.length);
  histogram(pixels).forEach((times, value) => {
    if (times > 0) {
      sums.sum[0] += times * value;
      sums.squares[0] += times * value * value;
      sums.min[0] = Math.min(sums.min[0], value);
      sums.max[0] = Math.max(sums.max[0], value);
    }
  });
  return sums;
}

/**
 * How often each byte value occurs. There are eight interleaved histograms, because in a run of equal bytes each increment
 * would otherwise wait for the previous one.
 */
function histogram(pixels: Uint8Array): Float64Array {
  const times = new Float64Array(256);
  // Each lane counts one byte in eight, so 32 bits suffice for 2^35 bytes.
  const lanes = new Uint32Array(8 * 256);
  const end = pixels.length - (pixels.length % 8);
  for (let i = 0; i < end; i += 8) {
    lanes[pixels[i]]++;
    lanes[pixels[i + 1] + 256]++;
    lanes[pixels[i + 2] + 512]++;
    lanes[pixels[i + 3] + 768]++;
    lanes[pixels[i + 4] + 1024]++;
    lanes[pixels[i + 5] + 1280]++;
    lanes[pixels[i + 6] + 1536]++;
    lanes[pixels[i + 7] + 1792]++;
  }
  for (let i = end; i < pixels.length; i++) lanes[pixels[i]]++;
  for (let i = 0; i < lanes.length; i++) times[i % 256] += lanes[i];
  return times;
}

/** The most rows whose squares (at most 255² each) fit in an unsigned 32-bit sum. */
const ROWS_PER_BLOCK = 65536;
const ROWS_AT_ONCE = 4;

/** Sums over each column of rows of `rowLength` bytes. With a row per image, that is each pixel position and channel. */
export function sumColumns(pixels: Uint8Array, rowLength: number): ByteSums {
  const rows = pixels.length / rowLength;
  const sums = emptySums(rowLength, rows);
  for (let row = 0; row < rows; row += ROWS_PER_BLOCK) {
    addBlock(pixels.subarray(row * rowLength, (row + ROWS_PER_BLOCK) * rowLength), sums);
  }
  return sums;
}

function addBlock(block: Uint8Array, sums: ByteSums): void {
  const length = sums.sum.length;
  const sum = new Uint32Array(length);
  const squares = new Uint32Array(length);
  const min = new Uint8Array(length).fill(255);
  const max = new Uint8Array(length);
  const fours = block.length - (block.length % (ROWS_AT_ONCE * length));
  addFourRowsAtOnce(block.subarray(0, fours), sum, squares, min, max);
  addRows(block.subarray(fours), sum, squares, min, max);
  for (let i = 0; i < length; i++) {
    sums.sum[i] += sum[i];
    sums.squares[i] += squares[i];
    sums.min[i] = Math.min(sums.min[i], min[i]);
    sums.max[i] = Math.max(sums.max[i], max[i]);
  }
}

/** Four rows in one pass, so that each sum is loaded and stored once for four values. */
function addFourRowsAtOnce(
  pixels: Uint8Array,
  sum: Uint32Array,
  squares: Uint32Array,
  min: Uint8Array,
  max: Uint8Array,
): void {
  const length = sum.length;
  for (let first = 0; first < pixels.length; first += ROWS_AT_ONCE * length) {
    const second = first + length;
    const third = second + length;
    const fourth = third + length;
    for (let i = 0; i < length; i++) {
      const a = pixels[first + i];
      const b = pixels[second + i];
      const c = pixels[third + i];
      const d = pixels[fourth + i];
      sum[i] += a + b + c + d;
      squares[i] += Math.imul(a, a) + Math.imul(b, b) + Math.imul(c, c) + Math.imul(d, d);
      const low = Math.min(Math.min(a, b), Math.min(c, d));
      const high = Math.max(Math.max(a, b), Math.max(c, d));
      if (low < min[i]) min[i] = low;
      if (high > max[i]) max[i] = high;
    }
  }
}

function addRows(
  pixels: Uint8Array,
  sum: Uint32Array,
  squares: Uint32Array,
  min: Uint8Array,
  max: Uint8Array,
): void {
  const length = sum.length;
  for (let first = 0; first < pixels.length; first += length) {
    for (let i = 0; i < length; i++) {
      const value = pixels[first + i];
      sum[i] += value;
      squares[i] += value * value;
      if (value < min[i]) min[i] = value;
      if (value > max[i]) max[i] = value;
    }
  }
}

/** The sums over two sets of rows together. */
export function addSums(a: ByteSums, b: ByteSums): ByteSums {
  return {
    count: a.count + b.count,
    sum: a.sum.map((sum, i) => sum + b.sum[i]),
    squares: a.squares.map((sum, i) => sum + b.squares[i]),
    min: a.min.map((min, i) => Math.min(min, b.min[i])),
    max: a.max.map((max, i) => Math.max(max, b.max[i])),
  };
}

/** Merges groups whose indices are equal modulo `groups`, which must divide the number of groups. */
export function foldSums(sums: ByteSums, groups: number): ByteSums {
  const length = sums.sum.length;
  const folded = emptySums(groups, sums.count * (length / groups));
  for (let i = 0; i < length; i++) {
    const group = i % groups;
    folded.sum[group] += sums.sum[i];
    folded.squares[group] += sums.squares[i];
    folded.min[group] = Math.min(folded.min[group], sums.min[i]);
    folded.max[group] = Math.max(folded.max[group], sums.max[i]);
  }
  return folded;
}
