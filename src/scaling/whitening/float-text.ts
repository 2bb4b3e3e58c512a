/** Numbers as text: base64 of float32, little-endian. As a list of numbers they would take four times the room. */
export function floatsToText(numbers: Float32Array): string {
  const view = new DataView(new ArrayBuffer(4 * numbers.length));
  numbers.forEach((value, i) => {
    view.setFloat32(4 * i, value, true);
  });
  return Buffer.from(view.buffer).toString("base64");
}

/** Reads what `floatsToText` wrote; undefined if the text is not `count` finite numbers. */
export function floatsFromText(text: string, count: number): Float32Array | undefined {
  const bytes = Buffer.from(text, "base64");
  if (bytes.length !== 4 * count) return undefined;
  const numbers = Float32Array.from({ length: count }, (_, i) => bytes.readFloatLE(4 * i));
  return numbers.every(Number.isFinite) ? numbers : undefined;
}
