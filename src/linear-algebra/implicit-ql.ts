/** Steps per eigenvalue after which the iteration counts as failed; two are usual. */
const MAX_STEPS = 60;

/**
 * Eigenvalues and eigenvectors of a symmetric tridiagonal matrix by the implicit QL method (Bowdler, Martin, Reinsch and Wilkinson
 * 1968; EISPACK's imtql2), for small matrices.
 *
 * @param diagonal [size], replaced by the eigenvalues in no particular order
 * @param beside [size − 1], destroyed
 * @param vectors [size][size], a column every `stride` numbers; overwritten
 * @throws Error if it does not converge, as with numbers that are not finite
 */
export function implicitQl(
  diagonal: Float64Array,
  beside: Float64Array,
  vectors: Float64Array,
  stride: number,
): void {
  const size = diagonal.length;
  const d = diagonal;
  const e = new Float64Array(size);
  e.set(beside.subarray(0, size - 1));
  for (let column = 0; column < size; column++) {
    for (let row = 0; row < size; row++) vectors[column * stride + row] = row === column ? 1 : 0;
  }
  for (let l = 0; l < size; l++) {
    for (let step = 0; ; step++) {
      const m = splitAfter(d, e, l);
      if (m === l) break;
      if (step === MAX_STEPS) throw new Error("the eigenvalues do not converge");
      qlStep(d, e, l, m, vectors, stride);
    }
  }
}

/** The first row from l on whose connection to the next one is negligible. */
function splitAfter(d: Float64Array, e: Float64Array, l: number): number {
  let m = l;
  while (m < d.length - 1 && Math.abs(e[m]) > Number.EPSILON * (Math.abs(d[m]) + Math.abs(d[m + 1]))) m++;
  return m;
}

/** One QL step with Wilkinson's shift on rows l to m. */
function qlStep(
  d: Float64Array,
  e: Float64Array,
  l: number,
  m: number,
  vectors: Float64Array,
  stride: number,
): void {
  const size = d.length;
  let g = (d[l + 1] - d[l]) / (2 * e[l]);
  let r = length(g, 1);
  g = d[m] - d[l] + e[l] / (g + (g >= 0 ? r : -r));
  let [s, c, p] = [1, 1, 0];
  for (let i = m - 1; i >= l; i--) {
    const f = s * e[i];
    const b = c * e[i];
    r = length(f, g);
    e[i + 1] = r;
    if (r === 0) {
      d[i + 1] -= p;
      e[m] = 0;
      return;
    }
    s = f / r;
    c = g / r;
    g = d[i + 1] - p;
    r = (d[i] - g) * s + 2 * c * b;
    p = s * r;
    d[i + 1] = g + p;
    g = c * r - b;
    for (let k = 0, at = i * stride; k < size; k++, at++) {
      const upper = vectors[at + stride];
      const lower = vectors[at];
      vectors[at + stride] = s * lower + c * upper;
      vectors[at] = c * lower - s * upper;
    }
  }
  d[l] -= p;
  e[l] = g;
  e[m] = 0;
}

/** √(x² + y²) without overflow, by operations that every machine rounds alike. */
export function length(x: number, y: number): number {
  const [a, b] = [Math.abs(x), Math.abs(y)];
  const [most, least] = a > b ? [a, b] : [b, a];
  return most === 0 ? 0 : most * Math.sqrt(1 + (least / most) * (least / most));
}
