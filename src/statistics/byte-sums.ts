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
