/**
 * A symmetric matrix as text: base64 of its upper triangle, row by row from the diagonal, float32 little-endian. As a list of
 * numbers, that of a 28×28 image would take 12 MB.
 *
 * @param matrix [size][size]
 */
export function symmetricToText(matrix: Float32Array): string {
  const size = Math.sqrt(matrix.length);
  const view = new DataView(new ArrayBuffer(triangleLength(size) * 4));
  forTriangle(size, (i, j, at) => view.setFloat32(4 * at, matrix[i * size + j], true));
  return Buffer.from(view.buffer).toString("base64");
}

/** Reads what `symmetricToText` wrote; undefined if the text is no such matrix of finite numbers. */
export function symmetricFromText(text: string, size: number): Float32Array | undefined {
  const bytes = Buffer.from(text, "base64");
  if (bytes.length !== triangleLength(size) * 4) return undefined;
  const matrix = new Float32Array(size * size);
  forTriangle(size, (i, j, at) => {
    matrix[i * size + j] = bytes.readFloatLE(4 * at);
    matrix[j * size + i] = matrix[i * size + j];
  });
  return matrix.every(Number.isFinite) ? matrix : undefined;
}

function triangleLength(size: number): number {
  return (size * (size + 1)) / 2;
}

function forTriangle(size: number, visit: (i: number, j: number, at: number) => void): void {
  for (let i = 0, at = 0; i < size; i++) {
    for (let j = i; j < size; j++, at++) visit(i, j, at);
  }
}
