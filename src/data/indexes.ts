/** The image indexes `start` … `end − 1`. */
export function indexRange(start: number, end: number): Uint32Array {
  return Uint32Array.from({ length: end - start }, (_, i) => start + i);
}
